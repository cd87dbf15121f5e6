#pragma once

#include <string>
#include <vector>

#include "conformance/suite.h"

namespace assay::conformance {

/// Failed checks that say the same thing.
struct FailureGroup {
  const CheckResult* first;
  std::vector<std::string> others;  ///< names of the further ones
};

/// The failed checks in their order, those with one cause together: details that differ in numbers
/// (request, rank, item, score) and in the circumstances alone are one cause. A score that is not a
/// number fails many checks; a person wants to read of it once.
std::vector<FailureGroup> group_failures(const std::vector<CheckResult>& checks);

}  // namespace assay::conformance
