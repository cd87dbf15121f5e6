#pragma once

#include <map>
#include <optional>
#include <string>

#include "task/reply.h"

namespace assay::execution {

/// Which plugins have taken workers with them in a run. Each crash costs a worker and what it was
/// doing, so a plugin that goes on crashing is left out.
class CrashCount {
 public:
  static constexpr int kMost = 3;

  /// What is said of the plugin's other trials, where this crash was the last that it may have; else
  /// nothing.
  std::optional<task::TaskFailure> note(const task::TaskFailure& failure);

 private:
  std::map<std::string, int> crashes_;  // by plugin
};

}  // namespace assay::execution
