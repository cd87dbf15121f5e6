#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "dataset/impressions.h"
#include "pipeline/data_view.h"
#include "worker/policy_actions.h"

namespace assay::worker {

/// Weights of marginalised inverse propensity scores (Saito and Joachims, ICML 2022, "Off-policy
/// evaluation for large action spaces via embeddings"): pi(e|x) / mu(e|x), e the values of some
/// features of an item together, both summed over the items that a request allows.
///
/// A log tells mu(a|x) of what it showed. Of every other item it is taken to be the share of the rows
/// that might have shown it and did: exact up to chance where the logging policy does not look at
/// requests, as uniform policies and bandits without context. (The mean of an item's propensities
/// would be too large where they differ: it is taken where they are large.)
class EmbeddingWeights {
 public:
  /// @param features  of items, categories; UserError where one is none or is not there
  EmbeddingWeights(const pipeline::DataView& data, const dataset::Impressions& table,
                   std::span<const int64_t> places, const std::vector<std::string>& features);

  /// The weight of a logged row.
  double weight(const Actions& actions, const Servable& servable, int64_t item,
                double propensity) const;

 private:
  int64_t servable_alike(const Servable& servable, int32_t embedding) const;
  double logged_alike(const Servable& servable, int32_t embedding) const;
  void add_feature(const Feature& feature);
  void add_log(const dataset::Impressions& table, std::span<const int64_t> places);
  std::vector<int64_t> rows_that_allow(const dataset::Impressions& table,
                                       std::span<const int64_t> places) const;

  std::vector<int32_t> embedding_;        // of each item
  std::vector<double> share_;             // of each item, of the rows that might have shown it
  std::vector<double> all_;               // of each embedding, the sum of these
  std::vector<std::vector<int64_t>> of_;  // items of each embedding
};

}  // namespace assay::worker
