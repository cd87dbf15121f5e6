#pragma once

#include <span>

#include "stats/bootstrap.h"
#include "stats/estimate.h"
#include "stats/moments.h"

namespace assay::stats {

enum class Alternative { kTwoSided, kGreater, kLess };
enum class EffectScale {
  kAbsolute,  ///< mean B - mean A
  kRelative,  ///< (mean B - mean A) / mean A
};

struct WelchOptions {
  double alpha = 0.05;
  Alternative alternative = Alternative::kTwoSided;
  EffectScale scale = EffectScale::kAbsolute;
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

/// The percentile, or BCa, bootstrap of mean(B) - mean(A), each sample resampled on its own
/// (Efron & Tibshirani 1993, section 8.3).
Difference bootstrap_difference(std::span<const double> a, std::span<const double> b,
                                const BootstrapOptions& options = {}, double alpha = 0.05,
                                bool bca = false);

}  // namespace assay::stats
