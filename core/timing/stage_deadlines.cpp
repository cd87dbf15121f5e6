#include "timing/stage_deadlines.h"

#include <algorithm>
#include <chrono>

#include "task/breadcrumb.h"

namespace assay::timing {

StageDeadlines::StageDeadlines(std::map<int64_t, Deadline> deadlines, Breakers& breakers,
                               ServerHost& host, std::mutex& mutex, int64_t round_start_ns)
    : deadlines_(std::move(deadlines)),
      breakers_(breakers),
      host_(host),
      mutex_(mutex),
      round_start_ns_(round_start_ns),
      watcher_([this] { watch(); }) {}

StageDeadlines::~StageDeadlines() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_one();
  watcher_.join();
}

int64_t StageDeadlines::now() const { return task::monotonic_ns() - round_start_ns_; }

void StageDeadlines::start(int64_t node) {
  const auto deadline = deadlines_.find(node);
  if (deadline == deadlines_.end()) return;
  std::unique_lock lock(mutex_);
  const int64_t at = now();
  if (!breakers_.at(node).allows(at)) {
    answer(lock, node, ServerHost::Answer::breaker);
    throw BatchAbandoned();
  }
  running_ = node;
  due_ns_ = at + deadline->second.ns;
  late_ = false;
  changed_.notify_one();
}

void StageDeadlines::stop(int64_t) {
  std::unique_lock lock(mutex_);
  if (!running_) return;
  // The watcher may not have had its turn yet.
  if (!late_ && now() >= due_ns_) answer_late(lock);
  const int64_t node = *running_;
  running_.reset();
  if (late_) throw BatchAbandoned();
  breakers_.at(node).in_time();
}

double StageDeadlines::remaining_ms(int64_t node) const {
  const std::lock_guard lock(mutex_);
  if (running_ != node) return -1;
  return static_cast<double>(std::max<int64_t>(0, due_ns_ - now())) * 1e-6;
}

void StageDeadlines::answer_late(std::unique_lock<std::mutex>& lock) {
  late_ = true;
  const int64_t node = *running_;
  breakers_.at(node).overran(now());
  answer(lock, node, ServerHost::Answer::deadline);
}

void StageDeadlines::answer(std::unique_lock<std::mutex>& lock, int64_t node,
                            ServerHost::Answer how) {
  const std::vector<int64_t> batch = batch_;
  if (const auto& fallback = deadlines_.at(node).fallback) {
    lock.unlock();
    {
      const std::lock_guard alone(fallback_mutex_);
      fallback(batch);
    }
    lock.lock();
  }
  host_.answer(batch, now(), how);
}

void StageDeadlines::watch() {
  std::unique_lock lock(mutex_);
  while (!ending_) {
    if (!running_ || late_) {
      changed_.wait(lock);
      continue;
    }
    if (now() < due_ns_) {
      changed_.wait_for(lock, std::chrono::nanoseconds(due_ns_ - now()));
      continue;
    }
    answer_late(lock);
  }
}

}  // namespace assay::timing
