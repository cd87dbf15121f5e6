#include "stats/permutation.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "error/error.h"
#include "stats/moments.h"
#include "stats/philox_sequence.h"

namespace assay::stats {

namespace {

/// Sums nearer than this share of the sum of absolute values are ties.
constexpr double kTie = 1e-12;

/// How many sums of n_B values are at least as extreme as the one observed.
struct Extremes {
  double observed, centre, tie;
  double two_sided = 0.0, greater = 0.0, less = 0.0, all = 0.0;

  void count(double sum) {
    two_sided += std::abs(sum - centre) >= std::abs(observed - centre) - tie;
    greater += sum >= observed - tie;
    less += sum <= observed + tie;
    all += 1.0;
  }
};

double relabelings(size_t n, size_t chosen) {
  double ways = 1.0;
  for (size_t i = 1; i <= chosen && ways <= kExactRelabelings; ++i) {
    ways *= static_cast<double>(n - chosen + i) / static_cast<double>(i);
  }
  return ways;
}

/// Every choice of `chosen` places, in lexicographic order.
void count_all(Extremes& extremes, const std::vector<double>& values, size_t chosen) {
  std::vector<size_t> place(chosen);
  std::iota(place.begin(), place.end(), size_t{0});
  while (true) {
    double sum = 0.0;
    for (size_t i : place) sum += values[i];
    extremes.count(sum);
    size_t last = chosen;  // the last place that can still move to the right
    while (last > 0 && place[last - 1] == values.size() - chosen + last - 1) --last;
    if (last == 0) return;
    ++place[last - 1];
    for (size_t i = last; i < chosen; ++i) place[i] = place[i - 1] + 1;
  }
}

void count_random(Extremes& extremes, std::vector<double> values, size_t chosen,
                  const BootstrapOptions& options) {
  extremes.count(extremes.observed);
  for (int r = 0; r < options.resamples; ++r) {
    PhiloxSequence random(options.seed, options.stream, static_cast<uint32_t>(r));
    double sum = 0.0;
    for (size_t i = 0; i < chosen; ++i) {  // Fisher-Yates, only as far as B goes
      const uint64_t left = values.size() - i;
      const auto j = i + static_cast<size_t>((random.next_word() * left) >> 32);
      std::swap(values[i], values[j]);
      sum += values[i];
    }
    extremes.count(sum);
  }
}

}  // namespace

double RelabelingResult::p_twice_smaller_tail() const {
  return std::min(1.0, 2.0 * std::min(p_greater, p_less));
}

RelabelingResult permutation_test(std::span<const double> a, std::span<const double> b,
                                  const BootstrapOptions& options) {
  error::require(options.resamples > 0, "a permutation test has at least one resample");
  RelabelingResult result;
  result.n = std::ssize(a) + std::ssize(b);
  result.method = "two-sample permutation";
  if (a.empty() || b.empty()) return result;
  result.mean = moments_of(b).mean - moments_of(a).mean;
  std::vector<double> values(b.begin(), b.end());
  values.insert(values.end(), a.begin(), a.end());
  double total = 0.0;
  double absolute = 0.0;
  for (double value : values) {
    total += value;
    absolute += std::abs(value);
  }
  const double share = static_cast<double>(b.size()) / static_cast<double>(values.size());
  Extremes extremes{std::accumulate(b.begin(), b.end(), 0.0), total * share, kTie * absolute};
  const double ways = relabelings(values.size(), b.size());
  result.exact = ways <= kExactRelabelings;
  if (result.exact) {
    count_all(extremes, values, b.size());
    result.method += fmt::format(", all {:.0f}", extremes.all);
  } else {
    count_random(extremes, values, b.size(), options);
    result.method += fmt::format(", {} resamples", options.resamples);
  }
  result.p_two_sided = extremes.two_sided / extremes.all;
  result.p_greater = extremes.greater / extremes.all;
  result.p_less = extremes.less / extremes.all;
  return result;
}

}  // namespace assay::stats
