#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>

#include "process/command.h"
#include "process/descriptor.h"
#include "process/end.h"

namespace assay::process {

/// A program that runs as a child of this process. One thread at a time may use it.
class Child {
 public:
  /// Starts it, and returns when it is the new program.
  ///
  /// Throws UserError where that cannot be run ("/no/python: cannot be run: No such file or
  /// directory"), or the file of a stream cannot be written; InternalError where the system has no
  /// process or descriptor left.
  explicit Child(const Command& command);
  /// Kills it where it still runs; no child outlives its Child.
  ~Child();
  Child(const Child&) = delete;

  /// The descriptor to write to, for Input::pipe(); else -1. Writing to a child that has ended is a
  /// SIGPIPE, or EPIPE where that is ignored.
  int input() const { return input_.get(); }
  /// Tells it that no more comes.
  void close_input() { input_.close(); }
  /// The descriptor to read from, for Output::pipe(); else -1.
  int output() const { return output_.get(); }

  /// How it ended; nothing while it runs. Does not wait.
  std::optional<End> ended() { return reap(false); }
  /// Waits until it ends, but no longer than `limit`.
  std::optional<End> wait(std::chrono::milliseconds limit);
  End wait() { return *reap(true); }

  /// Sends a signal to it, with its group where it has one of its own; nothing once it has ended.
  void signal(int number);
  /// Asks it to end (SIGTERM), and kills it where it has not done so after `grace`; kills it at
  /// once for a grace of 0.
  End end(std::chrono::milliseconds grace);

 private:
  std::optional<End> reap(bool wait);

  bool own_group_;
  Descriptor input_;
  Descriptor output_;
  pid_t pid_ = -1;
  std::optional<End> end_;
};

}  // namespace assay::process
