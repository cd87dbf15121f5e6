#include <ATen/TensorOperators.h>
#include <ATen/ops/tensor.h>
#include <assay/extra/features/choose_feature.h>
#include <assay/extra/features/item_categories.h>
#include <assay/extra/interactions/pair_weights.h>

#include <algorithm>
#include <numeric>

namespace assay::extra {
namespace {

void add_parts(std::span<const int64_t> of_item, double weight, std::span<double> shares) {
  for (const int64_t category : of_item)
    shares[category] += weight / static_cast<double>(of_item.size());
}

// False where there is nothing to divide.
bool divide_by_sum(std::span<double> shares) {
  const double sum = std::accumulate(shares.begin(), shares.end(), 0.0);
  if (!(sum > 0)) return false;
  for (double& share : shares) share /= sum;
  return true;
}

}  // namespace

ItemCategories::ItemCategories(const FeatureTable& items, const std::string& who,
                               const std::string& feature) {
  using enum FeatureType;
  const Feature& chosen =
      choose_feature(items, {.who = who, .of = "item", .name = feature, .types = {category, set}});
  name_ = chosen.name;
  count_ = chosen.cardinality;
  labels_ = chosen.labels;
  if (chosen.type == set) {
    sets_ = RaggedSpans(chosen.sets);
    return;
  }
  held_ = chosen.values.cpu().to(at::kLong).contiguous();
  one_ = held_.const_data_ptr<int64_t>();
}

CategoryInterests::CategoryInterests(const TrainingView& data, const ItemCategories& categories,
                                     Repeats repeats)
    : all_(static_cast<size_t>(categories.count()), 0.0) {
  const at::Tensor totals = item_totals(data, repeats).contiguous();
  const double* const total = totals.const_data_ptr<double>();
  for (int64_t item = 0; item < totals.numel(); ++item)
    add_parts(categories[item], total[item], all_);
  divide_by_sum(all_);
}

void CategoryInterests::save(Archive& archive) const {
  archive.put("interests", at::tensor(all_, at::kDouble));
}

void CategoryInterests::load(const Archive& archive) {
  const at::Tensor kept = archive.tensor("interests").cpu().contiguous();
  all_.assign(kept.const_data_ptr<double>(), kept.const_data_ptr<double>() + kept.numel());
}

std::vector<double> CategoryInterests::of(const RequestBatch& requests,
                                          const ItemCategories& categories, Repeats repeats) const {
  const History counted = counted_history(requests.history, repeats);
  const WeightedSpans history(counted, counted.weight);
  const size_t count = all_.size();
  std::vector<double> shares(static_cast<size_t>(requests.size()) * count, 0.0);
  for (int64_t row = 0; row < requests.size(); ++row) {
    const std::span<double> own(shares.data() + static_cast<size_t>(row) * count, count);
    for (size_t at = 0; at < history[row].size(); ++at)
      add_parts(categories[history[row][at]], history.weight(row, at), own);
    if (!divide_by_sum(own)) std::ranges::copy(all_, own.begin());
  }
  return shares;
}

}  // namespace assay::extra
