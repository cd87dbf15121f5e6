#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "task/breadcrumb.h"

namespace assay::execution {

/// How a process ended.
struct ProcessEnd {
  int signal = 0;  ///< 0: it exited
  int exit_code = 0;

  /// "SIGSEGV", "exit code 3".
  std::string text() const;
};

/// One `assay-worker --serve`: takes paths of task files on its standard input, answers with one
/// JSON line a task. It has a process group of its own (Ctrl-C goes to the coordinator alone) and
/// dies with its parent.
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
  ~WorkerProcess();  ///< kills it
  WorkerProcess(const WorkerProcess&) = delete;

  void send(const std::string& task_path);
  /// For poll(): readable when a line, or the end, is there.
  int output() const { return output_; }
  /// The next whole line it wrote, without waiting.
  std::optional<std::string> line();
  /// How it ended, without waiting; nothing while it runs.
  std::optional<ProcessEnd> ended();
  void kill();
  task::Breadcrumb breadcrumb() const { return breadcrumb_.read(); }
  /// What it wrote on standard error since the task was sent, the last 64 KiB.
  std::string written() const;

 private:
  void start();
  void read_output();

  Settings settings_;
  task::BreadcrumbFile breadcrumb_;
  std::string log_path_;
  pid_t pid_ = -1;
  int input_ = -1;
  int output_ = -1;
  std::string buffer_;
  off_t log_start_ = 0;
  std::optional<ProcessEnd> end_;
};

}  // namespace assay::execution
