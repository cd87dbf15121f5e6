#include "analysis/fit_cost.h"

#include <fmt/core.h>

#include <algorithm>

#include "analysis/metric_guardrail.h"
#include "task/fit_costs.h"

namespace assay::analysis {

namespace {

constexpr double kMebibyte = 1024.0 * 1024.0;

/// One line a trial: what all its fits took, and what the largest held. NULL where a fit is not
/// measured; a trial without fits has none.
constexpr char kCosts[] = R"sql(
SELECT CASE WHEN count(a.seconds) = count(*) THEN sum(a.seconds) END,
       CASE WHEN count(a.fit_bytes) = count(*) THEN max(a.fit_bytes) END
FROM (SELECT DISTINCT trial_key, artifact_key FROM trial_artifact) AS x
JOIN artifact AS a USING (artifact_key)
WHERE x.trial_key = ? GROUP BY x.trial_key)sql";

std::optional<double> cost_of(const results::Reader& reader, const std::string& trial,
                              bool seconds) {
  const results::Cell parameters[] = {trial};
  const auto rows = reader.query(kCosts, parameters).rows;
  if (rows.empty()) return 0.0;  // nothing is fitted
  if (seconds) {
    const auto* value = std::get_if<double>(&rows[0][0]);
    return value == nullptr ? std::nullopt : std::optional(*value);
  }
  const auto* bytes = std::get_if<int64_t>(&rows[0][1]);
  return bytes == nullptr ? std::nullopt : std::optional(static_cast<double>(*bytes) / kMebibyte);
}

/// Over seeds and folds; none where one is not measured.
std::optional<double> mean_cost(const results::Reader& reader, const TrialGroup& group,
                                bool seconds) {
  double sum = 0.0;
  int64_t trials = 0;
  for (const SeedTrials& seed : group.seeds) {
    for (const std::string& key : seed.trial_keys) {
      const auto cost = cost_of(reader, key, seconds);
      if (!cost) return std::nullopt;
      sum += *cost;
      ++trials;
    }
  }
  return trials == 0 ? std::nullopt : std::optional(sum / static_cast<double>(trials));
}

/// Why there is nothing to compare: what made a list elsewhere was not measured here. Empty: there is.
std::string made_elsewhere(const Comparing& comparing, const GroupPair& pair) {
  for (const TrialGroup* group : {&pair.variant, &pair.baseline}) {
    const auto found = comparing.imported.find(group->variant);
    if (found == comparing.imported.end() || !found->second.alone) continue;
    const std::string why = found->second.text();
    return group == &pair.variant ? why : fmt::format("{}, the baseline: {}", group->variant, why);
  }
  return "";
}

}  // namespace

bool is_fit_cost(const std::string& metric) {
  return std::ranges::count(task::kFitCosts, metric) > 0;
}

results::MetricRow fit_cost_metric(const std::string& metric) {
  const bool seconds = metric == task::kFitSeconds;
  return {metric,
          metric,
          results::MetricRow::Scope::latency,
          seconds ? "s" : "MiB",
          false,
          seconds ? "Time of all fits of a trial." : "Memory of the largest fit of a trial."};
}

results::ComparisonRow check_fit_cost(const Comparing& comparing, const GroupPair& pair,
                                      const task::GuardrailSpec& guardrail) {
  results::ComparisonRow row = pair.row({kServed, guardrail.metric, 0});
  const results::Reader& reader = comparing.samples.reader();
  row.reason = made_elsewhere(comparing, pair);
  if (!row.reason.empty()) {
    row.verdict = kNotMeasured;
    return row;
  }
  const bool seconds = guardrail.metric == task::kFitSeconds;
  const auto baseline = mean_cost(reader, pair.baseline, seconds);
  const auto variant = mean_cost(reader, pair.variant, seconds);
  if (!baseline || !variant) {
    row.verdict = kNotMeasured;
    row.reason = fmt::format("a fit of {} was not measured",
                             baseline ? pair.variant.variant : pair.baseline.variant);
    return row;
  }
  row.method = "difference of means; each fit is measured once, so no interval";
  row.difference = *variant - *baseline;
  if (*baseline > 0.0) row.relative = *row.difference / *baseline;
  const bool absolute = guardrail.max_increase && *row.difference > *guardrail.max_increase;
  const bool relative = guardrail.max_increase_relative &&
                        *row.difference > *guardrail.max_increase_relative * *baseline;
  row.verdict = absolute || relative ? kGuardrailBroken : kGuardrailKept;
  row.reason = "allowed: " + allowance_text(guardrail);
  return row;
}

}  // namespace assay::analysis
