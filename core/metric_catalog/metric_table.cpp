#include "metric_catalog/metric_definition.h"

namespace assay::metric_catalog {

const std::vector<MetricInfo>& metric_table() {
  static const std::vector<MetricInfo> table = [] {
    std::vector<MetricInfo> all;
    for (const auto part : {accuracy_metrics, score_metrics, coverage_metrics, diversity_metrics,
                            novelty_metrics, popularity_metrics, calibration_metrics,
                            fairness_metrics, list_quality_metrics, pool_metrics}) {
      for (MetricInfo& info : part()) all.push_back(std::move(info));
    }
    return all;
  }();
  return table;
}

}  // namespace assay::metric_catalog
