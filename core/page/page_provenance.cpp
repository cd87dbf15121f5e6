#include <algorithm>
#include <array>
#include <map>

#include "page/page_data.h"

namespace assay::page {

namespace {

using Cells = std::vector<assay::results::Cell>;

std::string text_of(const assay::results::Cell& cell) {
  const auto* text = std::get_if<std::string>(&cell);
  return text == nullptr ? "" : *text;
}

nlohmann::json number_of(const assay::results::Cell& cell) {
  if (const auto* integer = std::get_if<int64_t>(&cell)) return *integer;
  const auto* real = std::get_if<double>(&cell);
  return real == nullptr ? nlohmann::json() : number(*real);
}

/// JSON that the file keeps as text; the text itself where it is none.
nlohmann::json parsed(const std::string& text) {
  nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  return json.is_discarded() ? nlohmann::json(text) : json;
}

nlohmann::json stages_of(const report::Comparison& comparison, const results::Reader& reader,
                         const std::string& variant) {
  const std::array<assay::results::Cell, 2> parameters{comparison.run.info.run_id, variant};
  const results::QueryAnswer answer = reader.query(
      "SELECT place, kind, plugin, version, so_sha256, params FROM stage JOIN variant AS v "
      "USING (variant_id) WHERE v.run_id = ? AND v.name = ? ORDER BY stage.rowid",
      parameters);
  nlohmann::json stages = nlohmann::json::array();
  for (const Cells& row : answer.rows) {
    stages.push_back({{"place", text_of(row[0])},
                      {"kind", text_of(row[1])},
                      {"plugin", text_of(row[2])},
                      {"version", text_of(row[3])},
                      {"library", text_of(row[4]).substr(0, 12)},
                      {"params", parsed(text_of(row[5]))}});
  }
  return stages;
}

/// What was fitted for a variant, its inputs included: seconds and bytes of all of its artifacts,
/// and the most memory that one of the fits took.
nlohmann::json fits_of(const report::Comparison& comparison, const results::Reader& reader,
                       const std::string& variant) {
  const std::array<assay::results::Cell, 2> parameters{comparison.run.info.run_id, variant};
  const results::QueryAnswer answer = reader.query(
      "SELECT count(*), sum(seconds), sum(bytes), max(fit_bytes) FROM artifact "
      "WHERE artifact_key IN (SELECT artifact_key FROM trial_artifact "
      "JOIN run_trial AS l USING (trial_key) JOIN variant AS v USING (variant_id) "
      "WHERE l.run_id = ? AND v.name = ?)",
      parameters);
  const Cells& row = answer.rows.at(0);
  return {{"count", number_of(row[0])},
          {"seconds", number_of(row[1])},
          {"bytes", number_of(row[2])},
          {"fit_bytes", number_of(row[3])}};
}

nlohmann::json table(const results::Reader& reader, const char* sql, int64_t run_id,
                     const std::string& dataset) {
  const std::array<assay::results::Cell, 2> parameters{run_id, dataset};
  const results::QueryAnswer answer = reader.query(sql, parameters);
  nlohmann::json rows = nlohmann::json::array();
  for (const Cells& cells : answer.rows) {
    nlohmann::json row = nlohmann::json::object();
    for (size_t c = 0; c < cells.size(); ++c) {
      const bool text = std::holds_alternative<std::string>(cells[c]);
      row[answer.columns[c]] = text ? nlohmann::json(text_of(cells[c])) : number_of(cells[c]);
    }
    rows.push_back(row);
  }
  return rows;
}

}  // namespace

nlohmann::json variants_json(const report::Comparison& comparison, const results::Reader& reader) {
  nlohmann::json variants = nlohmann::json::array();
  for (const std::string& name : comparison.variants) {
    variants.push_back({{"name", name},
                        {"stages", stages_of(comparison, reader, name)},
                        {"fits", fits_of(comparison, reader, name)}});
  }
  return variants;
}

// Of several folds the last one stands for the log; checks and steps are told fold by fold.
nlohmann::json data_json(const report::Comparison& comparison, const results::Reader& reader,
                         const std::string& dataset) {
  const int64_t run_id = comparison.run.info.run_id;
  nlohmann::json json = {{"looks", nlohmann::json::array()}, {"windows", nullptr}};
  json["source"] = table(reader,
                         "SELECT source, source_hash, prepared_hash, users, items, events, "
                         "windows, licence, citation FROM data_source "
                         "WHERE run_id = ? AND dataset = ? "
                         "ORDER BY CAST(fold AS INTEGER) DESC LIMIT 1",
                         run_id, dataset);
  if (!json["source"].empty()) {
    json["windows"] = parsed(json["source"][0]["windows"].get<std::string>());
  }
  json["audit"] = table(reader,
                        "SELECT check_name || iif(fold = 'all', '', ', fold ' || fold) AS "
                        "check_name, kind, result, detail FROM audit WHERE run_id = ? AND "
                        "dataset = ? ORDER BY kind, audit.check_name, CAST(fold AS INTEGER)",
                        run_id, dataset);
  json["removed"] = table(reader,
                          "SELECT step || iif(fold = 'all', '', ', fold ' || fold) AS step, "
                          "reason, users, items, events FROM data_removed "
                          "WHERE run_id = ? AND dataset = ? ORDER BY rowid",
                          run_id, dataset);
  const nlohmann::json described = table(reader,
                                         "SELECT description FROM data_description "
                                         "WHERE run_id = ? AND dataset = ?",
                                         run_id, dataset);
  json["description"] =
      described.empty() ? nlohmann::json() : parsed(described[0]["description"].get<std::string>());
  const auto looks = comparison.test_looks.find(dataset);
  if (looks != comparison.test_looks.end()) {
    json["looks"] = looks->second.here;
    json["looks_text"] = looks->second.text();
  }
  return json;
}

nlohmann::json environments_json(const report::Comparison& comparison) {
  nlohmann::json rows = nlohmann::json::array();
  for (const results::HostFacts& facts : comparison.environments) {
    rows.push_back({{"device", facts.device},
                    {"cpu", facts.cpu_model},
                    {"cores", facts.cpu_cores},
                    {"memory_bytes", facts.memory_bytes},
                    {"gpu", facts.gpu_model.value_or("")},
                    {"gpu_driver", facts.gpu_driver.value_or("")},
                    {"cuda", facts.cuda.value_or("")},
                    {"torch", facts.torch},
                    {"compiler", facts.compiler},
                    {"build_type", facts.build_type},
                    {"os", facts.os},
                    {"threads", facts.threads}});
  }
  return rows;
}

nlohmann::json definitions_json(const report::Comparison& comparison) {
  std::map<std::string, const results::MetricRow*> used;
  for (const results::MetricRow& metric : comparison.metrics) {
    const auto same = [&](const auto& row) { return row.definition == metric.definition; };
    if (std::ranges::any_of(comparison.summaries, same) ||
        std::ranges::any_of(comparison.comparisons, same)) {
      used[metric.name] = &metric;
    }
  }
  nlohmann::json rows = nlohmann::json::array();
  for (const auto& [name, metric] : used) {
    const char* direction = "neither";
    if (metric->higher_is_better) direction = *metric->higher_is_better ? "higher" : "lower";
    rows.push_back({{"name", name},
                    {"definition", metric->definition},
                    {"unit", metric->unit},
                    {"better", direction},
                    {"doc", metric->doc}});
  }
  return rows;
}

}  // namespace assay::page
