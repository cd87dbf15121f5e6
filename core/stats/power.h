#pragma once

#include <cstdint>
#include <optional>

namespace assay::stats {

/// What a test is asked to be able to see.
struct PowerOptions {
  double alpha = 0.05;  ///< two-sided
  double power = 0.8;   ///< probability of seeing a difference of the minimum detectable size
};

/// Power of a two-sided t test by the noncentral t distribution (Cohen 1988, section 2.3; both
/// tails counted). Above 10,000 degrees of freedom by the normal one, which then agrees to 4
/// digits.
/// @param noncentrality  true difference / standard error
double power_of_t(double noncentrality, double degrees_of_freedom, double alpha = 0.05);

/// The noncentrality that a two-sided t test sees with the wanted power: the minimum detectable
/// difference in units of the standard error, whatever the design. About 2.80 for large samples at
/// alpha .05 and power .8.
double detectable_noncentrality(double degrees_of_freedom, const PowerOptions& options = {});

/// The smallest true mean difference that a paired test of n requests would show.
///
/// Taken from the differences' standard deviation, before or after a run: sd (t form) / sqrt(n).
/// Absent for n < 2; 0 where sd is 0.
std::optional<double> paired_minimum_detectable_effect(int64_t n, double sd,
                                                       const PowerOptions& options = {});

/// The same from a standard error that holds more than the requests' spread (seeds).
double minimum_detectable_effect(double standard_error, double degrees_of_freedom,
                                 const PowerOptions& options = {});

/// The smallest difference of two independent means that n_a and n_b values would show, by the
/// normal form (z(1 - alpha/2) + z(power)) sd sqrt(1/n_a + 1/n_b) (Cohen 1988, section 2.4).
double two_sample_minimum_detectable_effect(int64_t n_a, int64_t n_b, double sd,
                                            const PowerOptions& options = {});

/// Requests that a paired test needs to see a true mean difference of `effect` standard deviations
/// of the differences. Not rounded: round up.
/// @param effect  not 0, else an InternalError
double pairs_needed(double effect, const PowerOptions& options = {});

/// What is known of the spread of paired differences.
struct PairSpread {
  double sd = 0.0;                   ///< of the differences
  double degrees_of_freedom = 0.0;   ///< of the standard error of their mean; > 0
  double variance_beside_pairs = 0;  ///< of the mean, that more pairs do not reduce (seeds)

  /// Of the mean of n pairs; n > 0.
  double standard_error(int64_t n) const;
};

/// The same where a part of the variance does not shrink with the pairs. Rounded up. None where that
/// part alone hides the effect, or where the differences have no spread at all.
/// @param effect  true mean difference, on the scale of the differences; not 0
std::optional<double> pairs_needed(double effect, const PairSpread& spread,
                                   const PowerOptions& options = {});

/// Values a group that a two-sample t test with equal groups needs to see a difference of `effect`
/// standard deviations (Cohen's d). Not rounded: round up.
double values_needed_per_group(double effect, const PowerOptions& options = {});

/// Cohen's h, the difference of two proportions on the scale on which its variance does not depend
/// on them: 2 asin sqrt(p2) - 2 asin sqrt(p1) (Cohen 1988, section 6.2). Both in [0, 1].
double cohen_h(double p1, double p2);

/// Values a group that a test of two proportions with equal groups needs to tell p1 from p2:
/// ((z(1 - alpha/2) + z(power)) / h)^2 * 2, the far tail counted. Not rounded: round up.
/// p1 = p2 is an InternalError.
double proportions_needed_per_group(double p1, double p2, const PowerOptions& options = {});

}  // namespace assay::stats
