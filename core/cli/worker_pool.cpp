#include "cli/worker_pool.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <thread>

#include "cli/workspace.h"
#include "dataset/cache_use.h"
#include "error/error.h"
#include "process/run.h"

namespace assay::cli {
namespace {

// 0: go on, 1: finish the tasks in hand, 2: stop at once. Ctrl-C counts it up.
std::atomic<int> stop_requests = 0;

void on_interrupt(int) { ++stop_requests; }

std::string last_words;  // not changed while end_at_once is the handler

void end_at_once(int) {
  // Only what a signal's handler may call. A text that cannot be written is lost.
  [[maybe_unused]] const ssize_t written =
      ::write(STDOUT_FILENO, last_words.data(), last_words.size());
  ::_exit(4);
}

constexpr double kGiB = 1024.0 * 1024 * 1024;

// Of all private memory of the workers together, four fifths of the machine's, so that a runaway
// fit cannot take it down. 0: no limit.
double total_memory(const WorkerOptions& options, const task::Experiment& experiment) {
  if (experiment.numeric.device != task::Device::cpu)
    return 0;  // drivers reserve far more than they use
  if (!options.memory.empty()) return std::stod(options.memory) * kGiB;
  return 0.8 * static_cast<double>(::sysconf(_SC_PHYS_PAGES)) *
         static_cast<double>(::sysconf(_SC_PAGESIZE));
}

double memory_per_worker(const WorkerOptions& options, const task::Experiment& experiment,
                         int jobs) {
  if (experiment.limits.memory_gib > 0) return experiment.limits.memory_gib;
  return total_memory(options, experiment) / kGiB / jobs;
}

}  // namespace

int jobs_of(const WorkerOptions& options, const task::Experiment& experiment,
            const std::map<std::string, execution::FitMemory>& fits) {
  if (options.jobs > 0) return options.jobs;
  if (experiment.numeric.device != task::Device::cpu) return 1;
  const auto cores = static_cast<int>(std::thread::hardware_concurrency());
  const int most = std::max(1, cores / static_cast<int>(experiment.numeric.threads));
  const auto memory = static_cast<int64_t>(total_memory(options, experiment));
  return execution::jobs_within(fits, memory, most);
}

execution::MemoryBudget memory_budget(const WorkerOptions& options,
                                      const task::Experiment& experiment, int jobs) {
  execution::MemoryBudget budget;
  budget.total = static_cast<int64_t>(total_memory(options, experiment));
  budget.worker = static_cast<int64_t>(experiment.limits.memory_gib * kGiB);
  budget.share = budget.total / jobs;
  budget.total_name = options.memory.empty() ? "four fifths of this machine's memory" : "--memory";
  return budget;
}

execution::LocalExecutor::Settings executor_settings(const WorkerOptions& options,
                                                     const task::Experiment& experiment, int jobs,
                                                     const std::string& program,
                                                     const std::string& folder) {
  return {program, folder, jobs, memory_per_worker(options, experiment, jobs)};
}

WorkFolder::WorkFolder(const std::string& cache, bool keep)
    : path_(fmt::format("{}/work/{}", cache, ::getpid())), keep_(keep) {
  make_cache_folder(path_);
  dataset::hold_in_cache(path_);
}

WorkFolder::~WorkFolder() {
  std::error_code ignored;
  if (!keep_) std::filesystem::remove_all(path_, ignored);
}

void end_on_interrupt(const std::string& text) {
  last_words = text;
  ::signal(SIGINT, end_at_once);
  ::signal(SIGTERM, end_at_once);
}

const std::atomic<int>* stop_on_interrupt() {
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGINT, on_interrupt);
  ::signal(SIGTERM, on_interrupt);
  return &stop_requests;
}

std::string git_commit(const std::string& file) {
  const std::string folder = std::filesystem::absolute(file).parent_path().string();
  process::Command describe;
  describe.words = {"git", "-C", folder, "describe", "--always", "--dirty=+", "--abbrev=12"};
  describe.output = process::Output::pipe();
  describe.error = process::Output::nothing();
  try {
    const process::Ran git = process::run(describe);
    return git.output.substr(0, git.output.find('\n'));
  } catch (const error::Error&) {
    return "";  // git is not installed
  }
}

}  // namespace assay::cli
