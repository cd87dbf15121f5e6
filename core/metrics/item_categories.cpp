#include "metrics/item_categories.h"

#include <fmt/format.h>

#include "error/error.h"

namespace assay::metrics {
namespace {

const Feature& find_feature(const std::string& metric, const std::string& name,
                            const MetricData& data) {
  std::vector<std::string> known;
  if (data.features) {
    for (const Feature& column : data.features->columns) known.push_back(column.name);
  }
  const Feature* feature = data.features ? data.features->find(name) : nullptr;
  if (feature == nullptr) {
    throw error::UserError(
        fmt::format("{}{{of={}}}: the data have no item feature \"{}\"{}", metric, name, name,
                    known.empty() ? "; they have none" : error::did_you_mean(name, known)));
  }
  if (feature->type != FeatureType::set && feature->type != FeatureType::category) {
    throw error::UserError(
        fmt::format("{}{{of={}}}: {} has no categories; name a feature of type "
                    "category or set",
                    metric, name, name));
  }
  return *feature;
}

}  // namespace

ItemCategories::ItemCategories(const std::string& metric, const std::string& feature,
                               const MetricData& data) {
  const Feature& found = find_feature(metric, feature, data);
  count_ = found.cardinality;
  if (found.type == FeatureType::set) {
    const at::Tensor values = found.sets.values.cpu().contiguous(),
                     offsets = found.sets.offsets.cpu().contiguous();
    values_.assign(values.const_data_ptr<int64_t>(),
                   values.const_data_ptr<int64_t>() + values.size(0));
    offsets_.assign(offsets.const_data_ptr<int64_t>(),
                    offsets.const_data_ptr<int64_t>() + offsets.size(0));
    return;
  }
  const at::Tensor values = found.values.cpu().contiguous();
  const int32_t* category = values.const_data_ptr<int32_t>();
  for (int64_t item = 0; item < values.size(0); ++item) {
    if (category[item] >= 0) values_.push_back(category[item]);
    offsets_.push_back(static_cast<int64_t>(values_.size()));
  }
}

std::span<const int64_t> ItemCategories::of(int64_t item) const {
  return std::span(values_).subspan(offsets_[item], offsets_[item + 1] - offsets_[item]);
}

std::vector<double> ItemCategories::shares(std::span<const int64_t> items,
                                           std::span<const double> weight) const {
  std::vector<double> shares(static_cast<size_t>(count_));
  double total = 0;
  for (size_t i = 0; i < items.size(); ++i) {
    const auto own = of(items[i]);
    if (own.empty()) continue;
    const double all = weight.empty() ? 1 : weight[i];
    for (const int64_t category : own) shares[category] += all / static_cast<double>(own.size());
    total += all;
  }
  for (double& share : shares) share = total > 0 ? share / total : 0;
  return shares;
}

}  // namespace assay::metrics
