#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "pipeline/serving.h"
#include "timing/circuit_breaker.h"
#include "timing/server_host.h"

namespace assay::timing {

/// The breakers of a variant, one a stage with a deadline, shared by all its instances.
using Breakers = std::map<int64_t, CircuitBreaker>;

/// Thrown out of a batch whose requests are answered already: the rest of it is not worth doing.
struct BatchAbandoned {};

/// Watches the stages of one instance for their deadlines.
///
/// A stage cannot be stopped. At its deadline the requests of the batch are answered with its
/// fallback, which is what a host would do that waits with a timeout: with the list that the stage
/// was given, at once, or with that of another stage, which is asked then. The instance goes on
/// until the stage returns, and then drops the batch. A stage that the breaker leaves out is not
/// begun. Later stages are left out with it.
class StageDeadlines : public pipeline::StageClock {
 public:
  struct Deadline {
    int64_t ns = 0;  ///< from the start of the stage
    /// Makes the answer to a batch; empty where that is the list that the stage was given. Called
    /// from any thread, one call at a time; throws nothing.
    std::function<void(const std::vector<int64_t>& batch)> fallback;
  };

  /// @param deadlines  by node
  /// @param mutex      guards host and breakers, and what is noted here
  StageDeadlines(std::map<int64_t, Deadline> deadlines, Breakers& breakers, ServerHost& host,
                 std::mutex& mutex, int64_t round_start_ns);
  ~StageDeadlines() override;

  /// What the instance serves next.
  void begin(const std::vector<int64_t>& batch) { batch_ = batch; }

  /// Both throw BatchAbandoned where the batch has got its answer.
  void start(int64_t node) override;
  void stop(int64_t node) override;
  /// 0 where the deadline has passed.
  double remaining_ms(int64_t node) const override;

 private:
  void watch();
  // Both leave `lock` while a fallback is asked.
  void answer_late(std::unique_lock<std::mutex>& lock);
  void answer(std::unique_lock<std::mutex>& lock, int64_t node, ServerHost::Answer how);
  int64_t now() const;

  std::map<int64_t, Deadline> deadlines_;
  Breakers& breakers_;
  ServerHost& host_;
  std::mutex& mutex_;
  int64_t round_start_ns_;
  std::mutex fallback_mutex_;  // one call at a time
  std::vector<int64_t> batch_;
  std::condition_variable changed_;
  std::optional<int64_t> running_;  // node with a deadline that is at work
  int64_t due_ns_ = 0;
  bool late_ = false;  // its requests are answered by the fallback
  bool ending_ = false;
  std::thread watcher_;
};

}  // namespace assay::timing
