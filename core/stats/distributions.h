#pragma once

#include <cstdint>

namespace assay::stats {

// The distributions of Boost.Math in the few forms used here, so that one file pays for its
// headers.

/// P(Z <= z) and its inverse for the standard normal distribution; p in (0, 1).
double normal_cdf(double z);
double normal_quantile(double p);

/// P(T <= t) and its inverse for Student's t; p in (0, 1), degrees of freedom > 0, any real number.
double t_cdf(double t, double degrees_of_freedom);
double t_quantile(double p, double degrees_of_freedom);

/// P(|T| >= |t|), accurate far out in the tail.
double t_two_sided(double t, double degrees_of_freedom);

/// P(T <= t) for the noncentral t distribution.
double noncentral_t_cdf(double t, double degrees_of_freedom, double noncentrality);

/// P(X <= k) for Binomial(n, q); 0 for k < 0, 1 for k >= n.
double binomial_cdf(int64_t k, int64_t n, double q);

/// P(|Z| >= |z|), accurate far out in the tail.
double normal_two_sided(double z);

/// P(X >= x) for chi-square and for F; x >= 0.
double chi_square_upper(double x, double degrees_of_freedom);
double f_upper(double x, double numerator_degrees, double denominator_degrees);

/// The p-quantile of Beta(a, b); a, b > 0.
double beta_quantile(double p, double a, double b);

/// Throws InternalError unless 0 < p < 1; `what` names it ("alpha").
void require_probability(double p, const char* what);

}  // namespace assay::stats
