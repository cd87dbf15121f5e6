#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "execution/run.h"

namespace assay::cli {

/// Shows how far a run is: one line that is rewritten on a terminal, a plain line every few seconds
/// elsewhere.
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

/// " evaluate  ease on beauty, seed 2   batch 14/22   ████████░░░░  41/48 trials   ETA 3 min 10 s"
std::string progress_text(const execution::RunProgress& progress);

/// "3 min 10 s", "45 s", "2 h 5 min".
std::string duration_text(double seconds);

}  // namespace assay::cli
