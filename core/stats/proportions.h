#pragma once

#include <cstdint>
#include <string>

#include "stats/estimate.h"

namespace assay::stats {

/// How an interval of a proportion is made.
enum class ProportionInterval {
  wilson,           ///< Wilson 1927: never leaves [0, 1], good at any n. The one to use
  clopper_pearson,  ///< Clopper & Pearson 1934: never too short, often too long
  wald,             ///< p -+ z sqrt(p(1-p)/n): for comparison with others; bad near 0 and 1
  agresti_coull,    ///< Agresti & Coull 1998: Wald about Wilson's centre
  jeffreys,         ///< Brown, Cai & DasGupta 2001: Beta(x + 1/2, n - x + 1/2)
};

/// A proportion with its interval. n = 0 gives no value, with the reason; successes outside [0, n]
/// are an InternalError.
Estimate proportion(int64_t successes, int64_t n,
                    ProportionInterval kind = ProportionInterval::wilson, double alpha = 0.05);

/// The z test of two independent proportions under their pooled value (Fleiss 1981, section 2.2),
/// B minus A, two-sided. `value` is p_B - p_A, `standard_error` the pooled one of the test, and the
/// interval is Wald's, with its own error. Proportions that are all 0 or all 1 give the reason.
Difference proportions_z(int64_t successes_a, int64_t n_a, int64_t successes_b, int64_t n_b,
                         double alpha = 0.05);

/// McNemar's exact test (1947) of paired successes: p of `b` against `c` pairs that disagree one
/// way and the other, binomial, two-sided by doubling. 1 where none disagree.
double mcnemar_exact(int64_t b, int64_t c);

}  // namespace assay::stats
