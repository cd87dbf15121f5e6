#include "worker/validation_metric.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "error/error.h"
#include "metric_catalog/metric_definition.h"
#include "worker/measure.h"

namespace assay::worker {

pipeline::ValidationMetric validation_metric(const task::FitTask& task,
                                             const pipeline::DataView& data) {
  if (!task.target.stage.traits.validates) return {};
  const metric_catalog::MetricDefinition primary =
      metric_catalog::parse_metric(task.primary.definition);
  if (primary.needs_any(metric_catalog::MetricNeed::history) ||
      primary.needs_any(metric_catalog::MetricNeed::judged) ||
      primary.needs_any(metric_catalog::MetricNeed::plugin)) {
    throw error::UserError(fmt::format(
        "{} uses {} for early stopping, which needs more data of a request than its relevant "
        "items; use a primary metric of the list and the relevant items alone, such as ndcg@10",
        task.target.stage.plugin, display_name(primary)));
  }
  auto kit = std::make_shared<MetricKit>(data, task.windows);
  std::shared_ptr<const metrics::MetricPass> pass = kit->pass({task.primary});
  return [kit, pass](const std::vector<CandidateBatch>& lists, const std::vector<Ragged>& truth) {
    double sum = 0;
    int64_t count = 0;
    for (size_t batch = 0; batch < lists.size(); ++batch) {
      const at::Tensor values = pass->values(lists[batch], truth[batch]).cpu().contiguous();
      const float* value = values.const_data_ptr<float>();
      for (int64_t i = 0; i < values.numel(); ++i) {
        if (std::isnan(value[i])) continue;
        sum += value[i];
        ++count;
      }
    }
    return count ? sum / static_cast<double>(count) : std::numeric_limits<double>::quiet_NaN();
  };
}

}  // namespace assay::worker
