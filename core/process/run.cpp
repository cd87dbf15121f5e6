#include "process/run.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "error/error.h"
#include "process/child.h"

namespace assay::process {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kGrace(1000);

/// The end of the time that a call has, if it has one.
class Deadline {
 public:
  explicit Deadline(const std::optional<milliseconds>& limit) {
    if (limit) end_ = steady_clock::now() + *limit;
  }
  /// At least 0; nothing for a call without end.
  std::optional<milliseconds> left() const {
    if (!end_) return std::nullopt;
    return std::max(milliseconds(0), std::chrono::ceil<milliseconds>(*end_ - steady_clock::now()));
  }

 private:
  std::optional<steady_clock::time_point> end_;
};

/// False where the time is over before there is something to read, or the end.
bool readable(int fd, const Deadline& deadline) {
  pollfd wait{.fd = fd, .events = POLLIN, .revents = 0};
  for (;;) {
    const auto left = deadline.left();
    const int ready = ::poll(&wait, 1, left ? static_cast<int>(left->count()) : -1);
    if (ready >= 0) return ready > 0;
    error::require(errno == EINTR, "a child's output cannot be waited for");
  }
}

void read_output(int fd, const Deadline& deadline, size_t most, Ran& ran) {
  std::array<char, 65536> buffer;
  while (!ran.late && !ran.cut) {
    ran.late = !readable(fd, deadline);
    if (ran.late) return;
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return;
    const size_t taken = std::min(static_cast<size_t>(got), most - ran.output.size());
    ran.output.append(buffer.data(), taken);
    ran.cut = taken < static_cast<size_t>(got);
  }
}

}  // namespace

Ran run(const Command& command, const Limits& limits) {
  error::require(command.input.from != Input::From::pipe, "nobody would write into the pipe");
  const Deadline deadline(limits.time);
  Child child(command);
  Ran ran;
  if (child.output() >= 0) read_output(child.output(), deadline, limits.bytes, ran);
  if (!ran.late && !ran.cut) {
    const auto left = deadline.left();
    const auto end = left ? child.wait(*left) : child.wait();
    ran.late = !end;
  }
  ran.end = child.end(kGrace);
  return ran;
}

}  // namespace assay::process
