#include <algorithm>
#include <array>
#include <vector>

#include "page/page_data.h"
#include "task/fit_record.h"

namespace assay::page {

namespace {

/// Points of a curve that a page draws; of longer ones evenly spaced steps and the last.
constexpr size_t kMostPoints = 300;

using Cells = std::vector<assay::results::Cell>;

nlohmann::json json_of(const assay::results::Cell& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  if (const auto* integer = std::get_if<int64_t>(&cell)) return *integer;
  const auto* real = std::get_if<double>(&cell);
  return real == nullptr ? nlohmann::json() : number(*real);
}

results::QueryAnswer asked(const report::Comparison& comparison, const results::Reader& reader,
                           const std::string& dataset, const char* sql) {
  const std::array<assay::results::Cell, 2> parameters{comparison.run.info.run_id, dataset};
  return reader.query(sql, parameters);
}

nlohmann::json rows_of(const results::QueryAnswer& answer) {
  nlohmann::json rows = nlohmann::json::array();
  for (const Cells& cells : answer.rows) {
    nlohmann::json& row = rows.emplace_back(nlohmann::json::object());
    for (size_t c = 0; c < cells.size(); ++c) row[answer.columns[c]] = json_of(cells[c]);
  }
  return rows;
}

/// "ndcg@10 on the validation window" for the curve that the host keeps.
std::string title_of(const report::Comparison& comparison, const std::string& name) {
  if (name != task::kValidationCurve) return name;
  const results::RunRow& run = comparison.run.info.row;
  std::string metric = comparison.metric_name(run.primary_definition);
  if (run.primary_cutoff > 0) metric += "@" + std::to_string(run.primary_cutoff);
  return metric + " on the validation window";
}

nlohmann::json thinned(const nlohmann::json& points) {
  if (points.size() <= kMostPoints) return points;
  const size_t every = (points.size() + kMostPoints - 1) / kMostPoints;
  nlohmann::json kept = nlohmann::json::array();
  for (size_t i = 0; i < points.size(); i += every) kept.push_back(points[i]);
  if (kept.back() != points.back()) kept.push_back(points.back());
  return kept;
}

/// One object a fit and curve; `points` are [step, value], `all` says how many there are.
nlohmann::json lines_of(const report::Comparison& comparison, const results::QueryAnswer& answer) {
  constexpr size_t kKey = 6;  // columns before step and value
  nlohmann::json lines = nlohmann::json::array();
  const Cells* before = nullptr;
  for (const Cells& row : answer.rows) {
    if (before == nullptr ||
        !std::equal(row.begin(), row.begin() + kKey, before->begin(),
                    [](const auto& a, const auto& b) { return json_of(a) == json_of(b); })) {
      nlohmann::json& line = lines.emplace_back(nlohmann::json::object());
      for (size_t c = 0; c < kKey; ++c) line[answer.columns[c]] = json_of(row[c]);
      line["title"] = title_of(comparison, line["curve"].get<std::string>());
      line["points"] = nlohmann::json::array();
    }
    lines.back()["points"].push_back({json_of(row[kKey]), json_of(row[kKey + 1])});
    before = &row;
  }
  for (nlohmann::json& line : lines) {
    line["all"] = line["points"].size();
    line["points"] = thinned(line["points"]);
  }
  return lines;
}

}  // namespace

nlohmann::json training_json(const report::Comparison& comparison, const results::Reader& reader,
                             const std::string& dataset) {
  const auto curves = asked(comparison, reader, dataset,
                            "SELECT variant, fold, seed, place, plugin, curve, step, value "
                            "FROM learning_curves WHERE run_id = ? AND dataset = ? "
                            "ORDER BY variant, CAST(fold AS INTEGER), seed, place, curve, step");
  const auto values = asked(comparison, reader, dataset,
                            "SELECT variant, fold, seed, place, plugin, metric, cutoff, value, "
                            "requests FROM validation_metrics WHERE run_id = ? AND dataset = ? "
                            "ORDER BY variant, CAST(fold AS INTEGER), seed, place, metric, cutoff");
  const auto chosen =
      asked(comparison, reader, dataset,
            "SELECT v.name AS variant, l.fold, l.seed, t.place, substr(n.key, 8) AS key, n.value "
            "FROM note AS n JOIN trial_artifact AS t USING (artifact_key) "
            "JOIN run_trial AS l USING (trial_key) JOIN variant AS v USING (variant_id) "
            "WHERE l.run_id = ? AND l.dataset = ? AND n.key LIKE 'chosen.%' "
            "ORDER BY 1, CAST(l.fold AS INTEGER), 3, 4, 5");
  return {{"curves", lines_of(comparison, curves)},
          {"values", rows_of(values)},
          {"chosen", rows_of(chosen)}};
}

nlohmann::json tuning_json(const report::Comparison& comparison, const results::Reader& reader,
                           const std::string& dataset) {
  const auto trials = asked(comparison, reader, dataset,
                            "SELECT t.variant, t.method, t.trial, t.rung, t.status, t.metric, "
                            "t.cutoff, t.value, t.best, t.seconds, t.total_seconds, t.chosen, "
                            "t.params, t.reason, u.trials AS budget FROM tuning_trials AS t JOIN "
                            "run_tuning AS u USING (run_id, dataset, variant) WHERE run_id = ? AND "
                            "dataset = ? ORDER BY t.variant, t.total_seconds, t.trial, t.rung");
  return rows_of(trials);
}

}  // namespace assay::page
