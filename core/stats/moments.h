#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace assay::stats {

/// Count, mean and variance of a sample: all that the t tests look at.
struct Moments {
  int64_t n = 0;
  double mean = 0.0;      ///< 0 where n = 0
  double variance = 0.0;  ///< divisor n - 1, so 0 where n < 2

  double variance_of_mean() const { return n > 0 ? variance / static_cast<double>(n) : 0.0; }
};

/// Two passes in double, in the order given, so that the same values give the same bits.
/// @param values  finite numbers; see `usable` for data that may hold others
Moments moments_of(std::span<const double> values);

/// The same of numbers that come one after the other and are not kept (Welford 1962; as exact as
/// two passes, Chan, Golub & LeVeque 1983). The mean has the bits that moments_of gives it.
class RunningMoments {
 public:
  void add(double value);
  Moments moments() const;
  /// Whether all were equal; so are none.
  bool constant() const { return constant_; }

 private:
  int64_t n_ = 0;
  double first_ = 0.0, sum_ = 0.0;
  double centre_ = 0.0, squares_ = 0.0;  ///< running mean; sum of squares about it
  bool constant_ = true;
};

/// The same from running sums, as logs keep them: variance (sum_squares - sum^2/n) / (n - 1).
Moments moments_from_sums(int64_t n, double sum, double sum_squares);

/// The moments of `successes` ones among `n` zeros and ones; variance p (1 - p), divisor n, as is
/// usual for proportions.
Moments moments_of_proportion(int64_t n, int64_t successes);

/// Values that can be averaged, and what was left out on the way.
struct Usable {
  std::vector<double> values;  ///< in the order given
  int64_t excluded = 0;        ///< NaN: "no data"
  std::string reason;          ///< set where nothing may be computed: infinite values, none left
};

/// Drops NaN and counts it. One infinite value spoils the sample: `values` is empty then.
Usable usable(std::span<const double> values);
Usable usable(std::span<const float> values);

}  // namespace assay::stats
