#include "report/self_check_notes.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include "analysis/metric_name.h"
#include "results/self_check_table.h"
#include "text/counted.h"
#include "text/thousands.h"

namespace assay::report {
namespace {

using Json = nlohmann::ordered_json;
using results::SelfCheckRow;

std::vector<SelfCheckRow> rows_of(const Comparison& comparison, const results::Reader& reader) {
  return results::self_checks(reader, comparison.run.info.run_id);
}

bool fails(const SelfCheckRow& row) { return row.result == SelfCheckRow::Result::fails; }

/// By definition and cutoff.
int64_t metrics_of(const std::vector<SelfCheckRow>& rows, bool failing) {
  std::set<std::pair<std::string, int>> metrics;
  for (const SelfCheckRow& row : rows)
    if (!failing || fails(row)) metrics.emplace(row.definition, row.cutoff);
  return std::ssize(metrics);
}

int64_t most_requests(const std::vector<SelfCheckRow>& rows) {
  return rows.empty() ? 0 : std::ranges::max(rows, {}, &SelfCheckRow::requests).requests;
}

std::string command(const Comparison& comparison) {
  return fmt::format("assay rescore {} --self-check", comparison.path);
}

std::string name_of(const Comparison& comparison, const SelfCheckRow& row) {
  return analysis::metric_text(comparison.metric_name(row.definition), row.cutoff);
}

Json number(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

}  // namespace

std::string self_check_line(const Comparison& comparison, const results::Reader& reader) {
  const std::vector<SelfCheckRow> rows = rows_of(comparison, reader);
  if (rows.empty()) return "the harness has not checked itself: " + command(comparison);
  const std::string metrics = text::counted(metrics_of(rows, false), "metric");
  if (const int64_t failing = metrics_of(rows, true); failing > 0)
    return fmt::format("self-check of the harness failed for {} of {}", text::thousands(failing),
                       metrics);
  return fmt::format("self-check of the harness holds: {}, each on up to {}", metrics,
                     text::counted(most_requests(rows), "request"));
}

std::vector<std::string> self_check_failures(const Comparison& comparison,
                                             const results::Reader& reader) {
  std::vector<std::string> sentences;
  for (const SelfCheckRow& row : rows_of(comparison, reader)) {
    if (fails(row))
      sentences.push_back(fmt::format("THE HARNESS FAILED ITS SELF-CHECK for {} on {} ({}): {}.",
                                      name_of(comparison, row), row.dataset, row.check,
                                      row.detail));
  }
  return sentences;
}

nlohmann::ordered_json self_check_json(const Comparison& comparison,
                                       const results::Reader& reader) {
  const std::vector<SelfCheckRow> rows = rows_of(comparison, reader);
  Json failures = Json::array();
  for (const SelfCheckRow& row : rows) {
    if (fails(row))
      failures.push_back({{"dataset", row.dataset},
                          {"metric", comparison.metric_name(row.definition)},
                          {"cutoff", row.cutoff},
                          {"check", row.check},
                          {"found", number(row.found)},
                          {"expected", number(row.expected)},
                          {"detail", row.detail}});
  }
  return {{"holds", rows.empty() ? Json() : Json(failures.empty())},
          {"metrics", metrics_of(rows, false)},
          {"requests", most_requests(rows)},
          {"command", rows.empty() ? Json(command(comparison)) : Json()},
          {"failures", failures}};
}

}  // namespace assay::report
