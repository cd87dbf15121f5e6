#pragma once

/// Rerankers that learnt from data written by hand, and the cases of the reference.

#include <assay/extra/similarity/item_similarity.h>

#include <algorithm>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "logged_data.h"
#include "shipped_plugin.h"

namespace assay::test {

/// A recall strategy that is nothing but item vectors.
class WithVectors : public RecallStrategy, private VectorModel {
 public:
  explicit WithVectors(at::Tensor vectors) : vectors_(std::move(vectors)) {}
  CandidateBatch recall(const RequestBatch&, int64_t, const ServeContext&) const override {
    return {};
  }
  const VectorModel* vectors() const override { return vectors_.defined() ? this : nullptr; }
  at::Tensor item_vectors() const override { return vectors_; }
  at::Tensor query_vectors(const RequestBatch&, const ServeContext&) const override { return {}; }

 private:
  at::Tensor vectors_;
};

struct FittedReranker {
  std::string name;
  ParamMap params;
  std::unique_ptr<RerankStrategy> strategy;
  Inputs inputs;
  const Features* features;
  std::map<std::string, std::string> notes;

  RequestBatch requests(const CandidateBatch& candidates) const {
    return requests_of(Lists(static_cast<size_t>(candidates.size())));
  }
  CandidateBatch rerank(const CandidateBatch& candidates, int64_t n) const {
    return rerank(requests(candidates), candidates, n);
  }
  CandidateBatch rerank(const RequestBatch& requests, const CandidateBatch& candidates, int64_t n,
                        uint64_t seed = 1) const {
    return strategy->rerank(requests, candidates, n, tiny_serve(seed, features));
  }
  Explanation why(const CandidateBatch& candidates) const {
    return *strategy->explain(requests(candidates), candidates, tiny_serve(1, features));
  }
  /// What another process would serve with.
  FittedReranker loaded() const {
    Archive archive;
    strategy->save(archive);
    FittedReranker fresh{name, params, make_rerank(name, params), inputs, features, {}};
    fresh.strategy->load(archive, {.features = features, .inputs = &fresh.inputs});
    return fresh;
  }
};

inline FittedReranker fitted_reranker(const std::string& name, const ParamMap& params,
                                      const TrainingView& data, const at::Tensor& vectors = {}) {
  FittedReranker made{name, params, make_rerank(name, params), {}, data.features, {}};
  if (vectors.defined()) made.inputs.add("model", std::make_shared<WithVectors>(vectors));
  TinyLabelled none;
  TinyFit fit(data.features, &made.inputs);
  made.strategy->fit(data, none, fit);
  made.notes = fit.notes;
  return made;
}

/// What the fit says to its user.
inline std::string refusal_of(const std::string& name, const ParamMap& params,
                              const TrainingView& data, const at::Tensor& vectors = {}) {
  try {
    fitted_reranker(name, params, data, vectors);
  } catch (const InvalidInput& error) {
    return error.what();
  }
  return "nothing was refused";
}

/// Candidates 0 .. n - 1 in the order of their relevance, as a ranker would hand them over.
inline CandidateBatch ranked(const std::vector<double>& relevance) {
  std::vector<int64_t> items(relevance.size());
  std::iota(items.begin(), items.end(), 0);
  std::stable_sort(items.begin(), items.end(),
                   [&](int64_t a, int64_t b) { return relevance[a] > relevance[b]; });
  std::vector<double> scores;
  for (const int64_t item : items) scores.push_back(relevance[item]);
  return candidates_of({items}, {scores});
}

/// One case of tests/golden/oracles/rerank.json under one of its settings.
struct RerankCase {
  std::string setting;  ///< what follows the prefix: "0.3", "rel"
  std::vector<double> relevance, wanted;
  at::Tensor vectors;  ///< float64
  Feature categories;  ///< a set
  nlohmann::json expected;

  std::vector<int64_t> items() const {
    std::vector<int64_t> all(relevance.size());
    std::iota(all.begin(), all.end(), 0);
    return all;
  }
  std::vector<int64_t> order() const { return expected["order"]; }
  std::vector<double> objective() const { return expected["objective"]; }
};

/// @param prefix  of the settings: "mmr_"
inline std::vector<RerankCase> rerank_cases(const std::string& prefix) {
  std::vector<RerankCase> cases;
  const nlohmann::json reference = oracle("rerank.json");
  for (const nlohmann::json& one : reference["cases"]) {
    for (const auto& [name, expected] : one["expected"].items()) {
      if (name.rfind(prefix, 0) != 0) continue;
      Feature categories{.name = "genres", .type = FeatureType::set};
      categories.sets = ragged(one["categories"].get<Lists>());
      categories.cardinality = one["n_categories"];
      cases.push_back({name.substr(prefix.size()), one["relevance"],
                       one["user_category_distribution"],
                       matrix(one["vectors"].get<Numbers>(), at::kDouble), categories, expected});
    }
  }
  return cases;
}

/// Numbers in [0, 1) that are the same in every run.
inline std::vector<double> random_numbers(size_t count, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<double> numbers;
  for (size_t i = 0; i < count; ++i)
    numbers.push_back(static_cast<double>(random() >> 11) * 0x1p-53);
  return numbers;
}

/// float64 [rows, width], each number in [-0.5, 0.5).
inline at::Tensor random_vectors(int64_t rows, int64_t width, uint64_t seed) {
  std::vector<double> numbers = random_numbers(static_cast<size_t>(rows * width), seed);
  for (double& number : numbers) number -= 0.5;
  return at::tensor(numbers, at::kDouble).view({rows, width});
}

}  // namespace assay::test
