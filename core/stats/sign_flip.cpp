#include "stats/sign_flip.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <vector>

#include "error/error.h"
#include "rules/philox.h"
#include "stats/fixed_point.h"
#include "stats/moments.h"

namespace assay::stats {

namespace {

/// Means nearer than this, in mean absolute differences, are ties.
constexpr double kTie = 1e-7;

/// Eight differences and the sum of each of their 256 sign patterns: bit i set gives difference i a
/// plus, otherwise a minus.
using SignedSums = std::array<int64_t, 256>;

SignedSums signed_sums(std::span<const int64_t> differences) {
  SignedSums sums{};
  for (int64_t difference : differences) sums[0] -= difference;
  for (unsigned pattern = 1; pattern < sums.size(); ++pattern) {
    const auto lowest = static_cast<size_t>(std::countr_zero(pattern));
    const int64_t flipped = lowest < differences.size() ? differences[lowest] : 0;
    sums[pattern] = sums[pattern & (pattern - 1)] + 2 * flipped;
  }
  return sums;
}

/// Sums of the differences under random signs, one a resample. A word of random bits signs 32
/// differences by four look-ups; the tables of one Philox block (128 differences) stay in the cache
/// while all resamples go over them.
std::vector<int64_t> random_sums(std::span<const int64_t> differences,
                                 const BootstrapOptions& options) {
  constexpr size_t kBlock = 128;
  std::vector<int64_t> sums(static_cast<size_t>(options.resamples), 0);
  std::array<SignedSums, kBlock / 8> tables;
  for (size_t begin = 0; begin < differences.size(); begin += kBlock) {
    const auto block = differences.subspan(begin, std::min(kBlock, differences.size() - begin));
    for (size_t i = 0; i < tables.size(); ++i) {
      const size_t from = std::min(8 * i, block.size());
      tables[i] = signed_sums(block.subspan(from, std::min<size_t>(8, block.size() - from)));
    }
    for (size_t r = 0; r < sums.size(); ++r) {
      const auto words = rules::philox(
          {static_cast<uint32_t>(begin / kBlock), static_cast<uint32_t>(r), options.stream, 2},
          rules::philox_key(options.seed));
      for (size_t i = 0; i < tables.size(); ++i) {
        sums[r] += tables[i][(words[i / 4] >> (8 * (i % 4))) & 0xFFu];
      }
    }
  }
  return sums;
}

void count_random(PermutationResult& result, std::span<const double> differences,
                  const BootstrapOptions& options) {
  const FixedPoint fixed = to_fixed_point(differences);
  int64_t observed = 0;
  int64_t absolute = 0;
  for (int64_t difference : fixed.values) {
    observed += difference;
    absolute += std::abs(difference);
  }
  const auto tie = static_cast<int64_t>(kTie * static_cast<double>(absolute));
  double two_sided = 1.0;
  double greater = 1.0;
  for (int64_t sum : random_sums(fixed.values, options)) {
    two_sided += std::abs(sum) >= std::abs(observed) - tie;
    greater += sum >= observed - tie;
  }
  result.p_two_sided = two_sided / (options.resamples + 1.0);
  result.p_greater = greater / (options.resamples + 1.0);
}

void count_all(PermutationResult& result, std::span<const double> differences) {
  double observed = 0.0;
  double absolute = 0.0;
  for (double difference : differences) {
    observed += difference;
    absolute += std::abs(difference);
  }
  const double tie = kTie * absolute;
  const auto flips = 1u << differences.size();
  double sum = observed;
  unsigned negative = 0;  // Gray code: one sign changes a step
  double two_sided = 0.0;
  double greater = 0.0;
  for (unsigned flip = 1; flip <= flips; ++flip) {
    two_sided += std::abs(sum) >= std::abs(observed) - tie;
    greater += sum >= observed - tie;
    if (flip == flips) break;
    const auto which = static_cast<size_t>(std::countr_zero(flip));
    negative ^= 1u << which;
    sum += ((negative >> which) & 1u ? -2.0 : 2.0) * differences[which];
  }
  result.p_two_sided = two_sided / flips;
  result.p_greater = greater / flips;
}

}  // namespace

PermutationResult sign_flip_test(std::span<const double> differences,
                                 const BootstrapOptions& options) {
  error::require(options.resamples > 0, "a permutation test has at least one resample");
  PermutationResult result;
  result.n = std::ssize(differences);
  result.mean = moments_of(differences).mean;
  result.exact = result.n <= kExactSignFlips;
  result.method = result.exact ? fmt::format("sign flips, all {}", 1 << result.n)
                               : fmt::format("sign flips, {} resamples", options.resamples);
  if (result.exact) {
    count_all(result, differences);
  } else {
    count_random(result, differences, options);
  }
  return result;
}

}  // namespace assay::stats
