#include "metric_catalog/self_checked.h"

#include "metric_catalog/metric_definition.h"

namespace assay::metric_catalog {

bool is_self_checked(std::string_view definition) {
  const MetricDefinition metric = parse_metric(definition);
  return metric.per_request() && !metric.needs_any(MetricNeed::stages) &&
         !metric.needs_any(MetricNeed::baseline);
}

}  // namespace assay::metric_catalog
