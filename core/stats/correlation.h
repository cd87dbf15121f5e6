#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "stats/estimate.h"

namespace assay::stats {

/// A correlation of two numbers a unit with its two-sided test of "none". What cannot be given is
/// absent, with the reason: fewer than three pairs, no spread on a side.
struct Correlation {
  std::optional<double> value;  ///< in [-1, 1]
  std::optional<Interval> interval;
  std::optional<double> p;
  int64_t n = 0;
  std::string method;
  std::string reason;
};

/// Pearson's r, p by t with n - 2 degrees of freedom, interval by Fisher's z (1915; n > 3).
/// Pairs are finite; unequal lengths are an InternalError, here and below.
Correlation pearson(std::span<const double> x, std::span<const double> y, double alpha = 0.05);

/// Spearman's rho (1904): Pearson's r of mid-ranks, p likewise; no interval.
Correlation spearman(std::span<const double> x, std::span<const double> y);

/// Kendall's tau-b (1945). p: exact where nothing is tied and n <= 33, else normal with the
/// variance corrected for ties (Kendall 1970, chapter 5).
Correlation kendall(std::span<const double> x, std::span<const double> y);

}  // namespace assay::stats
