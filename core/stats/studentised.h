#pragma once

#include <span>

namespace assay::stats {

/// P(Q <= q) for the studentised range of `groups` normal means (Tukey 1953; Copenhaver & Holland
/// 1988), by quadrature, to about 1e-10. groups >= 2, q >= 0.
double studentised_range_cdf(double q, double groups, double degrees_of_freedom);
/// Its inverse; p in (0, 1).
double studentised_range_quantile(double p, double groups, double degrees_of_freedom);

/// P(max |T_i| <= t) for Dunnett's (1955) t statistics of groups against one control, whose
/// correlations are loading_i loading_j, by quadrature, to about 1e-10.
/// @param loadings  sqrt(n_i / (n_i + n_0)) of each group, in (0, 1)
double dunnett_cdf(double t, std::span<const double> loadings, double degrees_of_freedom);
/// The t that it reaches with probability p.
double dunnett_quantile(double p, std::span<const double> loadings, double degrees_of_freedom);

}  // namespace assay::stats
