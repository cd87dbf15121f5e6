#pragma once

#include <map>
#include <string>
#include <vector>

#include "pipeline/serving.h"
#include "task/experiment.h"

namespace assay::timing {

/// What one round under load measured.
struct LoadResult {
  std::vector<float> ms;    ///< end to end: one a request (single_stream), or one a batch (offline)
  double achieved_qps = 0;  ///< requests a second over the round
};

/// How a round is driven.
struct LoadSettings {
  task::ScenarioSpec scenario;
  task::Window window = task::Window::test;
  int64_t warmup_requests = 50;  ///< served before the clock starts, in the shape of the scenario
  int64_t serve_size = 20;
};

/// Which requests a round serves and in what shape: one at a time for single_stream, batches for
/// offline. Scenarios as in MLPerf LoadGen (Reddi et al. 2020). Requests come in logged order: by
/// time, equal times by place.
class LoadDriver {
 public:
  /// @param served  node whose list is the answer
  LoadDriver(pipeline::ServingGraph& graph, int64_t served, const LoadSettings& settings);

  /// Plays the scenario once. Each latency ends when the slate's item ids lie in host memory.
  /// Throws the failure of a step.
  LoadResult run(pipeline::StageClock* clock = nullptr);

 private:
  void warm_up();
  float serve(size_t batch);
  std::vector<std::vector<int64_t>> batches() const;

  pipeline::ServingGraph& graph_;
  int64_t served_;
  LoadSettings settings_;
  std::vector<RequestBatch> requests_;  ///< made before the clock starts
};

/// Times every step with a wait for the device on both sides: what a stage costs when nothing
/// overlaps.
class SynchronisedClock : public pipeline::StageClock {
 public:
  explicit SynchronisedClock(const at::Device& device) : device_(device) {}
  void start(int64_t node) override;
  void stop(int64_t node) override;
  std::map<int64_t, std::vector<float>> take() { return std::move(ms_); }

 private:
  void synchronise() const;

  at::Device device_;
  int64_t started_ns_ = 0;
  std::map<int64_t, std::vector<float>> ms_;
};

}  // namespace assay::timing
