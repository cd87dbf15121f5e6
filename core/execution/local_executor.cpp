#include "execution/local_executor.h"

#include <fmt/format.h>
#include <poll.h>

#include <chrono>

#include "error/error.h"
#include "task/crash_trace.h"

// One slot per worker process. A worker answers each task with one line on its standard output. The
// executor polls these pipes, and reads the breadcrumb of each worker: a call that exceeds its
// limit is ended by killing the worker, which is then reported as a timeout of the stage in the
// breadcrumb. Workers are kept between tasks, since starting one loads LibTorch; a dead one is
// replaced when the next task is submitted.

namespace assay::execution {

struct LocalExecutor::Slot {
  int number = 0;
  std::unique_ptr<WorkerProcess> worker;
  std::optional<task::Task> task;
  std::chrono::steady_clock::time_point started;
  bool timed_out = false;

  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  }
};

LocalExecutor::LocalExecutor(const Settings& settings) : settings_(settings) {
  error::require(settings.jobs > 0, "an executor has at least one worker");
  for (int i = 0; i < settings.jobs; ++i) {
    slots_.push_back(std::make_unique<Slot>());
    slots_.back()->number = i;
  }
}

LocalExecutor::~LocalExecutor() = default;

int LocalExecutor::free_slots() const {
  int free = 0;
  for (const auto& slot : slots_) free += !slot->task;
  return free;
}

std::unique_ptr<WorkerProcess> LocalExecutor::new_worker(int number) const {
  return std::make_unique<WorkerProcess>(
      WorkerProcess::Settings{settings_.program, settings_.folder, number, settings_.memory_gib});
}

void LocalExecutor::submit(const task::Task& task) {
  for (const auto& slot : slots_) {
    if (slot->task) continue;
    const std::string path = fmt::format("{}/{}.task.json", settings_.folder, task.id);
    write_task(task, path);
    if (!slot->worker || slot->worker->ended()) slot->worker = new_worker(slot->number);
    slot->task = task;
    slot->started = std::chrono::steady_clock::now();
    slot->timed_out = false;
    slot->worker->send(path);
    return;
  }
  throw error::InternalError("a task was submitted to a full executor");
}

std::optional<TaskOutcome> LocalExecutor::wait(int timeout_ms) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  while (true) {
    for (const auto& slot : slots_) {
      if (!slot->task) continue;
      if (auto outcome = poll(*slot)) return outcome;
    }
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return std::nullopt;
    std::vector<pollfd> files;
    for (const auto& slot : slots_) {
      if (slot->task) files.push_back({slot->worker->output(), POLLIN, 0});
    }
    if (files.empty()) return std::nullopt;
    // Short enough that a call beyond its limit is noticed soon.
    if (::poll(files.data(), files.size(), static_cast<int>(std::min<long>(left.count(), 100))) < 0)
      return std::nullopt;
  }
}

std::optional<TaskOutcome> LocalExecutor::poll(Slot& slot) {
  if (const auto line = slot.worker->line()) return finished(slot, *line);
  if (const auto end = slot.worker->ended()) {
    if (const auto line = slot.worker->line())
      return finished(slot, *line);  // written just before it ended
    return died(slot, *end);
  }
  const task::Breadcrumb crumb = slot.worker->breadcrumb();
  const bool late = crumb.busy_since_ns > 0 && crumb.limit_ns > 0 &&
                    task::monotonic_ns() - crumb.busy_since_ns > crumb.limit_ns;
  if (late && !slot.timed_out) {
    slot.timed_out = true;
    slot.worker->kill();
  }
  return std::nullopt;
}

TaskOutcome LocalExecutor::finished(Slot& slot, const std::string& line) {
  TaskOutcome outcome{*slot.task, true, {}, slot.seconds()};
  slot.task.reset();
  try {
    outcome.failures = nlohmann::json::parse(line).get<task::TaskReply>().failures;
  } catch (const nlohmann::json::exception&) {
    throw error::InternalError(fmt::format("a worker answered what is no reply: {}", line));
  }
  return outcome;
}

TaskOutcome LocalExecutor::died(Slot& slot, const process::End& end) {
  TaskOutcome outcome{*slot.task, false, {}, slot.seconds()};
  const task::Breadcrumb crumb = slot.worker->breadcrumb();
  task::TaskFailure failure;
  if (crumb.busy_since_ns > 0) {
    failure.node = crumb.node;
    failure.place = crumb.place;
    failure.plugin = crumb.plugin;
    failure.phase = crumb.phase;
    failure.batch = crumb.batch;
  }
  failure.kind = slot.timed_out ? task::FailureKind::timeout : task::FailureKind::crash;
  const std::string how = slot.timed_out
                              ? fmt::format("did not return within {:g} s and was ended (limits)",
                                            static_cast<double>(crumb.limit_ns) * 1e-9)
                              : fmt::format("crashed ({})", end.text());
  failure.reason = task::end_text(how, slot.worker->written());
  outcome.failures.push_back(failure);
  slot.worker.reset();
  slot.task.reset();
  return outcome;
}

std::vector<RunningTask> LocalExecutor::running() const {
  std::vector<RunningTask> out;
  for (const auto& slot : slots_) {
    if (!slot->task) continue;
    out.push_back({slot->task->label, slot->task->kind(), slot->worker->breadcrumb(),
                   slot->seconds(), work_of(*slot->task)});
  }
  return out;
}

void LocalExecutor::stop_now() {
  for (const auto& slot : slots_) {
    slot->worker.reset();
    slot->task.reset();
  }
}

}  // namespace assay::execution
