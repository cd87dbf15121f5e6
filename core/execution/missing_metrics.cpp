#include "execution/missing_metrics.h"

#include <set>

#include "metric_catalog/metric_definition.h"

namespace assay {

std::vector<MetricAt> missing_served(const MetricsSpec& metrics, const Database& database,
                                     const std::string& trial_key) {
  std::set<StageMetric> kept;
  for (const StageMetric& at : database.kept_metrics(trial_key)) kept.insert(at);
  std::vector<MetricAt> missing;
  for (const MetricAt& at : metrics.served) {
    if (parse_metric(at.definition).needs_any(MetricNeed::baseline)) continue;
    if (!kept.contains({"served", at.definition, static_cast<int>(at.cutoff)}))
      missing.push_back(at);
  }
  return missing;
}

}  // namespace assay
