#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "stats/estimate.h"

namespace assay::stats {

/// How often a bootstrap draws, and from which random numbers.
struct BootstrapOptions {
  /// Resamples. More make the ends of the interval steadier (their own error falls with the square
  /// root) and take longer in proportion; below 1,000 the ends of a 95 % interval wander visibly.
  int resamples = 10'000;
  /// The experiment's one seed. Equal seeds give equal intervals, bit for bit, on any machine.
  uint64_t seed = 1;
  /// Which of the independent sequences under that seed. Two samples that are resampled
  /// independently need different streams; two variants of one comparison may share one.
  uint32_t stream = 0;
};

/// The means of `resamples` resamples, each of n draws with replacement from the n values
/// (Efron 1979), in the order drawn.
///
/// Draw i of resample r is word i of Philox(counter (i/4, r, stream), key seed), mapped to an index
/// by the high half of word * n. Values are rounded to a fixed-point grid of at most 2^-30 of the
/// largest of them and summed as integers, so that neither vector width nor order of summation nor
/// threads change a bit.
/// @param values  finite; none gives no means
std::vector<double> resampled_means(std::span<const double> values,
                                    const BootstrapOptions& options);

/// The same for any statistic: `statistic` gets the n values of a resample, in the order drawn and
/// free to be reordered, and returns a finite number. The draws are those of resampled_means.
std::vector<double> resampled_statistics(std::span<const double> values,
                                         const std::function<double(std::span<double>)>& statistic,
                                         const BootstrapOptions& options);

/// How an interval is read off a bootstrap distribution.
enum class BootstrapInterval { percentile, basic, bca };

/// The bootstrap distribution of one statistic, and intervals and tests read off it.
class BootstrapDistribution {
 public:
  /// @param replicates  any order, finite, at least one
  /// @param estimate    the statistic of the sample itself
  BootstrapDistribution(std::vector<double> replicates, double estimate);

  /// Percentile interval (Efron 1981): the (B+1) alpha/2-th smallest and largest replicate, rounded
  /// outwards (Davison & Hinkley 1997, eq. 5.6).
  Interval percentile(double alpha) const;

  /// Basic interval: the percentile interval mirrored at the estimate (Davison & Hinkley eq. 5.6).
  Interval basic(double alpha) const;

  /// Bias-corrected and accelerated interval (Efron 1987, eq. 2.3): second-order right for skewed
  /// statistics. Where all replicates lie on one side of the estimate the bias is beyond what B
  /// replicates can show, and is taken as that of half a replicate.
  /// @param acceleration  of the statistic: `acceleration_of_mean` and its two-sample form
  Interval bca(double alpha, double acceleration) const;

  /// Two-sided p of "the true value is `null_value`": twice the smaller of (1 + replicates at or
  /// beyond it) / (B + 1), at most 1 (Davison & Hinkley section 4.4). It is at most alpha exactly
  /// where percentile(alpha) leaves null_value out, so that interval and test never disagree.
  double p_two_sided(double null_value = 0.0) const;
  /// One-sided p of "the true value is at most `bound`": small where it is larger.
  double p_greater(double bound) const;
  /// One-sided p of "the true value is at least `bound`": small where it is smaller.
  double p_less(double bound) const;

  double standard_error() const;
  double estimate() const { return estimate_; }
  /// All replicates, ascending.
  std::span<const double> sorted() const { return sorted_; }

 private:
  std::vector<double> sorted_;
  double estimate_;
};

/// Efron's acceleration of a mean by the jackknife: sum d^3 / (6 (sum d^2)^1.5), where d is the
/// mean of the jackknife values minus each of them (Efron 1987, eq. 7.3). 0 where all values are
/// equal.
double acceleration_of_mean(std::span<const double> values);

/// The same for the difference mean(B) - mean(A) of two samples, over the jackknife values of both.
double acceleration_of_difference(std::span<const double> a, std::span<const double> b);

}  // namespace assay::stats
