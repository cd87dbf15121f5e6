#include "worker/validation_metric.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "error/error.h"
#include "metric_catalog/metric_definition.h"
#include "worker/measure.h"

namespace assay::worker {
namespace {

void require_simple(const task::FitTask& task) {
  const metric_catalog::MetricDefinition primary =
      metric_catalog::parse_metric(task.primary.definition);
  if (!primary.needs_any(metric_catalog::MetricNeed::history) &&
      !primary.needs_any(metric_catalog::MetricNeed::judged) &&
      !primary.needs_any(metric_catalog::MetricNeed::plugin))
    return;
  throw error::UserError(fmt::format(
      "{} uses {} for early stopping, which needs more data of a request than its relevant "
      "items; use a primary metric of the list and the relevant items alone, such as ndcg@10",
      task.target.stage.plugin, display_name(primary)));
}

// Metrics of plugins are refused above.
bool lower_is_better(const task::FitTask& task) {
  const metric_catalog::MetricDefinition primary =
      metric_catalog::parse_metric(task.primary.definition);
  return !primary.info->higher_is_better.value_or(true);
}

task::FitValue mean_of(const task::MetricAt& at, const float* value, int64_t requests) {
  task::FitValue mean{at.definition, at.cutoff, 0, std::nullopt};
  double sum = 0;
  for (int64_t i = 0; i < requests; ++i) {
    if (std::isnan(value[i])) continue;
    sum += value[i];
    ++mean.requests;
  }
  if (mean.requests > 0) mean.value = sum / static_cast<double>(mean.requests);
  return mean;
}

}  // namespace

pipeline::ValidationMetrics validation_metrics(const task::FitTask& task,
                                               const pipeline::DataView& data) {
  if (!task.target.stage.traits.validates) return {};
  require_simple(task);
  std::vector<task::MetricAt> columns = {task.primary};
  for (const task::MetricAt& at : task.measured) {
    if (std::ranges::count(columns, at) == 0) columns.push_back(at);
  }
  auto kit = std::make_shared<MetricKit>(data, task.windows);
  std::shared_ptr<const metrics::MetricPass> pass = kit->pass(columns);
  const auto of = [kit, pass, columns](const CandidateBatch& lists, const Ragged& truth) {
    const at::Tensor values = pass->values(lists, truth).cpu().contiguous();
    const float* value = values.const_data_ptr<float>();
    std::vector<task::FitValue> means;
    for (const task::MetricAt& at : columns) {
      means.push_back(mean_of(at, value, lists.size()));
      value += lists.size();
    }
    return means;
  };
  return {of, lower_is_better(task)};
}

}  // namespace assay::worker
