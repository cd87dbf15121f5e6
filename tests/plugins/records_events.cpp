// Strategies of each kind that note which event types, with which weights, they were given to learn
// from, and whose scores say which histories they were given to serve.
#include <ATen/ops/arange.h>
#include <ATen/ops/zeros.h>
#include <assay/plugin.h>

#include <algorithm>
#include <map>
#include <string>

namespace {

using assay::CandidateBatch;
using assay::FitContext;
using assay::RequestBatch;
using assay::ServeContext;

/// "cart 1 x 40, view 0.2 x 300" of the events, and how many of them are positive.
std::string seen(const assay::EventSlice& events, const std::vector<std::string>& types) {
  if (!events.event_type) return "no types";
  std::map<std::string, int64_t> count;
  const at::Tensor type = events.event_type->cpu(), positive = events.positive.cpu();
  const at::Tensor weight = events.weight ? events.weight->cpu() : at::Tensor();
  for (int64_t e = 0; e < events.size(); ++e) {
    if (!positive.const_data_ptr<bool>()[e]) continue;
    std::string what = types[static_cast<size_t>(type.const_data_ptr<int32_t>()[e])];
    const float own = weight.defined() ? weight.const_data_ptr<float>()[e] : 1.F;
    ++count[what + " " + std::to_string(own).substr(0, 3)];
  }
  std::string text;
  for (const auto& [what, times] : count)
    text += (text.empty() ? "" : ", ") + what + " x " + std::to_string(times);
  return text;
}

/// Of each request: 1,000 for each type that its history holds with a weight above 0, plus the sum
/// of the weights. Float [B].
at::Tensor told_of(const assay::History& history) {
  const int64_t rows = history.offsets.size(0) - 1;
  at::Tensor out = at::zeros({rows}, at::kFloat);
  if (!history.event_type) return out;
  const at::Tensor offsets = history.offsets.cpu(), type = history.event_type->cpu();
  const at::Tensor weight = history.weight ? history.weight->cpu() : at::Tensor();
  for (int64_t r = 0; r < rows; ++r) {
    std::map<int32_t, float> sums;
    const int64_t* offset = offsets.const_data_ptr<int64_t>();
    for (int64_t e = offset[r]; e < offset[r + 1]; ++e) {
      const float own = weight.defined() ? weight.const_data_ptr<float>()[e] : 1.F;
      if (own > 0) sums[type.const_data_ptr<int32_t>()[e]] += own;
    }
    float& told = out.mutable_data_ptr<float>()[r];
    for (const auto& [of, sum] : sums) told += 1000 + sum;
  }
  return out;
}

struct NoParams {};

class Recorder {
 public:
  void learn(const assay::TrainingView& data, FitContext& ctx) {
    items_ = at::arange(data.items, at::kFloat).mul(-0.001);
    ctx.note("seen", seen(data, data.event_types));
  }
  void save(assay::Archive& archive) const { archive.put("items", items_); }
  void load(const assay::Archive& archive) { items_ = archive.tensor("items"); }
  /// The scores of all items: lower ids first.
  at::Tensor scores(const RequestBatch& requests) const {
    return items_.unsqueeze(0).add(told_of(requests.history).unsqueeze(1));
  }

 private:
  at::Tensor items_;  // float [N]
};

class Recall : public assay::RecallStrategy {
 public:
  using Params = NoParams;
  static void describe(assay::ParamList<Params>&) {}
  explicit Recall(const Params&) {}
  void fit(const assay::TrainingView& data, FitContext& ctx) override { own_.learn(data, ctx); }
  CandidateBatch recall(const RequestBatch& requests, int64_t k,
                        const ServeContext&) const override {
    return assay::top_k(own_.scores(requests), k, requests);
  }
  void save(assay::Archive& archive) const override { own_.save(archive); }
  void load(const assay::Archive& archive, const assay::LoadContext&) override {
    own_.load(archive);
  }

 private:
  Recorder own_;
};

/// Scores the candidates by what the histories of the stage hold.
class Rank : public assay::RankStrategy {
 public:
  using Params = NoParams;
  static void describe(assay::ParamList<Params>&) {}
  explicit Rank(const Params&) {}
  void fit(const assay::TrainingView& data, assay::LabelledCandidates& candidates,
           FitContext& ctx) override {
    own_.learn(data, ctx);
    float told = 0;
    while (const auto batch = candidates.next())
      told = std::max(told, told_of(batch->requests.history).max().item<float>());
    ctx.note("labelled", std::to_string(static_cast<int>(told) / 1000) + " types");
  }
  CandidateBatch rank(const RequestBatch& requests, const CandidateBatch& candidates,
                      const ServeContext&) const override {
    const at::Tensor scores =
        own_.scores(requests).gather(1, candidates.item.clamp_min(0)).to(at::kFloat);
    return assay::by_score(candidates, scores);
  }
  void save(assay::Archive& archive) const override { own_.save(archive); }
  void load(const assay::Archive& archive, const assay::LoadContext&) override {
    own_.load(archive);
  }

 private:
  Recorder own_;
};

/// Serves only one item to those whose history holds a single type, and all others otherwise.
class Rerank : public assay::RerankStrategy {
 public:
  using Params = NoParams;
  static void describe(assay::ParamList<Params>&) {}
  explicit Rerank(const Params&) {}
  void fit(const assay::TrainingView& data, assay::LabelledCandidates&, FitContext& ctx) override {
    own_.learn(data, ctx);
  }
  CandidateBatch rerank(const RequestBatch& requests, const CandidateBatch& candidates, int64_t n,
                        const ServeContext&) const override {
    at::Tensor place = at::arange(std::min(n, candidates.item.size(1)), at::kLong)
                           .expand({requests.size(), -1})
                           .clone();
    const at::Tensor few = told_of(requests.history).lt(2000).unsqueeze(1);
    place.masked_fill_(few.logical_and(place.gt(0)), -1);
    return assay::pick(candidates, place);
  }
  void save(assay::Archive& archive) const override { own_.save(archive); }
  void load(const assay::Archive& archive, const assay::LoadContext&) override {
    own_.load(archive);
  }

 private:
  Recorder own_;
};

}  // namespace

ASSAY_PLUGINS(assay::plugin<Recall>({.name = "records_recall", .doc = "Says what it sees."}),
              assay::plugin<Rank>({.name = "records_rank",
                                   .doc = "Says what it sees.",
                                   .traits = {.learns_from_candidates = true}}),
              assay::plugin<Rerank>({.name = "records_rerank", .doc = "Says what it sees."}))
