#pragma once

/// What a run is doing, in a small file beside its results, for `assay status`.

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "execution/run.h"
#include "results/run_process.h"

namespace assay::cli {

/// Written by the process that makes a run, once a second at most; gone when the run is. What
/// cannot be written is left out: no run fails for it.
class StatusFile {
 public:
  /// Takes away the files of runs of this database that have ended without doing so.
  /// @param results  path of the database
  StatusFile(const std::string& results, int jobs);
  ~StatusFile();
  StatusFile(const StatusFile&) = delete;

  void write(const execution::RunProgress& progress);

 private:
  std::string path_;
  int jobs_;
  std::chrono::steady_clock::time_point next_{};
};

/// What such a file says.
struct RunAtWork {
  results::RunProcess process;
  std::string file;
  int64_t time_us = 0;  ///< when it was written, UTC
  int jobs = 0;
  execution::RunProgress progress;  ///< without `waiting`
};

/// Of all processes that have one beside these results, alive or not. Files that cannot be read are
/// passed over: one may be replaced at any moment.
std::vector<RunAtWork> runs_at_work(const std::string& results);

}  // namespace assay::cli
