#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "stats/estimate.h"

namespace assay::stats {

/// The rank, from 1, of the q-quantile among n sorted values: ceil(q n), at least 1 (the inverse of
/// the empirical distribution; definition 1 of Hyndman & Fan 1996). Always a value that occurred.
int64_t quantile_rank(int64_t n, double q);

/// The ranks, from 1, of the two order statistics that enclose the q-quantile with probability at
/// least 1 - alpha whatever the distribution: P(low <= Binomial(n, q) <= high - 1) >= 1 - alpha
/// (Conover 1999, section 3.2). Tails are equal where the sample allows it; near an end the last
/// order statistic serves and the other tail gets what is left of alpha.
struct OrderRanks {
  int64_t low = 0;
  int64_t high = 0;
};

/// Absent where even the whole range of the sample encloses the quantile too seldom.
std::optional<OrderRanks> order_ranks(int64_t n, double q, double alpha = 0.05);

/// The smallest n for which `order_ranks` exists: 1 - q^n - (1-q)^n >= 1 - alpha. At 95 % p50 needs
/// 6 values, p90 29, p99 299 and p99.9 2,995.
int64_t samples_needed(double q, double alpha = 0.05);

/// The q-quantile with its exact, distribution-free interval.
///
/// Below `samples_needed` both value and interval are absent, with the reason "p99 needs at least
/// 299 values, there are 120": a percentile that the sample cannot hold is not shown as if it
/// could. NaN is left out and counted.
/// @param values  any order; latencies in ms, say
/// @param q       in (0, 1)
Estimate quantile(std::span<const float> values, double q, double alpha = 0.05);
Estimate quantile(std::span<const double> values, double q, double alpha = 0.05);

/// The same for values that are sorted already and hold neither NaN nor infinities, without a copy:
/// for many quantiles of one sample.
Estimate quantile_of_sorted(std::span<const double> sorted, double q, double alpha = 0.05);

/// "p50", "p99", "p99.9": how a quantile is named everywhere.
std::string quantile_name(double q);

}  // namespace assay::stats
