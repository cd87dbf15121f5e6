#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "process/end.h"

namespace assay::process {

/// How a forked copy of this process came to its end.
struct ForkEnd {
  enum class How {
    finished,   ///< the body returned
    exited,     ///< something called exit(); `number` is the status
    killed,     ///< `number` is the signal
    timed_out,  ///< said nothing for longer than allowed, and was killed
  };
  How how = How::finished;
  int number = 0;
  /// The last line it wrote to stdout or stderr, at most 300 characters; may be empty.
  std::string words;
  /// What it wrote, the last 64 KiB.
  std::string written;
};

/// The child's line back to its parent.
class ForkLine {
 public:
  explicit ForkLine(int fd) : fd_(fd) {}
  /// Sends one line (without '\n' inside). A line is also a sign of life.
  void send(std::string_view line) const;

 private:
  int fd_;
};

/// Runs `body` in a forked copy of this process and hands each line that it sends to `on_line`, in
/// order.
///
/// For code that may crash, hang, exit or write to stdout. The child's stdin is empty; its stdout
/// and stderr go to a file in memory (as descriptors 1 and 2); it leaves no core file, dies with
/// its parent, and never runs exit handlers. Only one thread may be running in the parent (a fork
/// copies no others): call it before LibTorch has computed.
/// @param silence  how long the child may go without sending a line
ForkEnd run_in_fork(std::chrono::milliseconds silence,
                    const std::function<void(const ForkLine&)>& body,
                    const std::function<void(std::string_view)>& on_line);

}  // namespace assay::process
