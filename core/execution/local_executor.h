#pragma once

#include <memory>
#include <string>
#include <vector>

#include "execution/executor.h"
#include "execution/worker_process.h"

namespace assay::execution {

/// Runs tasks in worker processes of this machine. Workers stay warm from task to task; one that
/// dies is replaced. A call into a plugin that outlasts its limit is ended, and reported as a
/// time-out of that stage.
class LocalExecutor : public Executor {
 public:
  struct Settings {
    std::string program;    ///< path of assay-worker
    std::string folder;     ///< for task files, logs and breadcrumbs; must exist
    int jobs = 2;           ///< how many workers
    double memory_gib = 0;  ///< limit of each, 0 for none
  };
  explicit LocalExecutor(const Settings& settings);
  ~LocalExecutor() override;

  int free_slots() const override;
  void submit(const task::Task& task) override;
  std::optional<TaskOutcome> wait(int timeout_ms) override;
  std::vector<RunningTask> running() const override;
  void stop_now() override;

 private:
  struct Slot;
  std::optional<TaskOutcome> poll(Slot& slot);
  TaskOutcome finished(Slot& slot, const std::string& line);
  TaskOutcome died(Slot& slot, const process::End& end);
  std::unique_ptr<WorkerProcess> new_worker(int number) const;

  Settings settings_;
  std::vector<std::unique_ptr<Slot>> slots_;
};

}  // namespace assay::execution
