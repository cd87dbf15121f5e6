#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "stats/bootstrap.h"
#include "stats/estimate.h"
#include "stats/gathered.h"
#include "stats/moments.h"

namespace assay::stats {

/// A part of the variance of a mean that does not come from which requests were served.
struct VarianceComponent {
  double variance_of_mean = 0.0;    ///< to be added to s^2 / n
  double degrees_of_freedom = 0.0;  ///< with which it was estimated; > 0
};

/// What is known of differences that are too many to be held.
struct LargeSample {
  Moments moments;
  std::optional<double> constant;  ///< what all are equal to; absent where they differ
};

/// Two pipelines on the same requests: one difference (variant - baseline) a request, or a cluster
/// of requests.
struct PairedSample {
  /// In request order; empty where `reason` says why, and where `large` stands for them.
  std::vector<double> differences;
  int64_t excluded = 0;                    ///< requests where either side has no data (NaN)
  std::optional<VarianceComponent> seeds;  ///< see seeds.h; absent where seeds play no part
  std::string reason;
  std::optional<LargeSample> large = std::nullopt;

  int64_t n() const { return large ? large->moments.n : std::ssize(differences); }
  Moments moments() const { return large ? large->moments : moments_of(differences); }
  std::optional<double> constant() const;
};

/// The sample of differences that were gathered.
PairedSample paired_sample(Gathered differences);

/// Pairs by position. Sides of unequal length, infinite values or no request with data on both
/// sides give an empty sample with its reason.
PairedSample pair_up(std::span<const float> baseline, std::span<const float> variant);
PairedSample pair_up(std::span<const double> baseline, std::span<const double> variant);

enum class PairedMethod {
  bootstrap_percentile,  ///< no shape assumed; what verdicts rest on
  bootstrap_bca,         ///< corrects skew; for small, skewed samples
  student_t,             ///< exact where differences are normal
  studentised_normal,    ///< (mean / standard error) against the normal: large samples
};

struct PairedOptions {
  double alpha = 0.05;
  PairedMethod method = PairedMethod::bootstrap_percentile;
  BootstrapOptions bootstrap;
};

/// Up to this many requests the primary metric is bootstrapped; above it the normal approximation
/// differs by less than the bootstrap's own noise, and the differences need not be held.
inline constexpr int64_t kBootstrapUpTo = kHeldUpTo;

/// The rule of the verdicts: n above kBootstrapUpTo gives the studentised normal, else the primary
/// metric and guardrails get the percentile bootstrap, and everything exploratory Student's t.
PairedMethod choose_method(int64_t n, bool primary);

/// The mean difference with interval and two-sided p.
///
/// Where the sample carries a seed component C with f degrees of freedom, the standard error is
/// sqrt(s^2/n + C), its degrees of freedom are Satterthwaite's (1946), and a bootstrap interval is
/// stretched about the mean by sqrt(s^2/n + C) / sqrt(s^2/n) * t/z, the expanded percentile
/// interval of Hesterberg 2015, so that interval, p and standard error tell the same story. p is
/// then the smallest alpha whose interval leaves 0 out.
///
/// n = 0 gives nothing but the reason; n = 1 a value only; differences that are all equal an
/// interval of width 0 and p = 1 (all zero) or p = 0, with the reason (unless a seed component
/// gives them a spread). A bootstrap of a sample whose differences are not held is an
/// InternalError.
/// Sources: t, Student 1908; percentile and BCa, see bootstrap.h.
Difference paired_difference(const PairedSample& sample, const PairedOptions& options);

/// How a method is named in tables and in the database: "paired bootstrap, percentile, 10000
/// resamples", "paired t", "paired, studentised normal". A Difference's adds ", seed variance
/// added" where it was.
std::string method_name(PairedMethod method, int resamples);

}  // namespace assay::stats
