#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "results/reader.h"
#include "task/outcomes.h"

namespace assay::analysis {

/// What became of the requests that a scenario sent to a variant: those of all rounds (and folds)
/// of the pass whose times are shown, without the baseline's second timing.
struct LoadAccount {
  std::string variant, dataset;
  std::string scenario;                   ///< JSON
  std::map<std::string, int64_t> counts;  ///< by kind, as in the table `load_count`

  /// 0 where the kind was not counted.
  int64_t count(task::LoadCountKind kind) const;
  int64_t arrived() const { return count(task::LoadCountKind::arrived); }
  /// Shed, or answered by a fallback.
  int64_t degraded() const;
};

/// In the order of variants. Scenarios that count nothing have none.
std::vector<LoadAccount> recorded_load(const results::Reader& reader, int64_t run_id);

}  // namespace assay::analysis
