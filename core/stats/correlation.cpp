#include "stats/correlation.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "error/error.h"
#include "stats/distributions.h"
#include "stats/pair_moments.h"
#include "stats/ranks.h"

namespace assay::stats {

namespace {

constexpr int64_t kExactKendall = 33;

Correlation started(std::span<const double> x, std::span<const double> y, const char* method) {
  error::require(x.size() == y.size(), "paired numbers have equal lengths");
  Correlation result;
  result.n = std::ssize(x);
  result.method = method;
  if (result.n < 3) result.reason = "a correlation needs at least 3 pairs";
  return result;
}

void fill_r(Correlation& result, std::span<const double> x, std::span<const double> y) {
  const PairMoments pair = pair_moments_of(x, y);
  if (pair.x.variance <= 0.0 || pair.y.variance <= 0.0) {
    result.reason = "one side has no spread";
    return;
  }
  const double r =
      std::clamp(pair.covariance / std::sqrt(pair.x.variance * pair.y.variance), -1.0, 1.0);
  result.value = r;
  const auto degrees = static_cast<double>(result.n - 2);
  result.p =
      std::abs(r) == 1.0 ? 0.0 : t_two_sided(r * std::sqrt(degrees / (1.0 - r * r)), degrees);
}

/// Sums over the groups of tied values that Kendall's variance needs.
struct TieSums {
  double pairs = 0.0;    ///< t (t - 1) / 2
  double triples = 0.0;  ///< t (t - 1) (t - 2)
  double spread = 0.0;   ///< t (t - 1) (2 t + 5)

  explicit TieSums(std::span<const double> values) {
    for (double t : mid_ranks(values).ties) {
      pairs += t * (t - 1.0) / 2.0;
      triples += t * (t - 1.0) * (t - 2.0);
      spread += t * (t - 1.0) * (2.0 * t + 5.0);
    }
  }
};

/// P of at most `fewer` discordant (or concordant) pairs among n, doubled: the counts of
/// permutations by inversions (Knuth 1973, section 5.1.1), as shares.
double exact_p(size_t fewer, size_t n) {
  std::vector<double> share(fewer + 1, 0.0);
  share[0] = 1.0;
  for (size_t size = 2; size <= n; ++size) {
    std::vector<double> next(fewer + 1, 0.0);
    for (size_t at = 0; at <= fewer; ++at) {
      for (size_t move = 0; move < std::min(size, at + 1); ++move) {
        next[at] += share[at - move] / static_cast<double>(size);
      }
    }
    share = std::move(next);
  }
  double below = 0.0;
  for (double value : share) below += value;
  return std::min(1.0, 2.0 * below);
}

double normal_p(double balance, double n, const TieSums& x, const TieSums& y) {
  const double pairs = n * (n - 1.0);
  const double variance = (pairs * (2.0 * n + 5.0) - x.spread - y.spread) / 18.0 +
                          2.0 * x.pairs * y.pairs / pairs +
                          x.triples * y.triples / (9.0 * pairs * (n - 2.0));
  return normal_two_sided(balance / std::sqrt(variance));
}

}  // namespace

Correlation pearson(std::span<const double> x, std::span<const double> y, double alpha) {
  require_probability(alpha, "alpha");
  Correlation result = started(x, y, "Pearson's r");
  if (!result.reason.empty()) return result;
  fill_r(result, x, y);
  if (!result.value || std::abs(*result.value) == 1.0 || result.n <= 3) return result;
  const double z = std::atanh(*result.value);
  const double half =
      normal_quantile(1.0 - alpha / 2.0) / std::sqrt(static_cast<double>(result.n - 3));
  result.interval = {std::tanh(z - half), std::tanh(z + half)};
  return result;
}

Correlation spearman(std::span<const double> x, std::span<const double> y) {
  Correlation result = started(x, y, "Spearman's rho");
  if (result.reason.empty()) fill_r(result, mid_ranks(x).ranks, mid_ranks(y).ranks);
  return result;
}

Correlation kendall(std::span<const double> x, std::span<const double> y) {
  Correlation result = started(x, y, "Kendall's tau-b");
  if (!result.reason.empty()) return result;
  int64_t concordant = 0;
  int64_t discordant = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    for (size_t j = i + 1; j < x.size(); ++j) {
      const double product = (x[i] - x[j]) * (y[i] - y[j]);
      concordant += product > 0.0;
      discordant += product < 0.0;
    }
  }
  const TieSums ties_x(x);
  const TieSums ties_y(y);
  const auto n = static_cast<double>(result.n);
  const double pairs = n * (n - 1.0) / 2.0;
  const double untied = std::sqrt((pairs - ties_x.pairs) * (pairs - ties_y.pairs));
  if (untied == 0.0) {
    result.reason = "one side has no spread";
    return result;
  }
  const auto balance = static_cast<double>(concordant - discordant);
  result.value = balance / untied;
  const bool exact = ties_x.pairs + ties_y.pairs == 0.0 && result.n <= kExactKendall;
  result.method += exact ? ", exact" : ", normal approximation";
  result.p = exact ? exact_p(static_cast<size_t>(std::min(concordant, discordant)), x.size())
                   : normal_p(balance, n, ties_x, ties_y);
  return result;
}

}  // namespace assay::stats
