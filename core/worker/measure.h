#pragma once

#include <assay/batch.h>

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "metrics/exposure_counts.h"
#include "metrics/metric_pass.h"
#include "pipeline/data_view.h"
#include "results/part_writer.h"
#include "task/task.h"
#include "worker/plugin_metrics.h"

namespace assay::worker {

/// The metrics of a list split by how they are computed.
struct MetricSplit {
  std::vector<task::MetricAt> per_request;
  std::vector<int64_t> exposure_cutoffs;   ///< of the catalogue metrics, each once
  std::vector<task::MetricAt> of_plugins;  ///< one value a request: worker/plugin_metrics.h
  std::vector<task::MetricAt> of_stages;   ///< look at several stages: worker/stage_values.h
  bool needs_history = false;              ///< any of per_request does
  bool needs_judged = false;
  bool needs_requests = false;  ///< some are of plugins
};
MetricSplit split_metrics(const std::vector<task::MetricAt>& metrics);

/// What the requests of a window say beside their truth, for the metrics that ask for it.
class RequestFacts {
 public:
  RequestFacts(const pipeline::DataView& data, task::Window window, const MetricSplit& metrics);
  /// Of requests `first .. first + count`.
  metrics::RequestContext of(int64_t first, int64_t count) const;

 private:
  struct Judgement {
    int64_t user, item;
    double value;
  };
  void read_judgements();

  const pipeline::DataView& data_;
  task::Window window_;
  bool needs_history_, needs_judged_, needs_requests_;
  std::vector<Judgement> judgements_;  // by user and item, each pair once
};

/// Metrics and what they know of the training window, made once a task.
class MetricKit {
 public:
  MetricKit(const pipeline::DataView& data, const std::vector<task::Window>& train_windows);
  std::unique_ptr<metrics::MetricPass> pass(const std::vector<task::MetricAt>& per_request) const;

 private:
  TrainingView training_;
  std::shared_ptr<const metrics::MetricData> data_;
};

/// Values of one list of one stage, gathered over the batches of a shard.
class Measure {
 public:
  /// @param pass  for `metrics.per_request`; may be shared by several measures
  /// @param own   metrics of plugins among these
  Measure(const MetricSplit& metrics, const metrics::MetricPass& pass, const PluginMetrics& own,
          int64_t items);

  /// Rows that only pad the batch are cut off before.
  void add(const CandidateBatch& lists, const Ragged& truth,
           const metrics::RequestContext& context);
  /// Relevant items among everything added so far, and how many of them the lists held.
  int64_t relevant() const { return relevant_; }
  int64_t kept() const { return kept_; }
  /// The same request by request.
  std::span<const int32_t> relevant_each() const { return relevant_each_; }
  std::span<const int32_t> kept_each() const { return kept_each_; }

  /// Why nothing of this may be kept: a value is larger than a 32-bit number. Else empty.
  const std::string& problem() const { return problem_; }

  void write(results::PartWriter& part, results::PartWriter::Shard shard,
             const std::string& stage) const;

 private:
  const MetricSplit& metrics_;
  const metrics::MetricPass& pass_;
  const PluginMetrics& own_;
  std::vector<std::vector<float>> values_;      // one a metric
  std::vector<std::vector<float>> own_values_;  // one a metric of plugins
  metrics::ExposureCounts exposure_;
  int64_t relevant_ = 0, kept_ = 0;
  std::vector<int32_t> relevant_each_, kept_each_;
  std::string problem_;
};

/// The first `size` places of each list as they are kept: int32 items, float32 scores, padded to
/// `size`.
struct SlateColumns {
  int size = 0;
  std::vector<int32_t> items;
  std::vector<float> scores;
  std::vector<float> propensity;  ///< empty where the stages give none

  void add(const CandidateBatch& lists);
};

}  // namespace assay::worker
