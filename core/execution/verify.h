#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "execution/executor.h"
#include "execution/plan.h"
#include "execution/run.h"
#include "results/database.h"

namespace assay::execution {

/// What came of running a trial again.
enum class VerifyVerdict {
  identical,         ///< every value and every list, bit for bit
  within_tolerance,  ///< lists equal but for ties, means within 1e-4
  different,
  cannot,  ///< the trial cannot be run again as it was: see `detail`
};

/// "identical", "within tolerance", "different", "cannot be verified".
std::string to_string(VerifyVerdict verdict);

struct VerifiedTrial {
  std::string variant, dataset, fold;
  std::optional<int64_t> seed;
  VerifyVerdict verdict = VerifyVerdict::cannot;
  std::string detail;
};

/// Two scores this close, relative to the largest of a list, may stand in either order, and of
/// items at the end of a list either may be there: sums of floats depend on the machine.
inline constexpr double kTieTolerance = 1e-5;
/// Means of metrics may differ by so much for the same reason.
inline constexpr double kMeanTolerance = 1e-4;

/// Runs the done trials of a run again, and compares the results with the stored ones: metrics
/// request by request, and lists. Nothing is written to `database`, and no artifact is reused.
/// @param plan     of the run's configuration, over an empty folder of artifacts
/// @param variant  only this one; empty: all
/// @param scratch  path of a new results file for what is run again
/// Throws UserError where the run has no such variant.
std::vector<VerifiedTrial> verify(const results::Database& database, int64_t run_id, Plan plan,
                                  const std::string& variant, const std::string& scratch,
                                  Executor& executor, const RunSettings& settings);

}  // namespace assay::execution
