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

/// How much the mean of values would move under other seeds, of values that come request by
/// request.
class SeedSpread {
 public:
  explicit SeedSpread(size_t seeds) : sums_(seeds, 0.0) {}

  /// @param by_seed  the values of one request
  void add(std::span<const double> by_seed);
  /// var(S)/S; absent with fewer than three seeds or two requests.
  std::optional<VarianceComponent> component() const;

 private:
  std::vector<double> sums_;
  int64_t n_ = 0;
  double within_ = 0.0;  ///< squares about the mean of each request, over all seeds
};

/// pair_up_seeds of values that come some requests at a time; what is held does not grow with them
/// (Gathering), unless clusters are scattered. Where requests are clustered the differences are one
/// a cluster.
class SeedPairing {
 public:
  SeedPairing(size_t baseline_seeds, size_t variant_seeds, ClusterOrder order = ClusterOrder::apart,
              int64_t hold = kHeldUpTo);

  /// The next requests.
  /// @param baseline, variant  spans of one length, as many as there are seeds
  /// @param cluster            of each request; not looked at where clusters are kApart
  void add(ValuesBySeed baseline, ValuesBySeed variant, std::span<const int32_t> cluster = {});
  /// How many came, paired or not.
  int64_t requests() const { return requests_; }
  PairedSample sample() const;
  /// Over the requests that are paired; absent where there are none.
  std::optional<double> baseline_mean() const;

 private:
  bool in_pairs() const { return from_.size() == to_.size(); }

  Gathering differences_;
  SeedSpread pairs_, from_spread_, to_spread_;
  std::vector<double> from_, to_;  ///< of the request at hand, by seed
  bool clustered_ = false;
  int64_t requests_ = 0, n_ = 0;
  double baseline_sum_ = 0.0;
};

/// The mean of each request over the seeds; NaN where any seed has none.
std::vector<double> average_over_seeds(ValuesBySeed values);

}  // namespace assay::stats
