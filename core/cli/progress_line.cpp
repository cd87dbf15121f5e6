#include "cli/progress_line.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>

namespace assay::cli {
namespace {

constexpr auto kOnTerminal = std::chrono::milliseconds(200);
constexpr auto kElsewhere = std::chrono::seconds(5);
constexpr auto kSoon = std::chrono::seconds(10);

std::string bar(double share) {
  constexpr int kWidth = 16;
  const int full = std::clamp(static_cast<int>(std::lround(share * kWidth)), 0, kWidth);
  std::string out;
  for (int i = 0; i < kWidth; ++i) out += i < full ? "█" : "░";
  return out;
}

std::string unit_of(const std::string& phase) {
  return phase == "run" || phase == "tune" ? "trials" : phase == "time" ? "timings" : "tasks";
}

}  // namespace

std::string duration_text(double seconds) {
  const auto whole = static_cast<int64_t>(std::ceil(seconds));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  return fmt::format("{} h {} min", whole / 3600, whole % 3600 / 60);
}

std::string progress_text(const execution::RunProgress& progress) {
  std::string out;
  if (!progress.running.empty()) {
    const execution::RunningTask& task = progress.running.front();
    out += fmt::format(" {:<44.44}", task.label);
    if (task.crumb.total > 0) out += fmt::format("  {}/{}", task.crumb.done, task.crumb.total);
  }
  const double share =
      progress.total ? static_cast<double>(progress.done) / static_cast<double>(progress.total) : 1;
  out += fmt::format("  {}  {}/{} {}", bar(share), progress.done, progress.total,
                     unit_of(progress.phase));
  if (progress.done > 0 && progress.done < progress.total) {
    const double left = progress.seconds / static_cast<double>(progress.done) *
                        static_cast<double>(progress.total - progress.done);
    out += fmt::format("  ETA {}", duration_text(left));
  }
  return out;
}

ProgressLine::ProgressLine(bool quiet) : terminal_(::isatty(STDERR_FILENO)), quiet_(quiet) {}

void ProgressLine::show(const execution::RunProgress& progress) {
  if (quiet_ || progress.total == 0) return;
  const auto now = std::chrono::steady_clock::now();
  if (!soon_.empty() && now - soon_since_ > kSoon) say_now();
  const bool fresh = progress.phase != phase_ && terminal_;
  if (!fresh && now - last_ < (terminal_ ? std::chrono::nanoseconds(kOnTerminal) : kElsewhere))
    return;
  if (phase_.empty() && !terminal_) {  // the first plain line comes when there is something to say
    phase_ = progress.phase;
    last_ = now;
    return;
  }
  phase_ = progress.phase;
  last_ = now;
  const std::string text = progress_text(progress);
  fmt::print(stderr, "{}{}{}", terminal_ ? "\r\033[K" : "", text, terminal_ ? "" : "\n");
  std::fflush(stderr);
  shown_ = terminal_;
}

void ProgressLine::clear() {
  if (shown_) fmt::print(stderr, "\r\033[K");
  shown_ = false;
}

void ProgressLine::say_soon(const std::string& line) {
  if (soon_.empty()) soon_since_ = std::chrono::steady_clock::now();
  soon_.push_back(line);
}

void ProgressLine::say_now() {
  for (const std::string& line : soon_) say(line);
  soon_.clear();
}

void ProgressLine::say(const std::string& line) {
  clear();
  fmt::print(stderr, "{}\n", line);
}

}  // namespace assay::cli
