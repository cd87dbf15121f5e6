/// Metrics that compare a list with the training window of all users, and of this user.

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>

#include "metrics/list_metric.h"
#include "metrics/pair_distance.h"
#include "metrics/popularity_order.h"

namespace assay::metrics {
namespace {

constexpr double kNoValue = std::numeric_limits<double>::quiet_NaN();

// Mean over the list of value(item), weighted by rank; items without a value are left out, items
// that are not relevant add 0 where only hits count.
ListFunction weighted_mean(const DefinitionText& definition, std::vector<double> value) {
  const bool uniform = definition.is("weights", "uniform"),
             hits = definition.is("relevance", "yes");
  return [=, value = std::move(value)](const ListView& list) {
    if (hits && list.relevant.empty()) return kNoValue;
    double sum = 0, weights = 0;
    for (size_t r = 0; r < list.items.size(); ++r) {
      const double own = value[list.items[r]];
      if (std::isnan(own)) continue;
      const double weight = uniform ? 1 : 1 / std::log2(static_cast<double>(r + 2));
      weights += weight;
      if (!hits || list.is_relevant(list.items[r])) sum += weight * own;
    }
    return sum / weights;  // 0 / 0 is NaN: no value
  };
}

// Vargas and Castells 2011, equations 11 and 12.
ListFunction epc(const DefinitionText& definition, const MetricData& data) {
  std::vector<double> value;
  for (const int64_t count : counts_of(data))
    value.push_back(1 - static_cast<double>(count) / static_cast<double>(data.users));
  return weighted_mean(definition, std::move(value));
}

ListFunction efd(const DefinitionText& definition, const MetricData& data) {
  std::vector<double> value;
  for (const int64_t count : counts_of(data)) {
    const double share = static_cast<double>(count) / static_cast<double>(data.pairs);
    value.push_back(count > 0 ? -std::log2(share) : kNoValue);
  }
  return weighted_mean(definition, std::move(value));
}

double mean_count(std::span<const int64_t> items, const std::vector<int64_t>& counts) {
  double sum = 0;
  for (const int64_t item : items) sum += static_cast<double>(counts[item]);
  return sum / static_cast<double>(items.size());
}

std::vector<int64_t> distinct(std::span<const int64_t> items) {
  std::vector<int64_t> out(items.begin(), items.end());
  std::ranges::sort(out);
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

ListFunction popularity_lift(const DefinitionText&, const MetricData& data) {
  return [counts = counts_of(data)](const ListView& list) {
    const double before = mean_count(distinct(list.history), counts);
    return before > 0 ? mean_count(list.items, counts) / before - 1 : kNoValue;
  };
}

// 1 - mean similarity of a hit to the history, by a vector feature. Items without a vector are no
// part of it.
ListFunction feature_surprise(const std::string& feature, const MetricData& data) {
  const std::shared_ptr<const PairDistance> distance = make_pair_distance("cosine", feature, data);
  return [distance](const ListView& list) {
    auto items = distinct(list.history);
    std::erase_if(items, [&](int64_t item) { return !distance->comparable(item); });
    if (items.empty() || list.relevant.empty()) return kNoValue;
    const auto known = static_cast<int64_t>(items.size());
    std::vector<double> sums(items.size() + 2);
    double sum = 0;
    items.push_back(0);
    for (const int64_t item : list.items) {
      if (!list.is_relevant(item) || !distance->comparable(item)) continue;
      items.back() = item;
      distance->sum_up(items.data(), known + 1, sums.data());
      sum += (sums[known + 1] - sums[known]) / static_cast<double>(known);
    }
    return sum / static_cast<double>(list.items.size());
  };
}

// How far a hit's rank is above its rank by popularity; RecTools ranks densely.
ListFunction rank_surprise(const MetricData& data, bool dense) {
  const std::vector<int64_t> ranks = dense ? dense_ranks(data) : unique_ranks(data);
  return [ranks, counts = counts_of(data)](const ListView& list) {
    if (list.relevant.empty()) return kNoValue;
    const auto items = static_cast<double>(ranks.size());
    double sum = 0;
    for (size_t r = 0; r < list.items.size(); ++r) {
      const int64_t item = list.items[r];
      if (!list.is_relevant(item)) continue;
      const double known = counts[item] > 0 ? items + 1 - static_cast<double>(ranks[item]) : 0;
      sum += std::max((items - static_cast<double>(r) - known) / items, 0.0);
    }
    return sum / static_cast<double>(list.items.size());
  };
}

// Whether a hit is more than what the most popular unseen items would have been.
ListFunction beyond_popular(const MetricData& data) {
  return [order = popularity_order(data)](const ListView& list) {
    if (list.relevant.empty()) return kNoValue;
    const auto history = distinct(list.history);
    std::vector<int64_t> popular;
    for (const int64_t item : order) {
      if (static_cast<int64_t>(popular.size()) == list.cutoff) break;
      if (!std::ranges::binary_search(history, item)) popular.push_back(item);
    }
    const auto surprising = std::ranges::count_if(list.items, [&](int64_t item) {
      return list.is_relevant(item) && std::ranges::count(popular, item) == 0;
    });
    return static_cast<double>(surprising) / static_cast<double>(list.items.size());
  };
}

ListFunction serendipity(const DefinitionText& definition, const MetricData& data) {
  const std::string surprise = definition.option("surprise");
  if (surprise == "cosine") return feature_surprise(definition.option("of"), data);
  if (surprise == "not_popular") return beyond_popular(data);
  return rank_surprise(data, surprise == "rank_dense");
}

constexpr ListMetric kRows[] = {
    {"epc", epc}, {"efd", efd}, {"popularity_lift", popularity_lift}, {"serendipity", serendipity}};

}  // namespace

std::span<const ListMetric> popularity_list_metrics() { return kRows; }

}  // namespace assay::metrics
