// A recall, a rank and a rerank strategy that load well and go wrong in a run, in the way that
// `mode` says.
#include <ATen/ops/full.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>

#include "bad_modes.h"
#include "fake_popular.h"

namespace {

/// Adds what goes wrong to one of the plain strategies.
template <typename Base>
class Bad : public Base {
 public:
  using Params = bad::Params;
  explicit Bad(const Params& params) : params_(params) {
    if (params.mode == "factory_throws") throw std::runtime_error("no such file: weights.bin");
  }

  void save(assay::Archive& archive) const override {
    if (params_.mode == "save_throws") throw std::runtime_error("nothing to save");
    Base::save(archive);
    archive.put("items", at::full({1}, items_, at::kLong));
  }
  void load(const assay::Archive& archive, const assay::LoadContext& ctx) override {
    if (params_.mode == "load_throws")
      throw std::runtime_error("the archive is from another version");
    Base::load(archive, ctx);
    items_ = archive.tensor("items").template item<int64_t>();
  }

 protected:
  void before_fit(const assay::TrainingView& data) {
    bad::act(params_, "fit_");
    items_ = data.items;
  }
  /// Goes wrong, or tells whether the answer is to be spoilt.
  bool goes_wrong(const assay::RequestBatch& requests) const {
    if (!bad::applies(params_, requests)) return false;
    bad::act(params_, "");
    return true;
  }

  Params params_;
  int64_t items_ = 0;
};

class BadRecall : public Bad<fake::Recall> {
 public:
  using Bad::Bad;
  static void describe(assay::ParamList<Params>& p) {
    Params::describe(p, {"too_many", "not_allowed", "update_throws", "update_crashes",
                         "explain_throws", "explain_nan", "trial_fit_throws", "only_nan"});
  }

  void fit(const assay::TrainingView& data, assay::FitContext& ctx) override {
    before_fit(data);
    if (params_.mode == "trial_fit_throws" && ctx.trial())
      throw std::runtime_error("one epoch was too many");
    fake::Recall::fit(data, ctx);
  }
  void update(const assay::EventSlice&, assay::FitContext&) override {
    bad::act(params_, "update_");
  }
  assay::CandidateBatch recall(const assay::RequestBatch& requests, int64_t k,
                               const assay::ServeContext& ctx) const override {
    if (!goes_wrong(requests)) return fake::Recall::recall(requests, k, ctx);
    if (params_.mode == "too_many") return fake::Recall::recall(requests, k + 1, ctx);
    if (params_.mode == "only_nan") return diverged(requests, k);
    if (params_.mode == "not_allowed")
      return fake::Recall::recall(anything_allowed(requests), k, ctx);
    return bad::spoil(params_, requests, fake::Recall::recall(requests, k, ctx), items_);
  }
  std::optional<assay::Explanation> explain(const assay::RequestBatch&,
                                            const assay::CandidateBatch& candidates,
                                            const assay::ServeContext&) const override {
    bad::act(params_, "explain_");
    if (params_.mode != "explain_nan") return std::nullopt;
    const at::Tensor none = at::zeros({0}, at::kLong);
    return assay::Explanation{
        none, none, none, none.to(at::kFloat),
        at::full_like(candidates.score, std::numeric_limits<float>::quiet_NaN())};
  }

 private:
  // A model whose training went to NaN.
  assay::CandidateBatch diverged(const assay::RequestBatch& requests, int64_t k) const {
    const at::Tensor scores =
        at::full({requests.size(), items_}, std::numeric_limits<float>::quiet_NaN());
    return assay::top_k(scores, k, requests);
  }
  static assay::RequestBatch anything_allowed(assay::RequestBatch requests) {
    requests.allowed.reset();
    return requests;
  }
};

class BadRank : public Bad<fake::Rank> {
 public:
  using Bad::Bad;
  static void describe(assay::ParamList<Params>& p) {
    Params::describe(p, {"other_items", "fewer_items"});
  }

  void fit(const assay::TrainingView& data, assay::LabelledCandidates& candidates,
           assay::FitContext& ctx) override {
    before_fit(data);
    fake::Rank::fit(data, candidates, ctx);
  }
  assay::CandidateBatch rank(const assay::RequestBatch& requests,
                             const assay::CandidateBatch& candidates,
                             const assay::ServeContext& ctx) const override {
    assay::CandidateBatch ranked = fake::Rank::rank(requests, candidates, ctx);
    if (!goes_wrong(requests) || ranked.width() == 0) return ranked;
    if (params_.mode == "other_items") ranked.item = other_items(ranked.item);
    if (params_.mode == "fewer_items") {
      ranked.item.select(1, -1).fill_(-1);
      ranked.score.select(1, -1).fill_(-std::numeric_limits<float>::infinity());
    }
    return bad::spoil(params_, requests, ranked, items_);
  }

 private:
  /// Each row's first item is replaced by one that is not in the row.
  at::Tensor other_items(const at::Tensor& item) const {
    at::Tensor other = item.clone();
    for (int64_t row = 0; row < item.size(0); ++row)
      for (int64_t id = 0; id < items_ && item[row][0].item<int64_t>() >= 0; ++id)
        if (!item[row].eq(id).any().item<bool>()) {
          other[row][0] = id;
          break;
        }
    return other;
  }
};

class BadRerank : public Bad<fake::Rerank> {
 public:
  using Bad::Bad;
  static void describe(assay::ParamList<Params>& p) {
    Params::describe(p, {"other_items", "other_scores", "too_many"});
  }

  void fit(const assay::TrainingView& data, assay::LabelledCandidates& candidates,
           assay::FitContext& ctx) override {
    before_fit(data);
    fake::Rerank::fit(data, candidates, ctx);
  }
  assay::CandidateBatch rerank(const assay::RequestBatch& requests,
                               const assay::CandidateBatch& candidates, int64_t n,
                               const assay::ServeContext& ctx) const override {
    if (!goes_wrong(requests)) return fake::Rerank::rerank(requests, candidates, n, ctx);
    if (params_.mode == "too_many") return fake::Rerank::rerank(requests, candidates, n + 1, ctx);
    assay::CandidateBatch slate = fake::Rerank::rerank(requests, candidates, n, ctx);
    if (params_.mode == "other_items" && slate.width() > 0)
      slate.item.select(1, 0).copy_(at::where(
          slate.item.select(1, 0).ge(0), missing_item(candidates.item), slate.item.select(1, 0)));
    if (params_.mode == "other_scores") slate.score = slate.score.add(1);
    return bad::spoil(params_, requests, slate, items_);
  }

 private:
  /// int64 [B]: the smallest id that is no candidate of the row; its first candidate where there is
  /// none.
  at::Tensor missing_item(const at::Tensor& item) const {
    at::Tensor missing = item.select(1, 0).clone();
    for (int64_t row = 0; row < item.size(0); ++row)
      for (int64_t id = items_ - 1; id >= 0; --id)
        if (!item[row].eq(id).any().item<bool>()) missing[row] = id;
    return missing;
  }
};

}  // namespace

ASSAY_PLUGINS(assay::plugin<BadRecall>({.name = "bad_recall",
                                        .doc = "Goes wrong while it recalls.",
                                        .traits = {.updates = true}}),
              assay::plugin<BadRank>({.name = "bad_rank", .doc = "Goes wrong while it ranks."}),
              assay::plugin<BadRerank>({.name = "bad_rerank",
                                        .doc = "Goes wrong while it reranks."}))
