#include "cli/progress_line.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <ctime>

#include "text/cut_middle.h"
#include "text/display_width.h"

namespace assay::cli {
namespace {

constexpr auto kOnTerminal = std::chrono::milliseconds(200);
constexpr auto kElsewhere = std::chrono::seconds(5);
constexpr auto kSoon = std::chrono::seconds(10);
constexpr size_t kBarWidth = 16;
constexpr size_t kLeastTaskWidth = 18;  // a task with less room is counted instead
constexpr size_t kMostTaskWidth = 60;
constexpr std::string_view kBetweenTasks = " | ";

std::string unit_of(const std::string& phase) {
  return phase == "run" || phase == "tune" ? "trials" : phase == "time" ? "timings" : "tasks";
}

std::string count_text(const execution::RunProgress& progress) {
  return fmt::format("{}/{} {}", progress.done, progress.total, unit_of(progress.phase));
}

// By what it takes where that is known of all that is left, else by pace.
std::optional<double> seconds_left(const execution::RunProgress& progress) {
  if (progress.left) {
    const bool nothing = progress.left->seconds <= 0 && !progress.left->whole;
    return nothing ? std::nullopt : std::optional(progress.left->seconds);
  }
  if (progress.done <= 0 || progress.done >= progress.total) return std::nullopt;
  return progress.seconds / static_cast<double>(progress.done) *
         static_cast<double>(progress.total - progress.done);
}

// "ETA 3 min 10 s", "ETA more than 40 s, then 1 min 39 s of timing"; empty where nothing is known.
std::string eta_text(const execution::RunProgress& progress) {
  const std::optional<double> left = seconds_left(progress);
  if (!left) return "";
  const bool whole = !progress.left || progress.left->whole;
  std::string text = fmt::format("ETA {}{}", whole ? "" : "more than ", duration_text(*left));
  if (progress.later_s > 0)
    text += fmt::format(", then {} of timing", duration_text(progress.later_s));
  return text;
}

double share_done(const execution::RunProgress& progress) {
  const std::optional<double> left = seconds_left(progress);
  if (left && progress.left && progress.left->whole && progress.seconds + *left > 0)
    return progress.seconds / (progress.seconds + *left);
  if (progress.total == 0) return 1;
  return static_cast<double>(progress.done) / static_cast<double>(progress.total);
}

std::string bar(double share) {
  const auto full = static_cast<size_t>(std::lround(std::clamp(share, 0.0, 1.0) * kBarWidth));
  std::string out;
  for (size_t i = 0; i < kBarWidth; ++i) out += i < full ? "█" : "░";
  return out;
}

// "fit als for als[factors=96], seed 2 8/60".
std::string task_text(const execution::RunningTask& task, size_t width) {
  std::string steps;
  if (task.crumb.total > 0) steps = fmt::format(" {}/{}", task.crumb.done, task.crumb.total);
  const size_t room = width > steps.size() ? width - steps.size() : 0;
  return text::cut_middle(task.label, room) + steps;
}

// As many tasks as have room, side by side; the others are counted.
std::string tasks_text(const std::vector<execution::RunningTask>& running, size_t width) {
  if (running.empty() || width < kLeastTaskWidth) return "";
  const size_t each = kLeastTaskWidth + kBetweenTasks.size();
  const size_t fit = std::max<size_t>(1, (width + kBetweenTasks.size()) / each);
  size_t shown = std::min(running.size(), fit);
  std::string more;
  if (shown < running.size()) {
    more = fmt::format(" +{}", running.size() - shown);
    if (shown > 1 && shown * each - kBetweenTasks.size() + more.size() > width)
      more = fmt::format(" +{}", running.size() - --shown);
  }
  const size_t room = width - more.size() - (shown - 1) * kBetweenTasks.size();
  std::vector<std::string> texts;
  for (size_t i = 0; i < shown; ++i)
    texts.push_back(task_text(running[i], std::min(room / shown, kMostTaskWidth)));
  return fmt::format("{}{}", fmt::join(texts, kBetweenTasks), more);
}

size_t terminal_width() {
  constexpr size_t kUsual = 80;
  winsize size{};
  const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : kUsual;
}

std::string clock_now() {
  const std::time_t now = std::time(nullptr);
  return fmt::format("{:%H:%M:%S}", fmt::localtime(now));
}

}  // namespace

std::string duration_text(double seconds) {
  const auto whole = static_cast<int64_t>(std::ceil(seconds));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  return fmt::format("{} h {} min", whole / 3600, whole % 3600 / 60);
}

std::string progress_text(const execution::RunProgress& progress, size_t width) {
  const size_t room = std::max<size_t>(width, 1) - 1;
  std::string end = "  " + count_text(progress);
  const std::string eta = eta_text(progress);
  if (!eta.empty()) end += "  " + eta;
  const size_t with_bar = 2 + kBarWidth + text::display_width(end);
  const bool has_bar = with_bar + 1 + kLeastTaskWidth <= room;
  if (has_bar) end = "  " + bar(share_done(progress)) + end;
  const size_t taken = text::display_width(end) + 1;
  if (taken > room) return text::cut_middle(end.substr(1), room);
  const size_t most = kMostTaskWidth * std::max<size_t>(1, progress.running.size());
  const size_t left = std::min(room - taken, most);
  return " " + text::pad_right(tasks_text(progress.running, left), left) + end;
}

std::string progress_log_text(const execution::RunProgress& progress, const std::string& clock) {
  std::string line = fmt::format("{}  {}", clock, count_text(progress));
  if (const std::string eta = eta_text(progress); !eta.empty()) line += "  " + eta;
  std::vector<std::string> tasks;
  for (const execution::RunningTask& task : progress.running)
    tasks.push_back(task_text(task, std::string::npos));
  if (!tasks.empty()) line += fmt::format("  {}", fmt::join(tasks, kBetweenTasks));
  return line;
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
  if (terminal_) {
    fmt::print(stderr, "\r\033[K{}", progress_text(progress, terminal_width()));
  } else {
    fmt::print(stderr, "{}\n", progress_log_text(progress, clock_now()));
  }
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
