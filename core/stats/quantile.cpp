#include "stats/quantile.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "stats/distributions.h"
#include "stats/moments.h"

namespace assay::stats {

namespace {

/// Smallest k in [from, to) with holds(k), which turns from false to true once; `to` if none.
template <typename Predicate>
int64_t first_where(int64_t from, int64_t to, Predicate holds) {
  while (from < to) {
    const int64_t middle = from + (to - from) / 2;
    if (holds(middle)) {
      to = middle;
    } else {
      from = middle + 1;
    }
  }
  return from;
}

/// Chance that the smallest and the largest of n values do not enclose the quantile.
double chance_outside(int64_t n, double q) {
  const auto count = static_cast<double>(n);
  return std::pow(q, count) + std::pow(1.0 - q, count);
}

Estimate sorted_quantile(std::span<const double> sorted, double q, double alpha) {
  const int64_t n = std::ssize(sorted);
  Estimate estimate;
  estimate.n = n;
  estimate.alpha = alpha;
  estimate.method = "order statistics, exact binomial";
  const auto ranks = order_ranks(n, q, alpha);
  if (!ranks) {
    estimate.reason = fmt::format("{} needs at least {} values, there are {}", quantile_name(q),
                                  samples_needed(q, alpha), n);
    return estimate;
  }
  const auto at = [&](int64_t rank) { return sorted[static_cast<size_t>(rank - 1)]; };
  estimate.value = at(quantile_rank(n, q));
  estimate.interval = {at(ranks->low), at(ranks->high)};
  return estimate;
}

Estimate unsorted_quantile(Usable sample, double q, double alpha) {
  std::ranges::sort(sample.values);
  Estimate estimate = quantile_of_sorted(sample.values, q, alpha);
  estimate.excluded = sample.excluded;
  if (!sample.reason.empty()) estimate.reason = std::move(sample.reason);
  return estimate;
}

}  // namespace

int64_t quantile_rank(int64_t n, double q) {
  require_probability(q, "the quantile");
  // 0.07 * 100 is 7.000000000000001: what is whole but for rounding counts as whole.
  const double place = static_cast<double>(n) * q;
  const auto rank = static_cast<int64_t>(std::ceil(place - 1e-9 * std::max(1.0, place)));
  return std::clamp<int64_t>(rank, 1, std::max<int64_t>(n, 1));
}

std::optional<OrderRanks> order_ranks(int64_t n, double q, double alpha) {
  require_probability(q, "the quantile");
  require_probability(alpha, "alpha");
  if (n < 1 || chance_outside(n, q) > alpha) return std::nullopt;

  // Above: the quantile lies beyond order statistic k with probability P(X >= k). Below: P(X < k).
  const double beyond_largest = std::pow(q, static_cast<double>(n));
  const double below_smallest = std::pow(1.0 - q, static_cast<double>(n));
  const double upper = std::max(beyond_largest, std::min(alpha / 2.0, alpha - below_smallest));
  const double lower = std::max(below_smallest, std::min(alpha / 2.0, alpha - beyond_largest));
  const auto too_high = [&](int64_t k) { return 1.0 - binomial_cdf(k - 1, n, q) <= upper; };
  const auto too_low = [&](int64_t k) { return binomial_cdf(k - 1, n, q) > lower; };
  OrderRanks ranks;
  ranks.high = std::min(n, first_where(1, n, too_high));
  ranks.low = std::max<int64_t>(1, first_where(1, n + 1, too_low) - 1);
  return ranks;
}

int64_t samples_needed(double q, double alpha) {
  require_probability(q, "the quantile");
  require_probability(alpha, "alpha");
  const double rarer = std::min(q, 1.0 - q);
  const auto enough = static_cast<int64_t>(std::log(alpha / 2.0) / std::log1p(-rarer)) + 2;
  return first_where(1, enough, [&](int64_t n) { return chance_outside(n, q) <= alpha; });
}

Estimate quantile_of_sorted(std::span<const double> sorted, double q, double alpha) {
  return sorted_quantile(sorted, q, alpha);
}

Estimate quantile(std::span<const double> values, double q, double alpha) {
  return unsorted_quantile(usable(values), q, alpha);
}

Estimate quantile(std::span<const float> values, double q, double alpha) {
  return unsorted_quantile(usable(values), q, alpha);
}

std::string quantile_name(double q) { return fmt::format("p{:.6g}", q * 100.0); }

}  // namespace assay::stats
