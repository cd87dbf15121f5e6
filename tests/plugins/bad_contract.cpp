// Strategies that load and run, but break one sentence of the contract each; the conformance suite
// finds which.
#include <ATen/ops/full.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>

#include <limits>
#include <optional>
#include <stdexcept>

#include "fake_popular.h"

namespace {

using assay::CandidateBatch;
using assay::FitContext;
using assay::LabelledCandidates;
using assay::RequestBatch;
using assay::ServeContext;
using assay::TrainingView;

/// A recall strategy whose scores a derived class may spoil while it learns or serves.
class Recall : public fake::Recall {
 public:
  void fit(const TrainingView& data, FitContext& ctx) override {
    learn(data);
    learnt(data, ctx);
  }
  CandidateBatch recall(const RequestBatch& requests, int64_t k,
                        const ServeContext& ctx) const override {
    return assay::top_k(scores(requests, ctx), k, requests);
  }

 protected:
  virtual void learnt(const TrainingView&, FitContext&) {}
  virtual at::Tensor scores(const RequestBatch& requests, const ServeContext&) const {
    return score_.expand({requests.size(), -1});
  }
};

// Traits of chance.

struct DrawsInFit : Recall {
  void learnt(const TrainingView&, FitContext& ctx) override {
    score_ = score_.add(at::randn(score_.sizes(), ctx.generator()));
  }
};
struct DrawsInServing : Recall {
  at::Tensor scores(const RequestBatch& requests, const ServeContext& ctx) const override {
    return ctx.uniform(requests, score_.size(0));
  }
};
struct GlobalChanceInFit : Recall {
  void learnt(const TrainingView&, FitContext&) override {
    score_ = score_.add(at::rand(score_.sizes()));
  }
};
struct GlobalChanceInServing : Recall {
  at::Tensor scores(const RequestBatch& requests, const ServeContext&) const override {
    return at::rand({requests.size(), score_.size(0)});
  }
};

// Other traits.

struct Validates : Recall {
  void learnt(const TrainingView&, FitContext& ctx) override { ctx.validate(); }
};
struct NeedsTime : Recall {
  void learnt(const TrainingView& data, FitContext&) override {
    if (data.end_us < 0) score_ = at::full_like(score_, std::numeric_limits<float>::infinity());
  }
};
struct ExplainsWrongly : Recall {
  std::optional<assay::Explanation> explain(const RequestBatch&, const CandidateBatch& candidates,
                                            const ServeContext&) const override {
    const at::Tensor none = at::zeros({0}, at::kLong);
    return assay::Explanation{none, none, none, none.to(at::kFloat), candidates.score.add(1)};
  }
};

// State.

struct Remembers : Recall {
  at::Tensor scores(const RequestBatch& requests, const ServeContext& ctx) const override {
    calls_ = calls_.add(1);
    return Recall::scores(requests, ctx).add(calls_);
  }
  mutable at::Tensor calls_ = at::zeros({1});
};
struct DependsOnTheBatch : Recall {
  at::Tensor scores(const RequestBatch& requests, const ServeContext& ctx) const override {
    return Recall::scores(requests, ctx).mul(1.0 + static_cast<double>(requests.size()));
  }
};
struct DependsOnTheOrder : Recall {
  at::Tensor scores(const RequestBatch& requests, const ServeContext& ctx) const override {
    if (requests.size() < 2) return Recall::scores(requests, ctx);
    at::Tensor all = Recall::scores(requests, ctx).clone();
    all[0] = all[0].where(requests.user[0].lt(1), all[0].add(1));
    return all;
  }
};
struct Forgets : Recall {
  void load(const assay::Archive& archive, const assay::LoadContext& ctx) override {
    Recall::load(archive, ctx);
    score_ = score_.round().mul(0.5);
  }
};
struct SavesAnother : Recall {
  void save(assay::Archive& archive) const override {
    Recall::save(archive);
    archive.put("loads", at::full({1}, loads_));
  }
  void load(const assay::Archive& archive, const assay::LoadContext& ctx) override {
    Recall::load(archive, ctx);
    loads_ = archive.tensor("loads").item<double>() + 1;
  }
  double loads_ = 0;
};
struct SharesState : Recall {
  void learnt(const TrainingView&, FitContext&) override {
    shared() = score_.add(static_cast<double>(++fits()));
  }
  at::Tensor scores(const RequestBatch& requests, const ServeContext&) const override {
    return shared().expand({requests.size(), -1});
  }
  void save(assay::Archive& archive) const override { archive.put("score", shared()); }
  static at::Tensor& shared() {
    static at::Tensor score;
    return score;
  }
  static int& fits() {
    static int count = 0;
    return count;
  }
};

// What is not theirs.

struct WritesTraining : Recall {
  void learnt(const TrainingView& data, FitContext&) override { data.value.fill_(1); }
};
struct WritesRequests : Recall {
  at::Tensor scores(const RequestBatch& requests, const ServeContext& ctx) const override {
    if (requests.allowed) requests.time_us.zero_();
    return Recall::scores(requests, ctx);
  }
};
struct KeepsItsAnswer : Recall {
  CandidateBatch recall(const RequestBatch& requests, int64_t k,
                        const ServeContext& ctx) const override {
    const CandidateBatch fresh = Recall::recall(requests, k, ctx);
    if (!kept_.item.defined() || kept_.item.sizes() != fresh.item.sizes())
      kept_ = {fresh.item.clone(), fresh.score.clone()};
    kept_.item.copy_(fresh.item);
    kept_.score.copy_(fresh.score);
    return kept_;
  }
  mutable CandidateBatch kept_;
};

/// Those of the smallest ids to whom it does not know.
struct ServesArbitraryItems : Recall {
  at::Tensor scores(const RequestBatch& requests, const ServeContext& ctx) const override {
    const at::Tensor known = requests.history.lengths().gt(0).unsqueeze(1);
    return Recall::scores(requests, ctx).mul(known.to(at::kFloat));
  }
};

// What a strategy may offer.

struct WrongVectors : Recall, assay::VectorModel {
  const assay::VectorModel* vectors() const override { return this; }
  at::Tensor item_vectors() const override { return score_.neg().unsqueeze(1); }
  at::Tensor query_vectors(const RequestBatch& requests, const ServeContext&) const override {
    return at::full({requests.size(), 1}, 1.0F);
  }
};
struct UpdatesToNothing : Recall {
  void update(const assay::EventSlice&, FitContext&) override {
    score_ = at::full_like(score_, std::numeric_limits<float>::infinity());
  }
};
struct UpdatesUntold : Recall {
  void update(const assay::EventSlice&, FitContext&) override {}
};
struct UpdatesUntrue : Recall {};
struct DoesNotStop : Recall {
  void learnt(const TrainingView&, FitContext& ctx) override {
    if (ctx.stop_requested()) throw std::runtime_error("interrupted");
  }
};
struct DoesNotResume : Recall {
  void learnt(const TrainingView&, FitContext& ctx) override {
    if (ctx.resume_from() != nullptr) score_ = ctx.resume_from()->tensor("scores").clone();
    assay::Archive archive;
    archive.put("score", score_);
    ctx.checkpoint(archive);
  }
};
struct WaitsForARise : Recall {
  void learnt(const TrainingView&, FitContext& ctx) override {
    const at::Tensor learnt_score = score_;
    score_ = at::full_like(score_, std::numeric_limits<float>::infinity());
    if (ctx.validate() >= 0) score_ = learnt_score;
    if (ctx.chosen("rise").empty()) ctx.note("chosen.rise", "yes");
  }
};
struct ChoosesInSilence : Recall {
  void learnt(const TrainingView&, FitContext& ctx) override { ctx.validate(); }
};
struct ForgetsItsChoice : Recall {
  void learnt(const TrainingView&, FitContext& ctx) override {
    ctx.validate();
    ctx.note("chosen.rounds", "3");
  }
};
struct ChoosesAnew : Recall {
  void learnt(const TrainingView&, FitContext& ctx) override {
    ctx.chosen("rounds");
    ctx.note("chosen.rounds", ctx.validate() >= 0 ? "3" : "400");
  }
};

// Requests that lack something.

struct NoEmptyBatch : Recall {
  at::Tensor scores(const RequestBatch& requests, const ServeContext& ctx) const override {
    if (requests.size() == 0) throw std::runtime_error("nothing to do");
    return Recall::scores(requests, ctx);
  }
};
struct NoAnonymous : Recall {
  at::Tensor scores(const RequestBatch& requests, const ServeContext& ctx) const override {
    at::zeros({1000}).index_select(0, requests.user);
    return Recall::scores(requests, ctx);
  }
};

// Declarations.

struct ThrowsAtAnEnd : Recall {
  struct Params {
    int64_t neighbours = 5;
  };
  static void describe(assay::ParamList<Params>& p) {
    p.add("neighbours", &Params::neighbours, "How many.").range(0, 10);
  }
  explicit ThrowsAtAnEnd(const Params& params) {
    if (params.neighbours == 0) throw std::domain_error("division by zero");
  }
};

// Rank and rerank.

struct WalksCandidates : fake::Rank {
  void fit(const TrainingView& data, LabelledCandidates& candidates, FitContext& ctx) override {
    while (candidates.next()) {
    }
    fake::Rank::fit(data, candidates, ctx);
  }
};
struct NeedsSources : fake::Rank {
  CandidateBatch rank(const RequestBatch& requests, const CandidateBatch& candidates,
                      const ServeContext& ctx) const override {
    candidates.source_score.value();
    return fake::Rank::rank(requests, candidates, ctx);
  }
};
struct NeedsACandidate : fake::Rank {
  CandidateBatch rank(const RequestBatch& requests, const CandidateBatch& candidates,
                      const ServeContext& ctx) const override {
    candidates.item.select(1, 0);
    return fake::Rank::rank(requests, candidates, ctx);
  }
};
struct HandsBack : fake::Rerank {
  CandidateBatch rerank(const RequestBatch&, const CandidateBatch& candidates, int64_t n,
                        const ServeContext&) const override {
    const int64_t width = std::min(n, candidates.width());
    return {candidates.item.narrow(1, 0, width), candidates.score.narrow(1, 0, width)};
  }
};
struct WrongChances : fake::Rerank {
  std::optional<at::Tensor> action_probability(const RequestBatch&,
                                               const CandidateBatch& candidates,
                                               const ServeContext&) const override {
    return candidates.item.ge(0).to(at::kFloat).mul(0.1);
  }
};
struct WrongPropensity : fake::Rerank {
  CandidateBatch rerank(const RequestBatch& requests, const CandidateBatch& candidates, int64_t n,
                        const ServeContext& ctx) const override {
    const at::Tensor drawn =
        ctx.uniform(requests, candidates.width()).masked_fill(candidates.item.lt(0), -1);
    const at::Tensor order = drawn.argsort(1, true).narrow(1, 0, std::min(n, candidates.width()));
    CandidateBatch slate =
        assay::pick(candidates, order.masked_fill(candidates.item.gather(1, order).lt(0), -1));
    slate.propensity = at::full_like(slate.score, 0.5F);
    return slate;
  }
};

template <typename S>
assay::PluginEntry breaks(std::string name, assay::Traits traits = {},
                          std::string doc = "Breaks its contract.") {
  return assay::plugin<S>({.name = std::move(name), .doc = std::move(doc), .traits = traits});
}

}  // namespace

