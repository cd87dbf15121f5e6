#include "execution/crash_count.h"

#include <fmt/format.h>

namespace assay::execution {

std::optional<task::TaskFailure> CrashCount::note(const task::TaskFailure& failure) {
  if (failure.kind != task::FailureKind::crash || failure.plugin.empty()) return std::nullopt;
  if (++crashes_[failure.plugin] != kMost) return std::nullopt;
  task::TaskFailure others = failure;
  others.trials.clear();
  others.node = others.batch = -1;
  others.reason = fmt::format(
      "was left out, since it crashed {} times in this run, the last time in {}: {}; run its "
      "variants on their own to see each",
      kMost, failure.phase, failure.reason.substr(0, failure.reason.find('\n')));
  return others;
}

}  // namespace assay::execution
