#include "item_gram.h"

#include <ATen/Dispatch.h>
#include <ATen/ops/zeros.h>
#include <assay/extra/interactions/co_occurrence.h>
#include <assay/extra/interactions/ragged_spans.h>
#include <assay/extra/threads/parallel.h>

#include <optional>

namespace assay::ease {
namespace {

constexpr int64_t kItemsAtOnce = 64;

/// The categories of an item, of one feature.
class Categories {
 public:
  explicit Categories(const Feature& feature) {
    if (feature.type == FeatureType::set) {
      sets_.emplace(feature.sets);
    } else {
      held_ = feature.values.cpu().to(at::kLong).contiguous();
      one_ = held_.const_data_ptr<int64_t>();
    }
  }

  std::span<const int64_t> operator[](int64_t item) const {
    if (sets_) return (*sets_)[item];
    return {one_ + item, one_[item] < 0 ? size_t{0} : size_t{1}};
  }

 private:
  std::optional<extra::RaggedSpans> sets_;
  at::Tensor held_;
  const int64_t* one_ = nullptr;
};

/// The places of the items of each category.
std::vector<std::vector<int32_t>> places_of(const Feature& feature, const Categories& categories,
                                            std::span<const int64_t> items) {
  std::vector<std::vector<int32_t>> places(static_cast<size_t>(feature.cardinality));
  for (size_t place = 0; place < items.size(); ++place)
    for (const int64_t category : categories[items[place]])
      places[static_cast<size_t>(category)].push_back(static_cast<int32_t>(place));
  return places;
}

/// to += weight² F Fᵀ of one feature. A row belongs to one thread.
template <typename Number>
void add_feature(const Feature& feature, double weight, std::span<const int64_t> items,
                 Number* to) {
  const Categories categories(feature);
  const std::vector<std::vector<int32_t>> places = places_of(feature, categories, items);
  const auto count = static_cast<int64_t>(items.size());
  const auto square = static_cast<Number>(weight * weight);
  extra::parallel_blocks(count, kItemsAtOnce, [&](int64_t first, int64_t last) {
    for (int64_t row = first; row < last; ++row)
      for (const int64_t category : categories[items[static_cast<size_t>(row)]])
        for (const int32_t other : places[static_cast<size_t>(category)])
          to[row * count + other] += square;
  });
}

}  // namespace

std::vector<int64_t> known_items(const TrainingView& data, const SideInformation& side) {
  const extra::RaggedSpans users(data.by_item);
  std::vector<Categories> features;
  if (side.weight != 0)
    for (const Feature* feature : side.features) features.emplace_back(*feature);
  std::vector<int64_t> known;
  for (int64_t item = 0; item < data.items; ++item) {
    bool any = !users[item].empty();
    for (const Categories& categories : features) any = any || !categories[item].empty();
    if (any) known.push_back(item);
  }
  return known;
}

at::Tensor item_gram(const TrainingView& data, const extra::PairWeights& pairs,
                     const SideInformation& side, std::span<const int64_t> items, double lambda,
                     at::ScalarType dtype) {
  const auto count = static_cast<int64_t>(items.size());
  std::vector<int32_t> place(static_cast<size_t>(data.items), -1);
  for (int64_t at = 0; at < count; ++at)
    place[static_cast<size_t>(items[static_cast<size_t>(at)])] = static_cast<int32_t>(at);
  at::Tensor matrix = at::zeros({count, count}, dtype);
  AT_DISPATCH_FLOATING_TYPES(dtype, "item_gram", [&] {
    scalar_t* const values = matrix.mutable_data_ptr<scalar_t>();
    extra::for_each_co_occurrence(data, pairs, [&](const extra::CoOccurrenceRow& row) {
      const int32_t own = place[static_cast<size_t>(row.item)];
      if (own < 0) return;
      for (const int32_t other : row.others) {
        const int32_t column = place[static_cast<size_t>(other)];
        if (column >= 0) values[own * count + column] = static_cast<scalar_t>(row.of(other));
      }
    });
    for (const Feature* feature : side.features)
      add_feature<scalar_t>(*feature, side.weight, items, values);
  });
  matrix.diagonal().add_(lambda);
  return matrix;
}

}  // namespace assay::ease
