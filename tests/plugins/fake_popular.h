#pragma once

/// Three plain, well-behaved strategies for fixtures to start from: they order items by how many
/// users chose them.

#include <assay/plugin.h>

#include <algorithm>

namespace fake {

/// float32 [B, K]: the value of each candidate's item, 0 on padding.
inline at::Tensor value_of(const at::Tensor& value, const at::Tensor& item) {
  return value.index_select(0, item.clamp_min(0).flatten()).view(item.sizes());
}

/// What the three share: one number an item.
template <typename Base>
class Popular : public Base {
 public:
  void save(assay::Archive& archive) const override { archive.put("score", score_); }
  void load(const assay::Archive& archive, const assay::LoadContext& ctx) override {
    score_ = archive.tensor("score").to(ctx.device);
  }

 protected:
  void learn(const assay::TrainingView& data) { score_ = data.by_item.lengths().to(at::kFloat); }

  at::Tensor score_;  // float32 [N]
};

class Recall : public Popular<assay::RecallStrategy> {
 public:
  void fit(const assay::TrainingView& data, assay::FitContext&) override { learn(data); }
  assay::CandidateBatch recall(const assay::RequestBatch& requests, int64_t k,
                               const assay::ServeContext&) const override {
    return assay::top_k(score_.expand({requests.size(), -1}), k, requests);
  }
};

class Rank : public Popular<assay::RankStrategy> {
 public:
  void fit(const assay::TrainingView& data, assay::LabelledCandidates&,
           assay::FitContext&) override {
    learn(data);
  }
  assay::CandidateBatch rank(const assay::RequestBatch&, const assay::CandidateBatch& candidates,
                             const assay::ServeContext&) const override {
    return assay::by_score(candidates, value_of(score_, candidates.item));
  }
};

class Rerank : public Popular<assay::RerankStrategy> {
 public:
  void fit(const assay::TrainingView& data, assay::LabelledCandidates&,
           assay::FitContext&) override {
    learn(data);
  }
  assay::CandidateBatch rerank(const assay::RequestBatch&, const assay::CandidateBatch& candidates,
                               int64_t n, const assay::ServeContext&) const override {
    const assay::CandidateBatch sorted =
        assay::by_score(candidates, value_of(score_, candidates.item));
    return first(candidates, sorted.item, n);
  }

 private:
  /// The candidates in the order of `item`, with the scores they came with.
  static assay::CandidateBatch first(const assay::CandidateBatch& candidates,
                                     const at::Tensor& item, int64_t n) {
    const int64_t width = std::min(n, candidates.width());
    if (width == 0) return assay::pick(candidates, item.narrow(1, 0, 0));
    const at::Tensor wanted = item.narrow(1, 0, width);
    const at::Tensor same = wanted.unsqueeze(2).eq(candidates.item.unsqueeze(1));
    const at::Tensor place = same.to(at::kLong).argmax(2).masked_fill(wanted.lt(0), -1);
    return assay::pick(candidates, place);
  }
};

}  // namespace fake
