#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "stats/bootstrap.h"
#include "stats/estimate.h"
#include "stats/verdict.h"

namespace assay::stats {

/// How a quantile of the variant's times stands against the baseline's.
///
/// Differences are variant - baseline in the samples' unit; `relative` is (variant - baseline) /
/// baseline. As everywhere, nothing is NaN: where a sample is too small for the quantile all
/// numbers but the counts are absent, and `reason` says how many values are needed.
struct QuantileDifference {
  double q = 0.0;
  std::optional<double> baseline;
  std::optional<double> variant;
  std::optional<double> difference;
  std::optional<Interval> interval;  ///< of `difference`, level 1 - alpha
  std::optional<double> relative;
  std::optional<Interval> relative_interval;
  std::optional<double> p;  ///< two-sided, of "no difference"
  int64_t n_baseline = 0;
  int64_t n_variant = 0;
  std::string method;
  std::string reason;
};

/// Compares one quantile of two independent samples by the percentile bootstrap, each sample
/// resampled on its own.
///
/// A resample's order statistic of rank k is drawn directly: it is the sample's order statistic of
/// rank ceil(n U), where U ~ Beta(k, n - k + 1) is the k-th of n sorted uniform numbers (David &
/// Nagaraja 2003, section 2.3). That is the same distribution as n draws and a selection, at the
/// price of one variate. The interval covers the variance between requests only; the noise floor of
/// `check_guardrail` covers that between rounds.
///
/// Up to 50 values on each side (batches of an offline scenario) are compared by ranks: the exact
/// Mann-Whitney test, and the interval of the shift that it does not reject.
QuantileDifference quantile_difference(std::span<const float> baseline,
                                       std::span<const float> variant, double q,
                                       double alpha = 0.05, const BootstrapOptions& options = {});

/// The limit of a guardrail.
struct Guardrail {
  double quantile = 0.99;
  double max_increase = 0.10;  ///< of the quantile, relative to the baseline: 0.1 is +10 %
  /// |difference| of the same quantile between two timings of the baseline, in the samples' unit:
  /// what this machine shows where nothing has changed. Absent where it was timed once.
  std::optional<double> noise_floor;
  double alpha = 0.05;
};

/// A quantile's comparison, the one-sided test of its guardrail, and what follows.
struct GuardrailCheck {
  QuantileDifference comparison;
  /// One-sided p of "the increase is at least max_increase": small where the guardrail is kept.
  std::optional<double> p;
  CostVerdict verdict = CostVerdict::too_few;
  std::string reason;
};

/// Broken where the interval's lower end is above max_increase and the difference exceeds the noise
/// floor. Kept where its upper end, and the increase with the noise floor, are at most max_increase:
/// then not slower, faster, or slower within the guardrail, where a difference within the noise
/// floor is none. Otherwise undecided.
GuardrailCheck check_guardrail(std::span<const float> baseline, std::span<const float> variant,
                               const Guardrail& guardrail, const BootstrapOptions& options = {});

}  // namespace assay::stats
