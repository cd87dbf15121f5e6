#include "stats/distributions.h"

#include <fmt/core.h>

#include <boost/math/distributions/beta.hpp>
#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/fisher_f.hpp>
#include <boost/math/distributions/non_central_t.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>

#include "error/error.h"

namespace assay::stats {

namespace bm = boost::math;

double normal_cdf(double z) { return bm::cdf(bm::normal(), z); }

double normal_quantile(double p) { return bm::quantile(bm::normal(), p); }

double t_cdf(double t, double degrees_of_freedom) {
  return bm::cdf(bm::students_t(degrees_of_freedom), t);
}

double t_quantile(double p, double degrees_of_freedom) {
  return bm::quantile(bm::students_t(degrees_of_freedom), p);
}

double t_two_sided(double t, double degrees_of_freedom) {
  const bm::students_t distribution(degrees_of_freedom);
  return 2.0 * bm::cdf(bm::complement(distribution, std::abs(t)));
}

double noncentral_t_cdf(double t, double degrees_of_freedom, double noncentrality) {
  return bm::cdf(bm::non_central_t(degrees_of_freedom, noncentrality), t);
}

double binomial_cdf(int64_t k, int64_t n, double q) {
  if (k < 0) return 0.0;
  if (k >= n) return 1.0;
  return bm::cdf(bm::binomial(static_cast<double>(n), q), static_cast<double>(k));
}

double normal_two_sided(double z) {
  return 2.0 * bm::cdf(bm::complement(bm::normal(), std::abs(z)));
}

double chi_square_upper(double x, double degrees_of_freedom) {
  return bm::cdf(bm::complement(bm::chi_squared(degrees_of_freedom), x));
}

double f_upper(double x, double numerator_degrees, double denominator_degrees) {
  return bm::cdf(bm::complement(bm::fisher_f(numerator_degrees, denominator_degrees), x));
}

double beta_quantile(double p, double a, double b) {
  return bm::quantile(bm::beta_distribution<>(a, b), p);
}

void require_probability(double p, const char* what) {
  if (p > 0.0 && p < 1.0) return;
  throw error::InternalError(fmt::format("{} is {}; it must lie between 0 and 1", what, p));
}

}  // namespace assay::stats
