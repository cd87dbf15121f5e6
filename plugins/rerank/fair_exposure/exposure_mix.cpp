#include "exposure_mix.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace assay::fair_exposure {
namespace {

// So often halved, a multiplier is one number; several candidates may be equal in it.
constexpr int kMostSteps = 120;

// Rankings at multipliers, and how unfair they are.
class Rankings {
 public:
  Rankings(std::span<const double> relevance, std::span<const double> constraint, int64_t n)
      : relevance_(relevance), constraint_(constraint), n_(n), key_(relevance.size()) {}

  std::vector<int64_t> at(double multiplier) {
    for (size_t i = 0; i < key_.size(); ++i) key_[i] = relevance_[i] + multiplier * constraint_[i];
    std::vector<int64_t> order(key_.size());
    std::iota(order.begin(), order.end(), 0);
    const auto end = order.begin() + std::min(n_, std::ssize(order));
    std::partial_sort(order.begin(), end, order.end(), [&](int64_t a, int64_t b) {
      return key_[a] != key_[b] ? key_[a] > key_[b] : a < b;
    });
    order.erase(end, order.end());
    return order;
  }
  double unfairness_of(const std::vector<int64_t>& order) const {
    return unfairness(constraint_, order, n_);
  }

 private:
  std::span<const double> relevance_, constraint_;
  int64_t n_;
  std::vector<double> key_;
};

// Whether two slates differ in one step: two neighbours in another order, or the last item.
bool one_step_apart(const std::vector<int64_t>& a, const std::vector<int64_t>& b) {
  const auto [in_a, in_b] = std::ranges::mismatch(a, b);
  const auto left = a.end() - in_a;
  if (left <= 1) return true;
  return in_a[0] == in_b[1] && in_a[1] == in_b[0] && std::equal(in_a + 2, a.end(), in_b + 2);
}

// Beyond it the constraint alone decides.
double largest_multiplier(std::span<const double> relevance, std::span<const double> constraint) {
  const auto [low, high] = std::ranges::minmax(relevance);
  double smallest_step = 0;
  std::vector<double> sorted(constraint.begin(), constraint.end());
  std::ranges::sort(sorted);
  for (size_t i = 1; i < sorted.size(); ++i) {
    const double step = sorted[i] - sorted[i - 1];
    if (step > 0 && (smallest_step == 0 || step < smallest_step)) smallest_step = step;
  }
  return smallest_step == 0 ? 0 : 2 * (high - low + 1) / smallest_step;
}

}  // namespace

std::vector<double> constraint(std::span<const double> relevance,
                               std::span<const uint8_t> is_protected, Fairness fairness) {
  double count[2] = {0, 0}, sum[2] = {0, 0};
  for (size_t i = 0; i < relevance.size(); ++i) {
    ++count[is_protected[i]];
    sum[is_protected[i]] += relevance[i];
  }
  std::vector<double> f(relevance.size(), 0.0);
  const bool by_relevance = fairness != Fairness::parity;
  if (count[0] == 0 || count[1] == 0) return f;
  if (by_relevance && (!(sum[0] > 0) || !(sum[1] > 0))) return f;
  for (size_t i = 0; i < f.size(); ++i) {
    const double sign = is_protected[i] ? 1 : -1;
    const double divisor = by_relevance ? sum[is_protected[i]] : count[is_protected[i]];
    f[i] = sign * (fairness == Fairness::impact ? relevance[i] : 1) / divisor;
  }
  return f;
}

double unfairness(std::span<const double> constraint, std::span<const int64_t> order, int64_t n) {
  double sum = 0;
  for (int64_t at = 0; at < std::min(n, std::ssize(order)); ++at)
    sum += constraint[order[at]] / std::log2(static_cast<double>(at) + 2);
  return sum;
}

Mix fair_mix(std::span<const double> relevance, std::span<const uint8_t> is_protected, int64_t n,
             Fairness fairness) {
  const std::vector<double> f = constraint(relevance, is_protected, fairness);
  Rankings rankings(relevance, f, n);
  double low = 0, high = 0;
  std::vector<int64_t> below = rankings.at(0);
  const double without = rankings.unfairness_of(below);
  if (without == 0) return {below, below, 1};
  const double most = largest_multiplier(relevance, f);
  (without < 0 ? high : low) = without < 0 ? most : -most;
  std::vector<int64_t> above = rankings.at(high);
  below = rankings.at(low);
  if (rankings.unfairness_of(above) <= 0) return {above, above, 1};
  if (rankings.unfairness_of(below) >= 0) return {below, below, 1};
  for (int step = 0; step < kMostSteps && !one_step_apart(below, above); ++step) {
    const double middle = low + (high - low) / 2;
    std::vector<int64_t> between = rankings.at(middle);
    const bool is_below = rankings.unfairness_of(between) < 0;
    (is_below ? low : high) = middle;
    (is_below ? below : above) = std::move(between);
  }
  const double under = -rankings.unfairness_of(below), over = rankings.unfairness_of(above);
  return {below, above, over / (under + over)};
}

}  // namespace assay::fair_exposure
