#include "exposure/popularity_pools.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <vector>

namespace assay::exposure {
namespace {

// Mean of value(item) over everything shown for which there is one.
std::optional<double> pooled(std::span<const int64_t> shown,
                             const std::function<std::optional<double>(size_t item)>& value) {
  double sum = 0, total = 0;
  for (size_t item = 0; item < shown.size(); ++item) {
    if (shown[item] == 0) continue;
    const auto own = value(item);
    if (!own) continue;
    sum += static_cast<double>(shown[item]) * *own;
    total += static_cast<double>(shown[item]);
  }
  return total > 0 ? std::optional(sum / total) : std::nullopt;
}

}  // namespace

std::optional<double> pooled_novelty(std::span<const int64_t> shown, const ItemUsers& known,
                                     bool add_one) {
  const int64_t more = add_one ? 1 : 0;
  const auto total =
      static_cast<double>(known.pairs + more * static_cast<int64_t>(known.counts.size()));
  return pooled(shown, [&](size_t item) -> std::optional<double> {
    const int64_t count = known.counts[item] + more;
    if (count == 0) return std::nullopt;
    return -std::log2(static_cast<double>(count) / total);
  });
}

std::optional<double> pooled_popularity(std::span<const int64_t> shown, const ItemUsers& known) {
  return pooled(shown, [&](size_t item) { return static_cast<double>(known.counts[item]); });
}

std::optional<double> tail_coverage(std::span<const int64_t> shown, const ItemUsers& known,
                                    int64_t percent) {
  const auto items = static_cast<int64_t>(shown.size());
  const int64_t head = (items * percent + 99) / 100;
  const bool nothing = std::ranges::all_of(shown, [](int64_t count) { return count == 0; });
  if (nothing || head >= items) return std::nullopt;
  std::vector<size_t> order(shown.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, std::greater<>(),
                           [&](size_t item) { return known.counts[item]; });
  const auto found = std::count_if(order.begin() + head, order.end(),
                                   [&](size_t item) { return shown[item] > 0; });
  return static_cast<double>(found) / static_cast<double>(items - head);
}

}  // namespace assay::exposure
