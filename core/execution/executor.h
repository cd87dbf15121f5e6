#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "execution/work_seconds.h"
#include "task/breadcrumb.h"
#include "task/reply.h"
#include "task/task.h"

namespace assay::execution {

/// What became of a task.
struct TaskOutcome {
  task::Task task;
  bool finished = false;  ///< false: the process died or was stopped, there is no part
  /// stages that failed; where `finished` is false, what killed it
  std::vector<task::TaskFailure> failures;
  double seconds = 0;
};

/// A task that is running now, for the progress line.
struct RunningTask {
  std::string label;
  std::string kind;
  task::Breadcrumb crumb;
  double seconds = 0;  ///< since it was submitted
  Work work = {};
};

/// Runs tasks somewhere. Every executor takes the same task files and leaves the same parts.
class Executor {
 public:
  virtual ~Executor() = default;
  /// How many more tasks it takes now.
  virtual int free_slots() const = 0;
  /// Starts a task. Only while free_slots() > 0.
  virtual void submit(const task::Task& task) = 0;
  /// The next finished task, or nothing after `timeout_ms`.
  virtual std::optional<TaskOutcome> wait(int timeout_ms) = 0;
  virtual std::vector<RunningTask> running() const = 0;
  /// Ends what is running; what it leaves is not used.
  virtual void stop_now() = 0;
};

}  // namespace assay::execution
