#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "pipeline/serving.h"
#include "timing/circuit_breaker.h"
#include "timing/server_host.h"

namespace assay {

/// The breakers of a variant, one a stage with a deadline, shared by all its instances.
using Breakers = std::map<int64_t, CircuitBreaker>;

/// Thrown out of a batch whose requests are answered already: the rest of it is not worth doing.
struct BatchAbandoned {};

/// Watches the stages of one instance for their deadlines.
///
/// A stage cannot be stopped. At its deadline the requests of the batch are answered with the list
/// that the stage was given, which is what a host would do that waits with a timeout; the instance
/// goes on until the stage returns, and then drops the batch. A stage that the breaker leaves out
/// is not begun. Later stages are left out with it.
class StageDeadlines : public StageClock {
 public:
  /// @param deadline_ns  by node
  /// @param mutex        guards host and breakers, and what is noted here
  StageDeadlines(std::map<int64_t, int64_t> deadline_ns, Breakers& breakers, ServerHost& host,
                 std::mutex& mutex, int64_t round_start_ns);
  ~StageDeadlines() override;

  /// What the instance serves next.
  void begin(const std::vector<int64_t>& batch) { batch_ = batch; }

  /// Both throw BatchAbandoned where the batch has got its answer.
  void start(int64_t node) override;
  void stop(int64_t node) override;

 private:
  void watch();
  void answer_late(int64_t at);
  int64_t now() const;

  std::map<int64_t, int64_t> deadline_ns_;
  Breakers& breakers_;
  ServerHost& host_;
  std::mutex& mutex_;
  int64_t round_start_ns_;
  std::vector<int64_t> batch_;
  std::condition_variable changed_;
  std::optional<int64_t> running_;  // node with a deadline that is at work
  int64_t due_ns_ = 0;
  bool late_ = false;  // its requests have been answered
  bool ending_ = false;
  std::thread watcher_;
};

}  // namespace assay
