#pragma once

#include <condition_variable>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "timing/load.h"
#include "timing/server_host.h"
#include "timing/stage_deadlines.h"

namespace assay::timing {

/// Graphs that one thread serves with, and what takes over where one of their stages is too slow.
struct ServerInstance {
  pipeline::ServingGraph* graph = nullptr;
  /// Graphs whose first node answers instead, by the name that the deadline has for it.
  std::map<std::string, pipeline::ServingGraph*> fallbacks = {};
};

/// The scenario `server` (MLPerf LoadGen, Reddi et al. 2020): requests arrive when they are due,
/// whether or not earlier ones are answered, and a latency counts from when its request was due. So
/// what waits behind a slow answer shows it too, which a client that waits for each answer would
/// hide ("coordinated omission").
///
/// One thread brings the requests in; each instance has one that serves batch after batch. A
/// latency ends when the ids of the slate lie in host memory.
class ServerDriver {
 public:
  struct Settings {
    LoadSettings load;
    task::ServingSpec serving;
    uint64_t seed = 1;    ///< of the arrivals
    int64_t threads = 1;  ///< intra-op threads of each instance
    /// Called after every batch, by one thread at a time; may be empty.
    std::function<void()> on_batch;
  };

  /// @param instances  graphs of the same nodes; none shares a strategy with another, or with a
  ///                   fallback, which is asked while they are at work; kept as long as the driver
  /// @param served     node whose list is the answer
  ServerDriver(std::vector<ServerInstance> instances, int64_t served, Settings settings);

  /// Plays the scenario once, on arrivals that the seed makes. Throws the failure of a step.
  ServerResult run();

 private:
  void warm_up();
  void bring_in();
  void serve_on(const ServerInstance& instance);
  void serve_batches(pipeline::ServingGraph& graph, StageDeadlines* deadlines);
  std::vector<int64_t> next_batch();
  void serve(pipeline::ServingGraph& graph, const std::vector<int64_t>& batch,
             StageDeadlines* deadlines);
  void fall_back(pipeline::ServingGraph& graph, const std::vector<int64_t>& batch);
  at::Tensor answer_of(pipeline::ServingGraph& graph, int64_t node, const RequestBatch& requests,
                       int64_t batch) const;
  RequestBatch requests_of(const std::vector<int64_t>& batch) const;
  std::map<int64_t, StageDeadlines::Deadline> deadlines(const ServerInstance& instance);
  void fail();
  int64_t now() const;

  std::vector<ServerInstance> instances_;
  int64_t served_;
  Settings settings_;
  std::vector<RequestBatch> single_;  ///< made before the clock starts, where batches have one

  std::mutex mutex_;  ///< guards what follows
  std::condition_variable changed_;
  std::unique_ptr<ServerHost> host_;
  Breakers breakers_;
  bool all_in_ = false;
  std::exception_ptr failed_;
  int64_t start_ns_ = 0;
};

}  // namespace assay::timing
