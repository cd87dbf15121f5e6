#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/quality.h"

namespace assay::analysis {

/// A metric of the catalogue on resamples of the users: one pair of values each, of the same users.
struct CatalogueResamples {
  int64_t users = 0;  ///< or requests, where nobody asks twice
  std::vector<double> baseline, variant;
  /// What seeds add to the variance of the means over seeds; 0 below three seeds.
  double seeds_baseline = 0.0, seeds_variant = 0.0;
};

/// Resamples by Poisson weights of users (Chamandy et al. 2012), from the kept lists. A resample shows
/// fewer different items than its sample, on both sides alike: its spread says how surely a difference
/// is known, and its mean is not looked at.
/// None where the lists were not kept, folds are pooled, the metric needs more than how often each
/// item is shown, or a resample has no value.
std::optional<CatalogueResamples> resample_catalogue(const Comparing& comparing,
                                                     const GroupPair& pair,
                                                     const results::StageMetric& at);

}  // namespace assay::analysis
