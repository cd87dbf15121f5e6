#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "execution/executor.h"
#include "execution/run.h"

namespace assay::execution {

/// Keeps an executor busy: asks for the next task while there is room, hands over what became of
/// each.
class TaskLoop {
 public:
  struct Hooks {
    /// The next task that can be started now beside those that hold `taken` bytes of memory;
    /// nothing where there is none (more may come when one is done).
    std::function<std::optional<task::Task>(int64_t taken)> next;
    std::function<void(const TaskOutcome&)> done;
    /// Fills in phase, done and total; waiting, where it is known.
    std::function<void(RunProgress&)> progress;
  };
  TaskLoop(Executor& executor, const RunSettings& settings)
      : executor_(executor), settings_(settings) {}

  /// Until there is no task left. false: the user has asked to stop before that.
  /// @param at_most  tasks at a time; 1 for the timing pass, which is alone on the machine
  bool run(const Hooks& hooks, int at_most);

  /// What is known of the time that work takes, before any has been done.
  void know(WorkSeconds seconds) { seconds_ = std::move(seconds); }

 private:
  int64_t taken() const;
  int stop() const { return settings_.stop ? settings_.stop->load() : 0; }
  void report(const Hooks& hooks, std::chrono::steady_clock::time_point started, int at_most) const;

  Executor& executor_;
  const RunSettings& settings_;
  WorkSeconds seconds_;
  std::map<std::string, int64_t> held_;  // memory of the tasks that are running, by id
};

}  // namespace assay::execution
