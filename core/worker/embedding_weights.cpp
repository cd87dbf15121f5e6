#include "worker/embedding_weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "error/error.h"

namespace assay::worker {
namespace {

const Feature& category(const FeatureTable& items, const std::string& name) {
  std::vector<std::string> known;
  for (const Feature& feature : items.columns) {
    if (feature.type == FeatureType::category) known.push_back(feature.name);
    if (feature.name != name) continue;
    if (feature.type == FeatureType::category) return feature;
    throw error::UserError(
        fmt::format("off_policy.embeddings names {}, which is no category; mips needs an item "
                    "feature with values that several items share",
                    name));
  }
  throw error::UserError(fmt::format("off_policy.embeddings names {}, which is no item feature{}",
                                     name, error::did_you_mean(name, known)));
}

/// Rows of a request that show an item.
int64_t shown_rows(const dataset::Impressions& table, int64_t place) {
  const auto item = table.item();
  const auto offsets = table.offsets();
  return std::count_if(item.begin() + offsets[place], item.begin() + offsets[place + 1],
                       [](int32_t shown) { return shown >= 0; });
}

}  // namespace

EmbeddingWeights::EmbeddingWeights(const pipeline::DataView& data,
                                   const dataset::Impressions& table,
                                   std::span<const int64_t> places,
                                   const std::vector<std::string>& features)
    : embedding_(static_cast<size_t>(data.items())), share_(embedding_.size()) {
  for (const std::string& name : features) add_feature(category(data.features().item, name));
  of_.resize(embedding_.empty() ? 0 : static_cast<size_t>(std::ranges::max(embedding_)) + 1);
  for (size_t item = 0; item < embedding_.size(); ++item)
    of_[static_cast<size_t>(embedding_[item])].push_back(static_cast<int64_t>(item));
  add_log(table, places);
}

// Items that agree in all features so far, and in this one.
void EmbeddingWeights::add_feature(const Feature& feature) {
  const at::Tensor values = feature.values.cpu().contiguous();
  const int32_t* const value = values.const_data_ptr<int32_t>();
  std::map<std::pair<int32_t, int32_t>, int32_t> ids;
  for (size_t item = 0; item < embedding_.size(); ++item) {
    const auto next = static_cast<int32_t>(ids.size());
    embedding_[item] = ids.try_emplace({embedding_[item], value[item]}, next).first->second;
  }
}

// Of each item: sets are few, and walked once each.
std::vector<int64_t> EmbeddingWeights::rows_that_allow(const dataset::Impressions& table,
                                                       std::span<const int64_t> places) const {
  const auto set_of = table.allowed_set();
  int64_t all = 0;
  std::vector<int64_t> of_set(set_of.empty() ? 0 : static_cast<size_t>(table.allowed_sets()));
  for (const int64_t place : places) {
    const int32_t set = set_of.empty() ? -1 : set_of[place];
    (set < 0 ? all : of_set[static_cast<size_t>(set)]) += shown_rows(table, place);
  }
  std::vector<int64_t> out(embedding_.size(), all);
  for (size_t set = 0; set < of_set.size(); ++set)
    for (const int32_t item : table.allowed(static_cast<int32_t>(set)))
      out[static_cast<size_t>(item)] += of_set[set];
  return out;
}

void EmbeddingWeights::add_log(const dataset::Impressions& table, std::span<const int64_t> places) {
  for (const int64_t place : places)
    for (int64_t row = table.offsets()[place]; row < table.offsets()[place + 1]; ++row)
      if (table.item()[row] >= 0) ++share_[static_cast<size_t>(table.item()[row])];
  const std::vector<int64_t> allowed = rows_that_allow(table, places);
  all_.assign(of_.size(), 0);
  for (size_t item = 0; item < share_.size(); ++item) {
    if (allowed[item] > 0) share_[item] /= static_cast<double>(allowed[item]);
    all_[static_cast<size_t>(embedding_[item])] += share_[item];
  }
}

int64_t EmbeddingWeights::servable_alike(const Servable& servable, int32_t embedding) const {
  const std::vector<int64_t>& alike = of_[static_cast<size_t>(embedding)];
  if (!servable.allows_all())
    return std::ranges::count_if(alike, [&](int64_t item) { return servable.holds(item); });
  return std::ssize(alike) - std::ranges::count_if(servable.excluded(), [&](int64_t item) {
           return embedding_[static_cast<size_t>(item)] == embedding;
         });
}

double EmbeddingWeights::logged_alike(const Servable& servable, int32_t embedding) const {
  if (servable.allows_all()) return all_[static_cast<size_t>(embedding)];
  double sum = 0;
  for (const int64_t item : of_[static_cast<size_t>(embedding)])
    if (servable.allows(item)) sum += share_[static_cast<size_t>(item)];
  return sum;
}

double EmbeddingWeights::weight(const Actions& actions, const Servable& servable, int64_t item,
                                double propensity) const {
  const int32_t embedding = embedding_[static_cast<size_t>(item)];
  double shown = 0;
  for (const auto& [listed, probability] : actions.listed)
    if (embedding_[static_cast<size_t>(listed)] == embedding) shown += probability;
  if (actions.floor > 0)
    shown += actions.floor * static_cast<double>(servable_alike(servable, embedding));
  // Of this item the log tells the propensity of this very row.
  const double others = logged_alike(servable, embedding) - share_[static_cast<size_t>(item)];
  return shown / (std::max(others, 0.0) + propensity);
}

}  // namespace assay::worker
