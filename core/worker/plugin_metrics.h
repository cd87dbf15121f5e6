#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "pipeline/data_view.h"
#include "pipeline/strategies.h"
#include "task/task.h"

namespace assay::worker {

/// The metrics that plugins bring, made and fitted once a task.
class PluginMetrics {
 public:
  /// Throws StageFailure where a plugin fails.
  /// @param data   on whose device the metrics are computed
  PluginMetrics(const std::vector<task::PluginMetric>& metrics, const pipeline::DataView& data,
                const std::vector<task::Window>& train_windows, const pipeline::Guards& guards);

  bool has(const std::string& definition) const { return metrics_.contains(definition); }
  /// One value a request; NaN: none. Throws StageFailure where the plugin fails or breaks the
  /// contract.
  /// @param lists  as served or handed on, uncut
  std::vector<float> values(const task::MetricAt& metric, const RequestBatch& requests,
                            const CandidateBatch& lists, const Ragged& truth) const;

 private:
  struct Fitted {
    task::PluginMetric spec;
    std::unique_ptr<Metric> metric;
  };
  const pipeline::DataView& data_;
  const pipeline::Guards& guards_;
  TrainingView training_;
  std::map<std::string, Fitted> metrics_;  // by definition
};

}  // namespace assay::worker
