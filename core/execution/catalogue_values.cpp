#include "execution/catalogue_values.h"

#include "exposure/exposure.h"

namespace assay {

CatalogueValues::CatalogueValues(const MetricsSpec& metrics, std::vector<std::string> data_paths)
    : metrics_(wanted_metrics(metrics).catalogue), data_paths_(std::move(data_paths)) {}

const ItemGroups* CatalogueValues::groups(size_t data, const std::string& definition) {
  const std::string feature = group_feature(definition);
  if (feature.empty()) return nullptr;
  const auto [place, fresh] = groups_.try_emplace({data, feature});
  if (fresh) place->second = read_item_groups(PreparedData::open(data_paths_[data]), feature);
  return place->second ? &*place->second : nullptr;
}

CatalogueValue CatalogueValues::value_of(size_t data, const MetricAt& at,
                                         const Exposure& exposure) {
  const ItemGroups* own = groups(data, at.definition);
  CatalogueValue value;
  value.at = {exposure.stage, at.definition, exposure.cutoff};
  value.value =
      catalogue_value(at.definition, {exposure.counts, exposure.requests, exposure.cutoff, own});
  if (value.value) return value;
  const bool lacks = own == nullptr && !group_feature(at.definition).empty();
  value.reason = lacks ? kNoGroups : kNoExposure;
  return value;
}

std::vector<CatalogueValue> CatalogueValues::of(size_t data, std::span<const Exposure> exposures) {
  std::vector<CatalogueValue> out;
  for (const Exposure& exposure : exposures) {
    for (const MetricAt& at : metrics_) {
      if (at.cutoff == exposure.cutoff) out.push_back(value_of(data, at, exposure));
    }
  }
  return out;
}

}  // namespace assay
