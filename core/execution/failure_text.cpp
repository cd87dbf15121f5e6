#include "execution/failure_text.h"

#include <fmt/format.h>

namespace assay::execution {

namespace {

/// Stands in lists of trials: the lines of a stack must not look like further entries.
std::string deeper(std::string text) {
  for (size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 1))
    text.insert(at + 1, 2, ' ');
  return text;
}

}  // namespace

std::string failure_text(const task::TaskFailure& failure) {
  std::string who = failure.plugin;
  if (!failure.place.empty())
    who = who.empty() ? failure.place : fmt::format("{} ({})", who, failure.place);
  if (!failure.phase.empty()) who += (who.empty() ? "in " : ", in ") + failure.phase;
  if (failure.batch >= 0) who += fmt::format(", batch {}", failure.batch);
  return deeper(who.empty() ? failure.reason : fmt::format("{}: {}", who, failure.reason));
}

}  // namespace assay::execution
