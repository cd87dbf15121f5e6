#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "execution/feature_groups.h"
#include "execution/plan.h"
#include "exposure/popularity_pools.h"
#include "results/database.h"
#include "results/reader.h"
#include "metric_catalog/metric_definition.h"

namespace assay {

/// A trial whose lists are all in.
struct FinishedTrial {
  std::string key;
  size_t data = 0;  ///< index of its prepared data
};

/// The metrics of an experiment that have one value a catalogue, computed when the last shard of a
/// trial is in: those of exposure counts, and those of the kept lists themselves.
class CatalogueValues {
 public:
  /// @param data_paths  prepared data, one for each data set (or fold) that trials can be on
  CatalogueValues(const Experiment& experiment, std::vector<std::string> data_paths);

  /// Every such metric at the cutoffs of `exposures`, and of the served lists, which are read
  /// anew; NULL with the reason where there is no value.
  std::vector<CatalogueValue> of(const FinishedTrial& trial, std::span<const Exposure> exposures,
                                 const Reader& reader);

 private:
  struct Wanted {
    MetricAt at;
    MetricDefinition definition;
  };
  const PreparedData& data(size_t index);
  CatalogueValue of_counts(size_t data, const Wanted& wanted, const Exposure& exposure);
  void of_lists(const FinishedTrial& trial, const Reader& reader, std::vector<CatalogueValue>& out);
  /// Of the feature that a definition names; null where it names none or there is none.
  const Groups* groups(size_t data, const MetricDefinition& definition);
  const ItemUsers& item_users(size_t data);

  std::vector<Wanted> of_counts_, of_lists_;
  std::vector<std::string> data_paths_;
  std::vector<Window> train_windows_;
  std::map<size_t, PreparedData> data_;
  std::map<std::pair<size_t, std::string>, std::optional<Groups>> groups_;  // by data, feature
  std::map<size_t, ItemUsers> item_users_;
};

}  // namespace assay
