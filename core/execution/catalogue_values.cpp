#include "execution/catalogue_values.h"

#include <algorithm>
#include <memory>

#include "execution/item_users.h"
#include "exposure/exposure.h"
#include "exposure/served_lists.h"

// Catalogue metrics are of two kinds. Those of counts need only how often each item was shown,
// which the database sums over shards. Those of lists need the stored slates: these are read once,
// in blocks, for all such metrics together. Features and training counts are read on first use,
// once per data set.

namespace assay::execution {
namespace {

constexpr char kServed[] = "served";
constexpr char kNoListsValue[] = "the lists lack the data that the metric needs";

bool names_feature(const metric_catalog::MetricDefinition& definition) {
  return definition.needs_any(metric_catalog::MetricNeed::feature) ||
         definition.needs_any(metric_catalog::MetricNeed::user_feature);
}

// Lists that are read at once.
constexpr int64_t kStretch = 8192;

}  // namespace

CatalogueValues::CatalogueValues(const task::Experiment& experiment,
                                 std::vector<std::string> data_paths)
    : data_paths_(std::move(data_paths)), train_windows_(experiment.fit_on.recall) {
  for (const task::MetricAt& at : wanted_metrics(experiment.metrics).catalogue) {
    const metric_catalog::MetricDefinition definition = metric_catalog::parse_metric(at.definition);
    (definition.needs_any(metric_catalog::MetricNeed::lists) ? of_lists_ : of_counts_)
        .push_back({at, definition});
  }
}

const dataset::PreparedData& CatalogueValues::data(size_t index) {
  const auto found = data_.find(index);
  if (found != data_.end()) return found->second;
  return data_.emplace(index, dataset::PreparedData::open(data_paths_[index])).first->second;
}

const exposure::Groups* CatalogueValues::groups(
    size_t index, const metric_catalog::MetricDefinition& definition) {
  const bool of_users = !definition.option("by").empty();
  const std::string of = of_users ? "user" : "item",
                    feature(definition.option(of_users ? "by" : "of"));
  if (feature.empty()) return nullptr;
  const auto [place, fresh] = groups_.try_emplace({index, of + "." + feature});
  if (fresh) place->second = read_groups(data(index), of, feature);
  return place->second ? &*place->second : nullptr;
}

const exposure::ItemUsers& CatalogueValues::item_users(size_t index) {
  const auto [place, fresh] = item_users_.try_emplace(index);
  if (fresh) place->second = read_item_users(data(index), train_windows_);
  return place->second;
}

results::CatalogueValue CatalogueValues::of_counts(size_t index, const Wanted& wanted,
                                                   const results::Exposure& exposure) {
  exposure::Exposed exposed{exposure.counts, exposure.requests, exposure.cutoff,
                            groups(index, wanted.definition)};
  if (wanted.definition.needs_any(metric_catalog::MetricNeed::training))
    exposed.known = &item_users(index);
  results::CatalogueValue value;
  value.at = {exposure.stage, wanted.at.definition, exposure.cutoff};
  value.value = catalogue_value(wanted.at.definition, exposed);
  if (value.value) return value;
  const bool lacks = exposed.groups == nullptr && names_feature(wanted.definition);
  value.reason = lacks ? exposure::kNoGroups : exposure::kNoExposure;
  return value;
}

void CatalogueValues::of_lists(const FinishedTrial& trial, const results::Reader& reader,
                               std::vector<results::CatalogueValue>& out) {
  std::vector<std::pair<size_t, std::unique_ptr<exposure::ListsMeasure>>>
      measures;  // by place in `out`
  for (const Wanted& wanted : of_lists_) {
    results::CatalogueValue& value = out.emplace_back();
    value.at = {kServed, wanted.at.definition, static_cast<int>(wanted.at.cutoff)};
    const exposure::ListsWorld world{data(trial.data).items(), wanted.at.cutoff,
                                     groups(trial.data, wanted.definition)};
    const bool lacks = world.groups == nullptr && names_feature(wanted.definition);
    value.reason = lacks ? std::string(exposure::kNoGroups) : kNoListsValue;
    if (!lacks)
      measures.emplace_back(out.size() - 1, make_lists_measure(wanted.at.definition, world));
  }
  if (measures.empty()) return;
  const dataset::RequestSetView requests = data(trial.data).requests(task::Window::test);
  for (int64_t first = 0; first < requests.size(); first += kStretch) {
    const results::Slates slates = reader.slates(trial.key, first, kStretch);
    const auto count = static_cast<size_t>(slates.requests);
    const exposure::ServedLists lists{
        slates.size,           slates.items,
        slates.scores,         requests.truth.offsets.subspan(first, count + 1),
        requests.truth.values, requests.user.subspan(first, count)};
    for (auto& [place, measure] : measures) measure->add(lists);
  }
  for (auto& [place, measure] : measures) out[place].value = measure->value();
}

std::vector<results::CatalogueValue> CatalogueValues::of(
    const FinishedTrial& trial, std::span<const results::Exposure> exposures,
    const results::Reader& reader) {
  std::vector<results::CatalogueValue> out;
  for (const results::Exposure& exposure : exposures) {
    for (const Wanted& wanted : of_counts_) {
      if (wanted.at.cutoff == exposure.cutoff)
        out.push_back(of_counts(trial.data, wanted, exposure));
    }
  }
  of_lists(trial, reader, out);
  return out;
}

}  // namespace assay::execution
