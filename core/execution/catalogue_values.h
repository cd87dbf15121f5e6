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
#include "metric_catalog/metric_definition.h"
#include "results/database.h"
#include "results/reader.h"

namespace assay::execution {

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
  CatalogueValues(const task::Experiment& experiment, std::vector<std::string> data_paths);

  /// Every such metric at the cutoffs of `exposures`, and of the served lists, which are read
  /// anew; NULL with the reason where there is no value.
  std::vector<results::CatalogueValue> of(const FinishedTrial& trial,
                                          std::span<const results::Exposure> exposures,
                                          const results::Reader& reader);

 private:
  struct Wanted {
    task::MetricAt at;
    metric_catalog::MetricDefinition definition;
  };
  const dataset::PreparedData& data(size_t index);
  results::CatalogueValue of_counts(size_t data, const Wanted& wanted,
                                    const results::Exposure& exposure);
  void of_lists(const FinishedTrial& trial, const results::Reader& reader,
                std::vector<results::CatalogueValue>& out);
  /// Of the feature that a definition names; null where it names none or there is none.
  const exposure::Groups* groups(size_t data, const metric_catalog::MetricDefinition& definition);
  const exposure::ItemUsers& item_users(size_t data);

  std::vector<Wanted> of_counts_, of_lists_;
  std::vector<std::string> data_paths_;
  std::vector<task::Window> train_windows_;
  std::map<size_t, dataset::PreparedData> data_;
  std::map<std::pair<size_t, std::string>, std::optional<exposure::Groups>>
      groups_;  // by data, feature
  std::map<size_t, exposure::ItemUsers> item_users_;
};

}  // namespace assay::execution
