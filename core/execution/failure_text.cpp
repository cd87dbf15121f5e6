#include "execution/failure_text.h"

#include <fmt/format.h>

namespace assay::execution {

std::string failure_text(const task::TaskFailure& failure) {
  std::string who = failure.plugin;
  if (!failure.place.empty())
    who = who.empty() ? failure.place : fmt::format("{} ({})", who, failure.place);
  if (!failure.phase.empty()) who += (who.empty() ? "in " : ", in ") + failure.phase;
  if (failure.batch >= 0) who += fmt::format(", batch {}", failure.batch);
  return who.empty() ? failure.reason : fmt::format("{}: {}", who, failure.reason);
}

}  // namespace assay::execution
