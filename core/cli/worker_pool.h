#pragma once

#include <atomic>
#include <map>
#include <string>

#include "execution/local_executor.h"
#include "execution/memory_plan.h"
#include "task/experiment.h"

namespace assay::cli {

/// How many workers a command starts, and how much memory they may take.
struct WorkerOptions {
  int jobs = 0;        ///< 0: cores / numeric.threads, 1 on a GPU
  std::string memory;  ///< GiB of all workers together; empty: 80 % of the machine
};

/// @param fits  what the fits of the plan need: by default there are no more workers than can hold
///              their smallest fits at once
int jobs_of(const WorkerOptions& options, const task::Experiment& experiment,
            const std::map<std::string, execution::FitMemory>& fits = {});

/// What `jobs` workers may take together and each.
execution::MemoryBudget memory_budget(const WorkerOptions& options,
                                      const task::Experiment& experiment, int jobs);

/// Settings of an executor on this machine.
/// @param program  path of assay-worker
/// @param folder   for tasks and parts
execution::LocalExecutor::Settings executor_settings(const WorkerOptions& options,
                                                     const task::Experiment& experiment, int jobs,
                                                     const std::string& program,
                                                     const std::string& folder);

/// The folder for tasks and parts of one command; gone with it unless the tasks are wanted.
class WorkFolder {
 public:
  WorkFolder(const std::string& cache, bool keep);
  ~WorkFolder();
  WorkFolder(const WorkFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  bool keep_;
};

/// From now on Ctrl-C and SIGTERM print `text` and end the program with exit code 4: nothing is at
/// work that would have to be finished.
void end_on_interrupt(const std::string& text);

/// From now on Ctrl-C and SIGTERM count up what is returned (RunSettings::stop) instead of ending
/// the program.
const std::atomic<int>* stop_on_interrupt();

/// Of the repository that a file lies in; empty outside one. "+" stands for changes that are not
/// committed.
std::string git_commit(const std::string& file);

}  // namespace assay::cli
