#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "execution/plan.h"
#include "results/database.h"

namespace assay::execution {

/// What fits of the same strategies on the same data took before, as far as the results database
/// knows of trials that were served to the end with them.
class KnownFits {
 public:
  explicit KnownFits(const results::Database& database);

  /// Seconds of all fits of a trial that are not in the cache, each as long as the slowest before;
  /// none where one of them is new.
  std::optional<double> missing_seconds(const Plan& plan, const PlannedTrial& trial) const;

 private:
  std::map<std::pair<std::string, std::string>, double> seconds_;  // by request set and strategy
};

}  // namespace assay::execution
