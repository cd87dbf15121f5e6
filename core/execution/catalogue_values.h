#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "execution/item_groups.h"
#include "execution/plan.h"
#include "results/database.h"

namespace assay {

/// The metrics of an experiment that have one value a catalogue, computed when the last shard of a
/// trial is in.
class CatalogueValues {
 public:
  /// @param data_paths  prepared data, one for each data set (or fold) that trials can be on
  CatalogueValues(const MetricsSpec& metrics, std::vector<std::string> data_paths);

  /// Every such metric at the cutoffs of `exposures`; NULL with the reason where there is no value.
  /// @param data  index into data_paths
  std::vector<CatalogueValue> of(size_t data, std::span<const Exposure> exposures);

 private:
  CatalogueValue value_of(size_t data, const MetricAt& at, const Exposure& exposure);
  /// Of the item feature that a definition names; null where it names none or there is none.
  const ItemGroups* groups(size_t data, const std::string& definition);

  std::vector<MetricAt> metrics_;
  std::vector<std::string> data_paths_;
  std::map<std::pair<size_t, std::string>, std::optional<ItemGroups>> groups_;  // by data, feature
};

}  // namespace assay