// What is declared.

struct TakesAMatrix : Recall {
  void learnt(const TrainingView& data, FitContext&) override {
    const at::Tensor pairs = at::full({data.items, data.items}, 0.5f);
    score_ = score_.add(pairs.sum(0).mul(0));
  }
};
struct MemoryUnderstated : TakesAMatrix {
  static assay::MemoryUse memory(const assay::DataSizes& sizes) {
    return {.fit = sizes.items * 4, .serve = sizes.items * 4};
  }
};
struct MemoryOverstated : TakesAMatrix {
  static assay::MemoryUse memory(const assay::DataSizes& sizes) {
    return {.fit = sizes.items * sizes.items * 16, .serve = sizes.items * 4};
  }
};

struct HasPart : Recall {
  struct Params {
    bool halved = false;
  };
  static void describe(assay::ParamList<Params>& p) {
    p.add("halved", &Params::halved, "Nothing.");
    p.part("counts", {"halved"}, "How many users chose each item.");
  }
  explicit HasPart(const Params&) {}
  void fit_part(const std::string&, const TrainingView& data, FitContext& ctx,
                assay::Archive& part) const override {
    part.put("counts", made(data, ctx));
  }
  void fit(const TrainingView&, FitContext& ctx) override {
    score_ = ctx.inputs().part("counts").tensor("counts").clone();
  }
  virtual at::Tensor made(const TrainingView& data, FitContext&) const {
    return data.by_item.lengths().to(at::kFloat);
  }
};
struct PartDraws : HasPart {
  using HasPart::HasPart;
  at::Tensor made(const TrainingView& data, FitContext& ctx) const override {
    return data.by_item.lengths().to(at::kFloat).add(at::randn({data.items}, ctx.generator()));
  }
};
struct PartOfGlobalChance : HasPart {
  using HasPart::HasPart;
  at::Tensor made(const TrainingView& data, FitContext&) const override {
    return data.by_item.lengths().to(at::kFloat).add(at::rand({data.items}));
  }
};

