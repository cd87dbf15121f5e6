#include "timing/stage_deadlines.h"

#include <chrono>

#include "task/breadcrumb.h"

namespace assay {

StageDeadlines::StageDeadlines(std::map<int64_t, int64_t> deadline_ns, Breakers& breakers,
                               ServerHost& host, std::mutex& mutex, int64_t round_start_ns)
    : deadline_ns_(std::move(deadline_ns)),
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

int64_t StageDeadlines::now() const { return monotonic_ns() - round_start_ns_; }

void StageDeadlines::start(int64_t node) {
  const auto deadline = deadline_ns_.find(node);
  if (deadline == deadline_ns_.end()) return;
  const std::lock_guard lock(mutex_);
  const int64_t at = now();
  if (!breakers_.at(node).allows(at)) {
    host_.answer(batch_, at, ServerHost::Answer::breaker);
    throw BatchAbandoned();
  }
  running_ = node;
  due_ns_ = at + deadline->second;
  late_ = false;
  changed_.notify_one();
}

void StageDeadlines::stop(int64_t) {
  const std::lock_guard lock(mutex_);
  if (!running_) return;
  // The watcher may not have had its turn yet.
  if (!late_ && now() >= due_ns_) answer_late(now());
  const int64_t node = *running_;
  running_.reset();
  if (late_) throw BatchAbandoned();
  breakers_.at(node).in_time();
}

void StageDeadlines::answer_late(int64_t at) {
  late_ = true;
  host_.answer(batch_, at, ServerHost::Answer::deadline);
  breakers_.at(*running_).overran(at);
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
    answer_late(now());
  }
}

}  // namespace assay
