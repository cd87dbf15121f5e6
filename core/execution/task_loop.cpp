#include "execution/task_loop.h"

namespace assay::execution {

void TaskLoop::report(const Hooks& hooks, std::chrono::steady_clock::time_point started,
                      int at_most) const {
  if (!settings_.progress) return;
  RunProgress progress;
  hooks.progress(progress);
  progress.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  progress.running = executor_.running();
  if (progress.waiting) {
    std::vector<WorkAtHand> at_hand;
    for (const RunningTask& task : progress.running)
      at_hand.push_back({task.work, task.seconds, task.crumb.done, task.crumb.total});
    progress.left = time_left(seconds_, at_hand, *progress.waiting, at_most);
  }
  settings_.progress(progress);
}

int64_t TaskLoop::taken() const {
  int64_t all = 0;
  for (const auto& [task, bytes] : held_) all += bytes;
  return all;
}

bool TaskLoop::run(const Hooks& hooks, int at_most) {
  constexpr int kWaitMs = 200;
  const auto started = std::chrono::steady_clock::now();
  while (true) {
    if (stop() >= 2) {
      executor_.stop_now();
      held_.clear();
      return false;
    }
    bool left_over = stop() != 0;
    while (!left_over && executor_.free_slots() > 0 &&
           static_cast<int>(executor_.running().size()) < at_most) {
      std::optional<task::Task> task = hooks.next(taken());
      if (!task) break;
      held_[task->id] = settings_.memory.grant(*task, taken());
      executor_.submit(*task);
    }
    report(hooks, started, at_most);
    if (executor_.running().empty()) return !left_over || !hooks.next(0);
    if (const auto outcome = executor_.wait(kWaitMs)) {
      held_.erase(outcome->task.id);
      seconds_.ended(work_of(outcome->task), outcome->seconds);
      hooks.done(*outcome);
    }
  }
}

}  // namespace assay::execution
