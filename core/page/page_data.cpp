#include "page/page_data.h"

#include <algorithm>
#include <cmath>

#include "page/packed_rows.h"
#include "page/page_stages.h"
#include "report/attack_notes.h"
#include "report/attribution.h"
#include "report/board.h"
#include "report/board_cells.h"
#include "report/failures_text.h"
#include "report/footer.h"
#include "report/headline.h"
#include "report/loop_notes.h"
#include "report/numbers.h"
#include "report/plugin_notes.h"
#include "report/policy_notes.h"
#include "report/self_check_notes.h"
#include "report/sentences.h"
#include "report/worst_slice.h"

namespace assay::page {

namespace {

nlohmann::json run_json(const report::Comparison& comparison) {
  const results::RunInfo& run = comparison.run.info;
  return {{"id", run.run_id},
          {"experiment", run.row.experiment},
          {"description", run.row.description},
          {"started", run.row.started},
          {"finished", run.finished.value_or("")},
          {"status", run.status},
          {"command", run.row.command_line},
          {"version", run.row.assay_version},
          {"commit", run.row.git_commit},
          {"build_type", run.row.build_type},
          {"compiler", run.row.compiler},
          {"seeds", run.row.seeds},
          {"seed", run.row.seed},
          {"alpha", run.row.alpha},
          {"margin", number(run.row.margin)},
          {"config", run.row.config},
          {"file", comparison.path},
          {"note", comparison.run.note},
          {"warning", debug_warning(comparison)}};
}

/// The slice of a data set on which a variant does worst of all; null where there is none.
nlohmann::json worst_slice_json(const report::Comparison& comparison, const std::string& dataset) {
  const double good = comparison.higher_is_better(comparison.metric.definition) ? 1.0 : -1.0;
  const results::ComparisonRow* worst = nullptr;
  for (const results::ComparisonRow* row : worst_slices(comparison)) {
    if (row->dataset != dataset) continue;
    if (worst == nullptr || good * *row->difference < good * *worst->difference) worst = row;
  }
  if (worst == nullptr) return nullptr;
  return {{"variant", worst->variant}, {"slice", worst->slice}};
}

/// Standard errors of the differences by where they come from, of variants with seeds to tell.
nlohmann::json errors_json(const report::Comparison& comparison, const std::string& dataset) {
  nlohmann::json rows = nlohmann::json::array();
  for (const report::ErrorSource& source : comparison.error_sources) {
    if (source.dataset != dataset) continue;
    rows.push_back({{"variant", source.variant},
                    {"requests", number(source.requests)},
                    {"seeds", number(source.seeds)},
                    {"share", number(source.share_of_seeds())}});
  }
  return rows;
}

/// A board, with what attacks did among what stands below it.
nlohmann::json with_attacks(nlohmann::json board, const report::Comparison& comparison,
                            const results::Reader& reader, const std::string& dataset) {
  for (std::string& line : report::attack_lines(reader, comparison.run.info.run_id, dataset))
    board["footer"].push_back(std::move(line));
  return board;
}

/// What holds for all boards, with what variants learn from that is not the log.
report::FooterLine page_footer(const report::Comparison& comparison,
                               const results::Reader& reader) {
  report::FooterLine line = run_footer(comparison);
  for (std::string& text : report::changed_log_lines(reader, comparison.run.info.run_id))
    line.push_back(std::move(text));
  return line;
}

nlohmann::json dataset_json(const report::Comparison& comparison, const results::Reader& reader,
                            const analysis::RunSamples& samples, const std::string& dataset) {
  return {{"name", dataset},
          {"board", with_attacks(board_json(comparison, dataset), comparison, reader, dataset)},
          {"forest", forest_json(comparison, dataset)},
          {"exploratory", packed_rows(exploratory_json(comparison, dataset))},
          {"curves", packed_rows(curves_json(comparison, dataset))},
          {"funnel", funnel_json(comparison, reader, dataset)},
          {"slices", packed_rows(slices_json(comparison, reader, dataset))},
          {"worst_slice", worst_slice_json(comparison, dataset)},
          {"errors", errors_json(comparison, dataset)},
          {"latency", latency_json(comparison, samples, dataset)},
          {"differences", differences_json(comparison, samples, dataset)},
          {"training", training_json(comparison, reader, dataset)},
          {"tuning", tuning_json(comparison, reader, dataset)},
          {"data", data_json(comparison, reader, dataset)},
          {"inspector", inspector_json(comparison, samples, dataset)}};
}

/// Every failure whole; none where nothing failed.
nlohmann::json failures_json(const report::Comparison& comparison) {
  if (failure_lines(comparison, "").empty()) return nlohmann::json::array();
  return failure_details(comparison);
}

/// For the metric and each column: the row with the best value, or null where neither direction is
/// better or nobody has a value.
nlohmann::json best_rows(const report::Comparison& comparison, const report::Board& board) {
  nlohmann::json best = {nlohmann::json()};
  if (!board.rows.empty() && board.rows[0].metric && board.rows[0].metric->mean) best[0] = 0;
  for (size_t c = 0; c < board.columns.size(); ++c) {
    const report::BoardColumn& column = board.columns[c];
    const bool higher = !column.is_time() && comparison.higher_is_better(column.definition);
    const auto better = [&](const report::BoardRow& a, const report::BoardRow& b) {
      const auto& left = a.cells[c].value;
      const auto& right = b.cells[c].value;
      if (!left || !right) return left.has_value() && !right.has_value();
      return higher ? *left > *right : *left < *right;
    };
    const auto first = std::ranges::min_element(board.rows, better);
    const bool found = first != board.rows.end() && first->cells[c].value;
    best.push_back(found ? nlohmann::json(first - board.rows.begin()) : nlohmann::json());
  }
  return best;
}

/// What follows a row's first cells, its name and its letters.
std::vector<std::string> after_names(const report::Board& board,
                                     const std::vector<std::string>& cells) {
  return {cells.begin() + (board.any_letters() ? 2 : 1), cells.end()};
}

nlohmann::json comparison_json(const results::ComparisonRow& row) {
  return {{"variant", row.variant},
          {"difference", number(row.difference)},
          {"low", number(row.ci_low)},
          {"high", number(row.ci_high)},
          {"p", number(row.p)},
          {"p_adjusted", number(row.p_adjusted)},
          {"relative", number(row.relative)},
          {"n", row.n.value_or(0)},
          {"mde", number(row.minimum_detectable_effect)},
          {"method", row.method},
          {"correction", row.correction},
          {"verdict", row.verdict},
          {"reason", row.reason}};
}

}  // namespace

nlohmann::json number(const std::optional<double>& value) {
  return value && std::isfinite(*value) ? nlohmann::json(shortened(*value, 7)) : nlohmann::json();
}

nlohmann::json page_data(const report::Comparison& comparison, const results::Reader& reader) {
  const analysis::RunSamples samples(reader, comparison.run.info.run_id);
  nlohmann::json page = {{"run", run_json(comparison)},
                         {"metric",
                          {{"name", comparison.metric.name},
                           {"cutoff", comparison.cutoff},
                           {"definition", comparison.metric.definition},
                           {"unit", comparison.metric.unit},
                           {"higher", comparison.metric.higher_is_better.value_or(true)}}},
                         {"baseline", comparison.baseline},
                         {"headline", headline(comparison)},
                         {"sentences", sentences(comparison)},
                         {"warnings", warning_sentences(comparison)},
                         {"unknown_requests", unknown_sentences(comparison)},
                         {"worst_slices", worst_slice_sentences(comparison)},
                         {"footer", page_footer(comparison, reader)},
                         {"failures", failures_json(comparison)},
                         {"variants", variants_json(comparison, reader)},
                         {"plugins", plugins_json(comparison)},
                         {"environments", environments_json(comparison)},
                         {"definitions", definitions_json(comparison)},
                         {"datasets", nlohmann::json::array()}};
  page["footer"].push_back(report::self_check_line(comparison, reader));
  for (const std::string& failure : report::self_check_failures(comparison, reader))
    page["warnings"].push_back(failure);
  for (const std::string& dataset : comparison.datasets) {
    page["datasets"].push_back(dataset_json(comparison, reader, samples, dataset));
    // Only where there is one: the page of any other run stays as it is.
    auto own = attribution_json(reader, comparison.run.info.run_id, dataset);
    if (!own.is_null()) page["datasets"].back()["attribution"] = std::move(own);
  }
  const auto attribution = report::read_attribution(reader, comparison.run.info.run_id);
  if (attribution) {
    auto said = attribution_sentences(*attribution);
    page["headline"] = said.front();
    page["sentences"] = std::vector(said.begin() + 1, said.end());
    page["warnings"] = attribution->of.notes;
    page["run"]["note"] = "";  // of verdicts, which it has not
  }
  if (auto policies = report::policy_json(reader, comparison.run.info.run_id); !policies.empty())
    page["policies"] = std::move(policies);
  if (auto loop = report::loop_json(reader, comparison.run.info.run_id); !loop.empty())
    page["loop"] = std::move(loop);
  return page;
}

nlohmann::json board_json(const report::Comparison& comparison, const std::string& dataset) {
  const report::Board board = make_board(comparison, dataset);
  const report::BoardCells cells = board_cells(comparison, board);
  nlohmann::json rows = nlohmann::json::array();
  for (size_t r = 0; r < board.rows.size(); ++r) {
    const report::BoardRow& row = board.rows[r];
    const results::SummaryRow metric = row.metric.value_or(results::SummaryRow());
    rows.push_back({{"variant", row.variant},
                    {"baseline", row.is_baseline},
                    {"status", row.status},
                    {"letters", row.letters},
                    {"mean", number(metric.mean)},
                    {"low", number(metric.ci_low)},
                    {"high", number(metric.ci_high)},
                    {"sd", number(metric.sd_over_seeds)},
                    {"cells", after_names(board, cells.rows[r])}});
  }
  nlohmann::json footer = nlohmann::json::array();
  for (const report::FooterLine& line : board_footer(comparison, board))
    footer.push_back(report::joined(line));
  return {{"title", cells.title},
          {"header", after_names(board, cells.header)},
          {"rows", rows},
          {"best", best_rows(comparison, board)},
          {"letters", board.any_letters()},
          {"n", board.n.value_or(0)},
          {"seeds", board.seeds.value_or(0)},
          {"footer", footer}};
}

nlohmann::json forest_json(const report::Comparison& comparison, const std::string& dataset) {
  nlohmann::json rows = nlohmann::json::array();
  for (const std::string& variant : comparison.variants) {
    const results::ComparisonRow* row =
        comparison.comparison(variant, dataset, comparison.metric.definition, comparison.cutoff);
    if (row != nullptr) rows.push_back(comparison_json(*row));
  }
  return rows;
}

nlohmann::json exploratory_json(const report::Comparison& comparison, const std::string& dataset) {
  nlohmann::json rows = nlohmann::json::array();
  for (const results::ComparisonRow& row : comparison.comparisons) {
    if (row.dataset != dataset || !row.difference) continue;
    nlohmann::json json = comparison_json(row);
    json["metric"] = comparison.metric_name(row.definition);
    json["cutoff"] = row.cutoff;
    json["family"] = row.family;
    json["quantile"] = number(row.quantile);
    json["scenario"] = row.scenario.value_or("");
    json["higher"] = comparison.higher_is_better(row.definition);
    rows.push_back(json);
  }
  return rows;
}

}  // namespace assay::page
