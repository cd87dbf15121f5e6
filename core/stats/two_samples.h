#pragma once

#include <span>
#include <string>

#include "stats/bootstrap.h"
#include "stats/estimate.h"
#include "stats/moments.h"

namespace assay::stats {

enum class Alternative { two_sided, greater, less };
enum class EffectScale {
  absolute,  ///< mean B - mean A
  relative,  ///< (mean B - mean A) / mean A
};

struct WelchOptions {
  double alpha = 0.05;
  Alternative alternative = Alternative::two_sided;
  EffectScale scale = EffectScale::absolute;
};

/// Welch's t test of two independent samples (1947), B minus A.
///
/// Variance: absolute s_B^2/n_B + s_A^2/n_A; relative, by the delta method,
/// s_B^2/(m_A^2 n_B) + s_A^2 m_B^2/(m_A^4 n_A). Degrees of freedom are Welch's and Satterthwaite's
/// on the absolute variances for both scales.
/// For a one-sided alternative `interval` is the two-sided one of level 1 - 2 alpha: its near end
/// is the one-sided bound of level 1 - alpha (low for kGreater, high for kLess). Fewer than two
/// values on a side, or a relative effect with mean A = 0, give a reason.
Difference welch(const Moments& a, const Moments& b, const WelchOptions& options = {});
Difference welch(std::span<const double> a, std::span<const double> b,
                 const WelchOptions& options = {});

/// Student's t test of two independent samples with one pooled variance (1908), B minus A,
/// two-sided. For when the variances are known to be alike; `welch` does not need that.
Difference pooled_t(const Moments& a, const Moments& b, double alpha = 0.05);

/// What a Welch test is made of, for estimates that are not plain means (CUPED, ratios): a mean and
/// the variance of one value behind it in each group, and on which means a relative effect stands.
struct AdjustedGroups {
  Moments a, b;               ///< adjusted
  double scale_mean_a = 0.0;  ///< relative effects are divided by it
  double scale_mean_b = 0.0;  ///< and their variance uses scale_mean_b / scale_mean_a
};

/// Welch's test on them; `method` starts with `name` ("Welch's t").
Difference welch(const AdjustedGroups& groups, const WelchOptions& options,
                 const std::string& name);

/// The bootstrap of mean(B) - mean(A), each sample resampled on its own
/// (Efron & Tibshirani 1993, section 8.3).
Difference bootstrap_difference(std::span<const double> a, std::span<const double> b,
                                const BootstrapOptions& options = {}, double alpha = 0.05,
                                BootstrapInterval kind = BootstrapInterval::percentile);

}  // namespace assay::stats
