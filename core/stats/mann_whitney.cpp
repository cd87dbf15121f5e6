#include "stats/mann_whitney.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "stats/distributions.h"
#include "stats/moments.h"
#include "stats/ranks.h"

namespace assay::stats {

namespace {

/// Share of the arrangements of m and n values with U at most `u`. U is a partition into at most m
/// parts, none above n (Andrews 1976, section 3.2); parts of one size a round, by their number.
double exact_lower(double u, size_t m, size_t n) {
  const auto most = static_cast<size_t>(std::floor(u));
  std::vector<std::vector<double>> ways(m + 1, std::vector<double>(most + 1, 0.0));
  ways[0][0] = 1.0;
  for (size_t part = 1; part <= std::min(n, most); ++part) {
    for (size_t parts = 1; parts <= m; ++parts) {
      for (size_t sum = part; sum <= most; ++sum) {
        ways[parts][sum] += ways[parts - 1][sum - part];
      }
    }
  }
  double below = 0.0;
  for (const auto& of_parts : ways) below += std::accumulate(of_parts.begin(), of_parts.end(), 0.0);
  for (size_t i = 1; i <= m; ++i) below *= static_cast<double>(i) / static_cast<double>(n + i);
  return below;
}

double normal_p(double larger, double m, double n, double ties, bool correct) {
  const double all = m + n;
  const double variance = m * n / 12.0 * (all + 1.0 - ties / (all * (all - 1.0)));
  const double distance = larger - m * n / 2.0 - (correct ? 0.5 : 0.0);
  return distance <= 0.0 ? 1.0 : normal_two_sided(distance / std::sqrt(variance));
}

}  // namespace

MannWhitney mann_whitney(std::span<const double> a, std::span<const double> b,
                         const MannWhitneyOptions& options) {
  const Usable left = usable(a);
  const Usable right = usable(b);
  const size_t m = right.values.size();
  const size_t n = left.values.size();
  MannWhitney test;
  test.n = static_cast<int64_t>(m + n);
  test.excluded = left.excluded + right.excluded;
  test.reason = left.reason.empty() ? right.reason : left.reason;
  if (m == 0 || n == 0) return test;
  std::vector<double> all = right.values;
  all.insert(all.end(), left.values.begin(), left.values.end());
  const Ranks ranks = mid_ranks(all);
  for (size_t i = 0; i < m; ++i) test.u += ranks.ranks[i];
  test.u -= static_cast<double>(m * (m + 1)) / 2.0;
  const double larger = std::max(test.u, static_cast<double>(m * n) - test.u);
  const bool exact =
      ranks.ties.empty() && static_cast<int64_t>(std::max(m, n)) <= options.exact_up_to;
  test.method = exact ? "Mann-Whitney U, exact" : "Mann-Whitney U, normal approximation";
  if (!ranks.ties.empty() && ranks.ties.front() == static_cast<double>(m + n)) {
    test.reason = "all values are equal";
    return test;
  }
  test.p_two_sided =
      exact ? std::min(1.0, 2.0 * exact_lower(static_cast<double>(m * n) - larger, m, n))
            : normal_p(larger, static_cast<double>(m), static_cast<double>(n), ranks.tie_term(),
                       options.continuity_correction);
  return test;
}

std::optional<Interval> shift_interval(std::span<const double> a, std::span<const double> b,
                                       double alpha) {
  std::vector<double> shifts;
  for (const double to : b) {
    for (const double from : a) shifts.push_back(to - from);
  }
  std::ranges::sort(shifts);
  // As many of the smallest shifts are left out as U may be small.
  size_t out = 0;
  while (2 * out < shifts.size() &&
         2.0 * exact_lower(static_cast<double>(out), b.size(), a.size()) <= alpha) {
    ++out;
  }
  if (out == 0) return std::nullopt;
  return Interval{shifts[out - 1], shifts[shifts.size() - out]};
}

}  // namespace assay::stats
