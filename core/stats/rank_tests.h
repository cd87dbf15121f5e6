#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace assay::stats {

/// What Wilcoxon's test does with differences that are exactly 0.
enum class ZeroDifferences {
  drop,   ///< Wilcoxon 1945: left out before ranking
  pratt,  ///< Pratt 1959: ranked with the others, then left out
};

struct WilcoxonOptions {
  ZeroDifferences zeros = ZeroDifferences::drop;
  /// Moves the statistic half a unit towards its mean in the normal approximation.
  bool continuity_correction = false;
  /// Up to this many differences, none zero and none tied, the exact distribution is used; 0 asks
  /// for the normal approximation always.
  int exact_up_to = 50;
};

/// The outcome of a rank test. Where no difference other than 0 is left, p is 1, with the reason.
struct RankTest {
  double statistic = 0.0;    ///< min(W+, W-); the sign test: the smaller count
  double p_two_sided = 1.0;  ///< 1 where every difference is 0
  int64_t n = 0;             ///< differences used
  int64_t positive = 0;
  int64_t negative = 0;
  int64_t zero = 0;
  std::string method;
  std::string reason;  ///< set where nothing could be tested
};

/// Wilcoxon's signed-rank test of paired differences (1945), two-sided; mid-ranks, and the variance
/// corrected for ties, in the normal approximation.
/// @param differences  finite
RankTest wilcoxon_signed_rank(std::span<const double> differences,
                              const WilcoxonOptions& options = {});

/// The sign test: exact binomial on the signs, zeros dropped, two-sided by doubling (Conover 1999,
/// section 3.4).
RankTest sign_test(std::span<const double> differences);

}  // namespace assay::stats
