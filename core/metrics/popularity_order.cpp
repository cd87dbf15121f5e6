#include "metrics/popularity_order.h"

#include <algorithm>
#include <functional>
#include <numeric>

namespace assay::metrics {

std::vector<int64_t> counts_of(const MetricData& data) {
  if (!data.item_count.defined()) return {};
  const int64_t* count = data.item_count.const_data_ptr<int64_t>();
  return {count, count + data.item_count.size(0)};
}

std::vector<int64_t> popularity_order(const MetricData& data) {
  const std::vector<int64_t> counts = counts_of(data);
  std::vector<int64_t> order(counts.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, std::greater<>(), [&](int64_t item) { return counts[item]; });
  return order;
}

std::vector<int64_t> unique_ranks(const MetricData& data) {
  const std::vector<int64_t> order = popularity_order(data);
  std::vector<int64_t> ranks(order.size());
  for (size_t place = 0; place < order.size(); ++place)
    ranks[order[place]] = static_cast<int64_t>(place) + 1;
  return ranks;
}

std::vector<int64_t> dense_ranks(const MetricData& data) {
  const std::vector<int64_t> order = popularity_order(data), counts = counts_of(data);
  std::vector<int64_t> ranks(order.size());
  int64_t rank = 0, before = -1;
  for (const int64_t item : order) {
    rank += counts[item] != before;
    before = counts[item];
    ranks[item] = rank;
  }
  return ranks;
}

}  // namespace assay::metrics
