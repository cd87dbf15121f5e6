#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "process/child.h"
#include "task/breadcrumb.h"

namespace assay::execution {

/// One `assay-worker --serve`: takes paths of task files on its standard input, answers with one
/// JSON line a task. It has a process group of its own (Ctrl-C goes to the coordinator alone, which
/// decides what to stop; what a plugin started ends with it) and dies with its parent, even where
/// that is killed.
class WorkerProcess {
 public:
  struct Settings {
    std::string program;  ///< path of assay-worker
    std::string folder;   ///< for its breadcrumb and its log
    int number = 0;
    double memory_gib = 0;  ///< limit of its private memory, 0 for none
  };
  /// Throws UserError where the program cannot be started.
  explicit WorkerProcess(const Settings& settings);

  void send(const std::string& task_path);
  /// For poll(): readable when a line, or the end, is there.
  int output() const { return child_.output(); }
  /// The next whole line it wrote, without waiting.
  std::optional<std::string> line();
  /// How it ended, without waiting; nothing while it runs.
  std::optional<process::End> ended() { return child_.ended(); }
  void kill();
  task::Breadcrumb breadcrumb() const { return breadcrumb_.read(); }
  /// What it wrote on standard error since the task was sent, the last 64 KiB.
  std::string written() const;

 private:
  void read_output();

  std::string log_path_;
  task::BreadcrumbFile breadcrumb_;
  process::Child child_;
  std::string buffer_;
  off_t log_start_ = 0;
};

}  // namespace assay::execution
