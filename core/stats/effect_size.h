#pragma once

#include <span>

#include "stats/moments.h"

namespace assay::stats {

/// (mean B - mean A) / pooled standard deviation (Cohen 1988, section 2.2).
/// Both samples have at least two values and some spread between them, else an InternalError.
double cohen_d(const Moments& a, const Moments& b);

/// The same without its bias in small samples: d (1 - 3 / (4 (n_A + n_B) - 9)) (Hedges 1981).
double hedges_g(const Moments& a, const Moments& b);

/// P(B > A) - P(B < A) of a value drawn from each, in [-1, 1] (Cliff 1993).
/// @param a, b  finite, at least one value each, else an InternalError
double cliffs_delta(std::span<const double> a, std::span<const double> b);

}  // namespace assay::stats
