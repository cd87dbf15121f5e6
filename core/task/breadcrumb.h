#pragma once

/// What a worker is doing right now, in a small file that both processes map: it survives a crash,
/// and a coordinator sees in it for how long a stage has been running.

#include <cstdint>
#include <string>

namespace assay::task {

/// One call into a plugin. Plain memory: written by the worker before the call, read by the
/// coordinator.
struct Breadcrumb {
  /// CLOCK_MONOTONIC at the start of the call, 0 while no plugin is running
  int64_t busy_since_ns;
  int64_t limit_ns;     ///< how long the call may take, 0 for no limit
  int64_t node;         ///< index in the task's nodes, -1 for the target of a fit
  int64_t batch;        ///< counted from 0, -1 where there is none
  int64_t done, total;  ///< progress of the task, in batches (or what a strategy reports)
  char phase[16];       ///< "load", "fit", "update", "recall", "rank", "rerank"
  char place[32];       ///< "recall[0]"
  char plugin[96];
};

/// The mapped file. The worker's side writes, the coordinator's reads.
class BreadcrumbFile {
 public:
  /// Creates the file (or maps it, where it is there). Throws UserError naming the path where it
  /// cannot.
  explicit BreadcrumbFile(const std::string& path);
  ~BreadcrumbFile();
  BreadcrumbFile(const BreadcrumbFile&) = delete;

  /// Marks the start of a call; the destructor marks its end.
  class Call {
   public:
    Call(BreadcrumbFile& file, const char* phase, const std::string& place,
         const std::string& plugin, int64_t node, int64_t batch, double limit_s);
    ~Call();
    Call(const Call&) = delete;

   private:
    Breadcrumb& crumb_;
  };

  void progress(int64_t done, int64_t total);
  /// A copy of what stands there now.
  Breadcrumb read() const;
  void clear();

 private:
  Breadcrumb* crumb_;
};

/// CLOCK_MONOTONIC in nanoseconds: the clock of `busy_since_ns`.
int64_t monotonic_ns();

}  // namespace assay::task
