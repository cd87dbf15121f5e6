#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "execution/run.h"

namespace assay::cli {

/// Shows how far a run is: one line that is rewritten on a terminal, a plain line with the time of
/// day every few seconds elsewhere.
class ProgressLine {
 public:
  explicit ProgressLine(bool quiet);

  void show(const execution::RunProgress& progress);
  /// Writes a line of its own above the progress line.
  void say(const std::string& line);
  /// Says it a few seconds from now; never where the run is over before, and says it itself.
  void say_soon(const std::string& line);
  /// Says what still waits to be said.
  void say_now();
  /// Takes the progress line away.
  void clear();

 private:
  bool terminal_, quiet_;
  std::string phase_;
  std::chrono::steady_clock::time_point last_{};
  bool shown_ = false;
  std::vector<std::string> soon_;
  std::chrono::steady_clock::time_point soon_since_{};
};

/// In less than `width` columns, so that a terminal never wraps it: every task at work with its own
/// progress, then the bar, what is done, and the time that is left. Names are cut in the middle;
/// tasks that have no room are counted.
/// " fit als for als[factors=96], seed 2 8/60 | evaluate ease  ███░░░░░  41/48 trials  ETA 3 min 10 s"
std::string progress_text(const execution::RunProgress& progress, size_t width);

/// The same for a log: without a bar, as wide as it is.
/// "21:14:03  41/48 trials  ETA 3 min 10 s  fit als for als[factors=96], seed 2 8/60 | evaluate ease"
std::string progress_log_text(const execution::RunProgress& progress, const std::string& clock);

/// "3 min 10 s", "45 s", "2 h 5 min".
std::string duration_text(double seconds);

}  // namespace assay::cli
