#pragma once

#include <span>
#include <vector>

#include "stats/paired.h"

namespace assay::stats {

/// The per-request values of one pipeline: one span a seed, all in the same request order. A
/// pipeline that draws nothing has one span.
using ValuesBySeed = std::span<const std::span<const float>>;

/// Fewer seeds than this cannot carry a variance estimate worth adding.
inline constexpr int kSeedsForVariance = 3;

/// Averages each side over its seeds, request by request, pairs the averages, and, with three or
/// more seeds on a side, estimates how much the mean would move under other seeds.
///
/// The model is D_rs = mu + R_r + S_s + E_rs (requests and seeds crossed, both random). The paired
/// standard error of the averaged differences holds var(R)/n + var(E)/(nS); what it lacks is
/// var(S)/S. With mean squares MS_S (seeds, S - 1 degrees of freedom) and MS_E (what is left) the
/// estimate is
///     var(S)/S = max(0, (MS_S - MS_E) / (n S))
/// (Searle, Casella & McCulloch 1992, section 4.3; Brennan 2001, chapter 3). Why seeds belong into
/// the error: Bouthillier et al. 2021, "Accounting for variance in machine learning benchmarks".
///
/// Where both sides have the same number S > 1 of seeds they are taken in pairs (the same seed
/// often makes the same candidates for both), so D is a difference of one seed. Otherwise each side
/// with three or more seeds gives its own component, and they are added.
/// A request is used where every seed of both sides has data.
/// @return reason set where a side has no seed, or the spans' lengths differ
PairedSample pair_up_seeds(ValuesBySeed baseline, ValuesBySeed variant);

/// The mean of each request over the seeds; NaN where any seed has none.
std::vector<double> average_over_seeds(ValuesBySeed values);

}  // namespace assay::stats