ASSAY_PLUGINS(breaks<DrawsInFit>("draws_in_fit_untold"),
              breaks<Recall>("draws_in_fit_untrue", {.draws_in_fit = true}),
              breaks<DrawsInServing>("draws_in_serving_untold"),
              breaks<Recall>("draws_in_serving_untrue", {.draws_in_serving = true}),
              breaks<GlobalChanceInFit>("global_chance_in_fit"),
              breaks<GlobalChanceInServing>("global_chance_in_serving"),
              breaks<Validates>("validates_untold"),
              breaks<Recall>("validates_untrue", {.validates = true}),
              breaks<NeedsTime>("needs_time_untold"),
              breaks<Recall>("needs_time_untrue", {.needs_time = true}),
              breaks<Recall>("probability_untrue", {.scores = assay::Traits::Scores::probability}),
              breaks<ExplainsWrongly>("additive_untrue", {.additive = true}),
              breaks<Recall>("additive_silent", {.additive = true}), breaks<Remembers>("remembers"),
              breaks<DependsOnTheBatch>("depends_on_the_batch"),
              breaks<DependsOnTheOrder>("depends_on_the_order"), breaks<Forgets>("forgets"),
              breaks<SavesAnother>("saves_another"), breaks<SharesState>("shares_state"),
              breaks<WritesTraining>("writes_training"), breaks<WritesRequests>("writes_requests"),
              breaks<KeepsItsAnswer>("keeps_its_answer"), breaks<WrongVectors>("wrong_vectors"),
              breaks<ServesArbitraryItems>("serves_arbitrary_items"),
              breaks<UpdatesToNothing>("updates_to_nothing", {.updates = true}),
              breaks<UpdatesUntold>("updates_untold"),
              breaks<UpdatesUntrue>("updates_untrue", {.updates = true}),
              breaks<DoesNotStop>("does_not_stop"), breaks<DoesNotResume>("does_not_resume"),
              breaks<WaitsForARise>("waits_for_a_rise", {.validates = true}),
              breaks<ChoosesInSilence>("chooses_in_silence", {.validates = true}),
              breaks<ForgetsItsChoice>("forgets_its_choice", {.validates = true}),
              breaks<ChoosesAnew>("chooses_anew", {.validates = true}),
              breaks<NoEmptyBatch>("no_empty_batch"), breaks<NoAnonymous>("no_anonymous"),
              breaks<ThrowsAtAnEnd>("throws_at_an_end"), breaks<Recall>("undocumented", {}, "todo"),
              breaks<WalksCandidates>("learns_untold"),
              breaks<fake::Rank>("learns_untrue", {.learns_from_candidates = true}),
              breaks<NeedsSources>("needs_sources"), breaks<NeedsACandidate>("needs_a_candidate"),
              breaks<HandsBack>("hands_back"), breaks<WrongChances>("wrong_chances"),
              breaks<MemoryUnderstated>("memory_understated"),
              breaks<MemoryOverstated>("memory_overstated"), breaks<PartDraws>("part_draws"),
              breaks<PartOfGlobalChance>("part_of_global_chance"),
              breaks<WrongPropensity>("wrong_propensity", {.draws_in_serving = true}))
