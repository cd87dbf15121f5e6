#include "conformance/tiny_inputs.h"

#include <ATen/ops/cat.h>
#include <assay/kernels.h>
#include <assay/strategy.h>

#include <algorithm>
#include <cmath>

#include "conformance/tensors.h"

namespace assay::conformance {

namespace {

constexpr int64_t kWidth = TinyWorld::kTastes + 1;

/// A score is popularity (the last dimension) plus 2 where user and item share a taste.
at::Tensor item_vectors(const TinyWorld& world) {
  const std::vector<int64_t> counts = ids_of(world.training.by_item.lengths());
  std::vector<float> values;
  for (int64_t item = 0; item < TinyWorld::kItems; ++item) {
    for (int64_t taste = 0; taste < TinyWorld::kTastes; ++taste)
      values.push_back(item % TinyWorld::kTastes == taste ? 2 : 0);
    values.push_back(std::log1p(static_cast<float>(counts[static_cast<size_t>(item)])));
  }
  return to_tensor(values, {TinyWorld::kItems, kWidth});
}

class TinyVectors : public VectorModel {
 public:
  explicit TinyVectors(const TinyWorld& world) : items_(conformance::item_vectors(world)) {}

  at::Tensor item_vectors() const override { return items_; }
  at::Tensor query_vectors(const RequestBatch& requests, const ServeContext&) const override {
    std::vector<float> values;
    for (const int64_t user : ids_of(requests.user)) {
      for (int64_t taste = 0; taste < TinyWorld::kTastes; ++taste)
        values.push_back(user >= 0 && user % TinyWorld::kTastes == taste ? 1 : 0);
      values.push_back(1);
    }
    return to_tensor(values, {requests.size(), kWidth});
  }
  /// float32 [B, N].
  at::Tensor scores(const RequestBatch& requests, const ServeContext& ctx) const {
    return query_vectors(requests, ctx).matmul(items_.t());
  }

 private:
  at::Tensor items_;
};

/// They come fitted: fit() does nothing, and the archive holds what is needed to be one.
template <typename Base>
class TinyInput : public Base {
 public:
  explicit TinyInput(const TinyWorld& world) : vectors_(world) {}
  void save(Archive& archive) const override { archive.put("items", vectors_.item_vectors()); }
  void load(const Archive&, const LoadContext&) override {}
  const VectorModel* vectors() const override { return &vectors_; }

 protected:
  /// float32 [B, K].
  at::Tensor scores_of(const RequestBatch& requests, const CandidateBatch& candidates,
                       const ServeContext& ctx) const {
    return vectors_.scores(requests, ctx).gather(1, candidates.item.clamp_min(0));
  }

  TinyVectors vectors_;
};

class TinyRecall : public TinyInput<RecallStrategy> {
 public:
  using TinyInput::TinyInput;
  void fit(const TrainingView&, FitContext&) override {}
  CandidateBatch recall(const RequestBatch& requests, int64_t k,
                        const ServeContext& ctx) const override {
    return top_k(vectors_.scores(requests, ctx), k, requests);
  }
};

class TinyRank : public TinyInput<RankStrategy> {
 public:
  using TinyInput::TinyInput;
  void fit(const TrainingView&, LabelledCandidates&, FitContext&) override {}
  CandidateBatch rank(const RequestBatch& requests, const CandidateBatch& candidates,
                      const ServeContext& ctx) const override {
    // Probabilities, so that a ranker which learns from another one can read them.
    return by_score(candidates, scores_of(requests, candidates, ctx).sigmoid());
  }
};

class TinyRerank : public TinyInput<RerankStrategy> {
 public:
  using TinyInput::TinyInput;
  void fit(const TrainingView&, LabelledCandidates&, FitContext&) override {}
  /// The first n as they come.
  CandidateBatch rerank(const RequestBatch&, const CandidateBatch& candidates, int64_t n,
                        const ServeContext&) const override {
    const int64_t width = std::min(n, candidates.width());
    return {candidates.item.narrow(1, 0, width).clone(),
            candidates.score.narrow(1, 0, width).clone()};
  }
};

std::shared_ptr<const Strategy> make_input(PluginKind kind, const TinyWorld& world) {
  if (kind == PluginKind::rank) return std::make_shared<TinyRank>(world);
  if (kind == PluginKind::rerank) return std::make_shared<TinyRerank>(world);
  return std::make_shared<TinyRecall>(world);
}

bool fits(const Feature& feature, const std::vector<std::string>& types) {
  constexpr const char* kNames[] = {"category", "number", "set", "vector", "text"};
  return types.empty() ||
         std::ranges::find(types, kNames[static_cast<size_t>(feature.type)]) != types.end();
}

}  // namespace

Inputs tiny_inputs(const ParamSchema& schema, const TinyWorld& world) {
  Inputs inputs;
  for (const ParamSpec& spec : schema.params)
    if (spec.type == ParamType::input)
      inputs.add(spec.name, make_input(spec.input_kind.value_or(PluginKind::recall), world));
  return inputs;
}

ParamMap with_named_features(ParamMap params, const ParamSchema& schema, const Features& features) {
  for (const ParamSpec& spec : schema.params) {
    if (spec.feature_of.empty() || params[spec.name] != ParamValue(std::string())) continue;
    const FeatureTable& table = spec.feature_of == "user" ? features.user : features.item;
    const auto first = std::ranges::find_if(
        table.columns, [&](const Feature& one) { return fits(one, spec.feature_types); });
    if (first != table.columns.end()) params[spec.name] = first->name;
  }
  return params;
}

}  // namespace assay::conformance
