#include "execution/missing_metrics.h"

#include <set>

#include "metric_catalog/metric_definition.h"

namespace assay::execution {

std::vector<task::MetricAt> missing_served(const task::MetricsSpec& metrics,
                                           const results::Database& database,
                                           const std::string& trial_key) {
  std::set<results::StageMetric> kept;
  for (const results::StageMetric& at : database.kept_metrics(trial_key)) kept.insert(at);
  std::vector<task::MetricAt> missing;
  for (const task::MetricAt& at : metrics.served) {
    if (metric_catalog::parse_metric(at.definition).needs_any(metric_catalog::MetricNeed::baseline))
      continue;
    if (!kept.contains({"served", at.definition, static_cast<int>(at.cutoff)}))
      missing.push_back(at);
  }
  return missing;
}

}  // namespace assay::execution
