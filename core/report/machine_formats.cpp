#include "report/machine_formats.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "analysis/metric_name.h"
#include "report/attack_notes.h"
#include "report/board.h"
#include "report/load_tables.h"
#include "report/loop_notes.h"
#include "report/plugin_notes.h"
#include "report/policy_notes.h"
#include "report/self_check_notes.h"
#include "report/sentences.h"
#include "report/worst_slice.h"
#include "text/table_cells.h"

namespace assay::report {

namespace {

using Json = nlohmann::ordered_json;

template <typename Value>
Json maybe(const std::optional<Value>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json maybe_text(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json run_json(const Comparison& comparison) {
  const results::RunInfo& run = comparison.run.info;
  return {{"run_id", run.run_id},
          {"experiment", run.row.experiment},
          {"status", run.status},
          {"started", run.row.started},
          {"finished", maybe(run.finished)},
          {"git_commit", run.row.git_commit},
          {"build_type", run.row.build_type},
          {"note", maybe_text(comparison.run.note)}};
}

Json metric_json(const Comparison& comparison) {
  return {{"name", comparison.metric.name},
          {"cutoff", comparison.cutoff == 0 ? Json(nullptr) : Json(comparison.cutoff)},
          {"definition", comparison.metric.definition},
          {"higher_is_better", maybe(comparison.metric.higher_is_better)},
          {"primary", comparison.primary},
          {"alpha", comparison.run.info.row.alpha},
          {"margin", maybe(comparison.run.info.row.margin)}};
}

Json row_json(const Board& board, const BoardRow& row) {
  const results::SummaryRow metric = row.metric.value_or(results::SummaryRow());
  Json json = {{"variant", row.variant},
               {"baseline", row.is_baseline},
               {"status", row.status},
               {"letters", maybe_text(row.letters)},
               {"mean", maybe(metric.mean)},
               {"ci_low", maybe(metric.ci_low)},
               {"ci_high", maybe(metric.ci_high)},
               {"sd_over_seeds", maybe(metric.sd_over_seeds)},
               {"seeds", maybe(metric.seeds)},
               {"requests", maybe(metric.requests)},
               {"excluded_requests", maybe(metric.excluded_requests)},
               {"reason", maybe_text(metric.reason)}};
  for (size_t c = 0; c < board.columns.size(); ++c) {
    json["columns"][board.columns[c].header] = {{"value", maybe(row.cells[c].value)},
                                                {"guardrail_broken", row.cells[c].broken},
                                                {"reason", maybe_text(row.cells[c].reason)}};
  }
  return json;
}

Json comparison_row_json(const Comparison& comparison, const results::ComparisonRow& row) {
  return {{"baseline", row.baseline},
          {"variant", row.variant},
          {"metric", comparison.metric_name(row.definition)},
          {"cutoff", row.cutoff == 0 ? Json(nullptr) : Json(row.cutoff)},
          {"scenario", maybe(row.scenario)},
          {"quantile", maybe(row.quantile)},
          {"difference", maybe(row.difference)},
          {"relative", maybe(row.relative)},
          {"ci_low", maybe(row.ci_low)},
          {"ci_high", maybe(row.ci_high)},
          {"p", maybe(row.p)},
          {"p_adjusted", maybe(row.p_adjusted)},
          {"method", row.method},
          {"correction", row.correction},
          {"family", row.family},
          {"n", maybe(row.n)},
          {"minimum_detectable_effect", maybe(row.minimum_detectable_effect)},
          {"verdict", row.verdict},
          {"reason", maybe_text(row.reason)}};
}

Json error_sources_json(const Comparison& comparison, const std::string& dataset) {
  Json json = Json::array();
  for (const ErrorSource& source : comparison.error_sources) {
    if (source.dataset != dataset) continue;
    json.push_back({{"variant", source.variant},
                    {"from_requests", source.requests},
                    {"from_seeds", source.seeds},
                    {"share_of_seeds", source.share_of_seeds()}});
  }
  return json;
}

Json load_line_json(const LoadLine& line) {
  Json json = {{"variant", line.variant},
               {"requests", maybe(line.quantiles.front()->requests)},
               {"offered_qps", maybe(line.offered_qps())},
               {"achieved_qps", maybe(line.achieved_qps())},
               {"overloaded", line.overloaded()},
               {"degraded", nullptr},
               {"counts", nullptr},
               {"quantiles", Json::array()}};
  if (line.account != nullptr) {
    json["degraded"] = line.account->degraded();
    json["counts"] = line.account->counts;
  }
  for (const results::LatencyRow* row : line.quantiles) {
    json["quantiles"].push_back({{"quantile", row->quantile},
                                 {"ms", maybe(row->ms)},
                                 {"ci_low_ms", maybe(row->ci_low_ms)},
                                 {"ci_high_ms", maybe(row->ci_high_ms)},
                                 {"reason", maybe_text(row->reason)}});
  }
  return json;
}

Json load_json(const Comparison& comparison, const std::string& dataset) {
  Json tables = Json::array();
  for (const LoadTable& table : load_tables(comparison, dataset)) {
    const Json scenario = Json::parse(table.scenario, nullptr, false);
    Json& json = tables.emplace_back();
    json = {{"scenario", scenario.is_discarded() ? Json(table.scenario) : scenario},
            {"noise_floor_p99_ms", maybe(comparison.noise_floor_ms(dataset, table.scenario))},
            {"busy", comparison.busy(dataset, table.scenario)},
            {"variants", Json::array()}};
    for (const LoadLine& line : table.lines) json["variants"].push_back(load_line_json(line));
  }
  return tables;
}

Json dataset_json(const Comparison& comparison, const std::string& dataset) {
  const Board board = make_board(comparison, dataset);
  Json json = {{"dataset", dataset},
               {"noise_floor_p99_ms", maybe(board.noise_floor_ms)},
               {"busy", comparison.busy(board.dataset, comparison.scenario())},
               {"leaderboard", Json::array()},
               {"comparisons", Json::array()},
               {"load", load_json(comparison, dataset)},
               {"standard_errors", error_sources_json(comparison, dataset)},
               {"test_looks", Json::array()},
               {"test_looks_elsewhere", Json::array()},
               {"variants_tried", nullptr}};
  for (const BoardRow& row : board.rows) json["leaderboard"].push_back(row_json(board, row));
  for (const results::ComparisonRow& row : comparison.comparisons) {
    if (row.dataset != dataset) continue;
    json["comparisons"].push_back(comparison_row_json(comparison, row));
  }
  for (const analysis::RecordedData& data : comparison.data) {
    if (data.dataset == dataset) json["prepared_hash"] = data.prepared_hashes.back();
  }
  const auto notes = comparison.data_notes.find(dataset);
  if (notes != comparison.data_notes.end()) json.update(data_notes_json(notes->second));
  const auto looks = comparison.test_looks.find(dataset);
  if (looks != comparison.test_looks.end()) {
    json["test_looks"] = looks->second.here;
    json["test_looks_elsewhere"] = looks->second.elsewhere;
    json["variants_tried"] = looks->second.variants;
  }
  return json;
}

Json worst_slices_json(const Comparison& comparison) {
  Json json = Json::array();
  for (const results::ComparisonRow* row : worst_slices(comparison)) {
    Json one = {{"dataset", row->dataset}, {"slice", row->slice}};
    one.update(comparison_row_json(comparison, *row));
    json.push_back(std::move(one));
  }
  return json;
}

Json failure_json(const analysis::RecordedFailure& failure) {
  return {{"variant", failure.variant},
          {"dataset", failure.dataset},
          {"fold", failure.fold},
          {"seed", maybe(failure.seed)},
          {"stage", maybe_text(failure.stage)},
          {"plugin", maybe_text(failure.plugin)},
          {"batch", maybe(failure.batch)},
          {"kind", failure.kind},
          {"reason", failure.reason}};
}

Json environment_json(const results::HostFacts& facts) {
  return {{"device", facts.device},       {"cpu_model", facts.cpu_model},
          {"cpu_cores", facts.cpu_cores}, {"gpu_model", maybe(facts.gpu_model)},
          {"cuda", maybe(facts.cuda)},    {"torch", facts.torch},
          {"compiler", facts.compiler},   {"build_type", facts.build_type},
          {"threads", facts.threads}};
}

// -- CSV

template <typename Value>
std::string csv(const std::optional<Value>& value) {
  return value ? fmt::format("{}", *value) : "";
}

std::vector<std::string> csv_header(const Comparison& comparison) {
  std::vector<std::string> header = {
      "dataset", "variant", "is_baseline",   "status", "letters",  "metric",           "mean",
      "ci_low",  "ci_high", "sd_over_seeds", "seeds",  "requests", "excluded_requests"};
  for (const BoardColumn& column : board_columns(comparison)) header.push_back(column.header);
  header.insert(header.end(), {"difference", "difference_ci_low", "difference_ci_high",
                               "p_adjusted", "n", "verdict"});
  return header;
}

std::vector<std::string> csv_cells(const Comparison& comparison, const Board& board,
                                   const BoardRow& row) {
  const results::SummaryRow metric = row.metric.value_or(results::SummaryRow());
  std::vector<std::string> cells = {
      board.dataset,
      row.variant,
      row.is_baseline ? "1" : "0",
      std::string(name_of(row.status)),
      row.letters,
      analysis::metric_text(comparison.metric.name, comparison.cutoff),
      csv(metric.mean),
      csv(metric.ci_low),
      csv(metric.ci_high),
      csv(metric.sd_over_seeds),
      csv(metric.seeds),
      csv(metric.requests),
      csv(metric.excluded_requests)};
  for (const BoardCell& cell : row.cells) cells.push_back(csv(cell.value));
  const results::ComparisonRow* difference = comparison.comparison(
      row.variant, board.dataset, comparison.metric.definition, comparison.cutoff);
  if (difference == nullptr) {
    cells.insert(cells.end(), 6, "");
    return cells;
  }
  cells.insert(cells.end(),
               {csv(difference->difference), csv(difference->ci_low), csv(difference->ci_high),
                csv(difference->p_adjusted), csv(difference->n), difference->verdict});
  return cells;
}

}  // namespace

std::string comparison_json(const Comparison& comparison, const results::Reader& reader) {
  Json json = {{"run", run_json(comparison)},
               {"baseline", comparison.baseline},
               {"slice", comparison.slice},
               {"metric", metric_json(comparison)},
               {"sentences", sentences(comparison)},
               {"warnings", warnings_json(comparison)},
               {"unknown_requests", unknown_json(comparison)},
               {"datasets", Json::array()},
               {"worst_slices", worst_slices_json(comparison)},
               {"policy_values", policy_json(reader, comparison.run.info.run_id)},
               {"attacks", attack_json(reader, comparison.run.info.run_id)},
               {"loop", loop_json(reader, comparison.run.info.run_id)},
               {"self_check", self_check_json(comparison, reader)},
               {"plugins", plugins_json(comparison)},
               {"failures", Json::array()},
               {"environments", Json::array()}};
  for (const std::string& dataset : comparison.datasets) {
    json["datasets"].push_back(dataset_json(comparison, dataset));
  }
  for (const analysis::RecordedFailure& failure : comparison.failures) {
    json["failures"].push_back(failure_json(failure));
  }
  for (const results::HostFacts& facts : comparison.environments) {
    json["environments"].push_back(environment_json(facts));
  }
  // Text of a plugin may hold bytes that are no UTF-8.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string comparison_csv(const Comparison& comparison) {
  std::string text = text::csv_line(csv_header(comparison));
  for (const std::string& dataset : comparison.datasets) {
    const Board board = make_board(comparison, dataset);
    for (const BoardRow& row : board.rows)
      text += text::csv_line(csv_cells(comparison, board, row));
  }
  return text;
}

}  // namespace assay::report
