#include "worker/item_means.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "pipeline/hashing.h"

namespace assay::worker {
namespace {

/// Sums of rewards and numbers of rows of each item, by fold.
struct Totals {
  Totals(size_t folds, size_t items) : reward(folds * items), rows(folds * items) {}

  void add(size_t place, float one) {
    reward[place] += one;
    ++rows[place];
  }

  std::vector<double> reward;
  std::vector<int64_t> rows;
};

/// Rewards and rows of a column of the totals in all folds but one.
std::pair<double, int64_t> others(const Totals& totals, size_t items, size_t item, size_t fold) {
  std::pair<double, int64_t> out;
  for (size_t other = 0; other < ItemMeans::kFolds; ++other) {
    if (other == fold) continue;
    out.first += totals.reward[other * items + item];
    out.second += totals.rows[other * items + item];
  }
  return out;
}

}  // namespace

ItemMeans::ItemMeans(const dataset::Impressions& table, std::span<const int64_t> requests,
                     int64_t items)
    : user_(table.user()),
      items_(static_cast<size_t>(items)),
      mean_(kFolds * items_),
      sum_(kFolds),
      shown_(items_) {
  Totals each(kFolds, items_), all(kFolds, 1);
  const dataset::LabelView& label = table.labels().front();
  for (const int64_t request : requests) {
    const auto f = static_cast<size_t>(fold(request));
    for (int64_t row = table.offsets()[request]; row < table.offsets()[request + 1]; ++row) {
      if (table.item()[row] < 0) continue;
      const auto item = static_cast<size_t>(table.item()[row]);
      shown_[item] = 1;
      const float reward = label.number(row);
      if (std::isnan(reward)) continue;
      each.add(f * items_ + item, reward);
      all.add(f, reward);
    }
  }
  for (size_t f = 0; f < kFolds; ++f) {
    const auto [rewards, rows] = others(all, 1, 0, f);
    const double prior = rows > 0 ? rewards / static_cast<double>(rows) : std::nan("");
    for (size_t item = 0; item < items_; ++item) {
      const auto [reward, count] = others(each, items_, item, f);
      float& mean = mean_[f * items_ + item];
      mean = static_cast<float>((reward + prior) / static_cast<double>(count + 1));
      sum_[f] += mean;
    }
  }
  never_shown_ = std::ranges::count(shown_, 0);
}

int ItemMeans::fold(int64_t request) const {
  return fold_of(user_[static_cast<size_t>(request)], request, kFolds);
}

int fold_of(int32_t user, int64_t request, int folds) {
  const uint64_t bits = user >= 0 ? pipeline::mix(0, static_cast<uint64_t>(user))
                                  : pipeline::mix(1, static_cast<uint64_t>(request));
  return static_cast<int>(bits % static_cast<uint64_t>(folds));
}

}  // namespace assay::worker
