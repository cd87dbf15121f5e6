#pragma once

#include <functional>
#include <vector>

#include "analysis/column.h"
#include "stats/seeds.h"

namespace assay::analysis {

/// The same values, as core/stats takes them.
std::vector<std::span<const float>> spans(const SeedValues& by_seed);

/// A column of two groups that answered the same requests.
struct ColumnPair {
  Column baseline, variant;

  ColumnPair(const results::Reader& reader, const TrialGroup& from, const TrialGroup& to,
             const results::StageMetric& at)
      : baseline(reader, from, at), variant(reader, to, at) {}

  /// Of nothing yet.
  stats::SeedPairing pairing(stats::ClusterOrder order, int64_t hold = stats::kHeldUpTo) const {
    return {baseline.seeds(), variant.seeds(), order, hold};
  }
};

/// Averages over seeds, pairs request by request, and gathers by user where users repeat.
/// @param hold  differences up to so many are held, for resampling
stats::SeedPairing pair_values(const ColumnPair& columns, const GroupUsers& users,
                               int64_t hold = stats::kHeldUpTo);

}  // namespace assay::analysis
