// Three strategies out of the tree, made of what ours are made of.
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <assay/extra/features/candidate_inputs.h>
#include <assay/extra/features/standard_scale.h>
#include <assay/extra/interactions/ragged_spans.h>
#include <assay/extra/lists/choose_each_list.h>
#include <assay/extra/lists/relevance.h>
#include <assay/extra/neighbours/history_terms.h>
#include <assay/extra/neighbours/tiles.h>
#include <assay/extra/sampling/negative_sampler.h>
#include <assay/extra/similarity/item_similarity.h>
#include <assay/plugin.h>

namespace {

namespace extra = assay::extra;

// Pairs of neighbouring positives count for an item, sampled negatives against it.
class PairVotes : public assay::RecallStrategy {
 public:
  void fit(const assay::TrainingView& data, assay::FitContext& ctx) override {
    weight_ = at::zeros({data.items, data.items}, at::kDouble);
    double* const to = weight_.mutable_data_ptr<double>();
    const extra::NegativeSampler sampler = extra::NegativeSampler::uniform(data);
    const extra::RaggedSpans by_user(data.by_user);
    const at::Tensor negative =
        sampler.draw(at::arange(data.users, at::kLong), 1, ctx.generator()).flatten();
    for (int64_t user = 0; user < data.users; ++user) {
      const int64_t other = negative.const_data_ptr<int64_t>()[user];
      for (const int64_t past : by_user[user]) {
        for (const int64_t item : by_user[user]) to[past * data.items + item] += 1;
        if (other >= 0) to[past * data.items + other] -= 0.5;
      }
    }
  }
  assay::CandidateBatch recall(const assay::RequestBatch& requests, int64_t k,
                               const assay::ServeContext&) const override {
    return extra::known_top_k_in_tiles(
        requests, weight_.size(0), k, [&](const assay::RequestBatch& tile) {
          at::Tensor scores = at::zeros({tile.size(), weight_.size(0)}, at::kDouble);
          const extra::RaggedSpans history(tile.history);
          for (int64_t row = 0; row < tile.size(); ++row)
            for (const int64_t past : history[row]) scores[row] += weight_[past];
          return scores;
        });
  }
  std::optional<assay::Explanation> explain(const assay::RequestBatch& requests,
                                            const assay::CandidateBatch& candidates,
                                            const assay::ServeContext&) const override {
    return extra::explain_by_history(requests, candidates, [&](int64_t past, int64_t item) {
      return weight_[past][item].item<double>();
    });
  }
  void save(assay::Archive& archive) const override { archive.put("weight", weight_); }
  void load(const assay::Archive& archive, const assay::LoadContext&) override {
    weight_ = archive.tensor("weight");
  }

 private:
  at::Tensor weight_;  // float64 [N, N]
};

// The mean of the standardised inputs of a candidate.
class MeanInput : public assay::RankStrategy {
 public:
  void fit(const assay::TrainingView&, assay::LabelledCandidates& candidates,
           assay::FitContext&) override {
    sources_ = std::ssize(candidates.sources());
  }
  assay::CandidateBatch rank(const assay::RequestBatch& requests,
                             const assay::CandidateBatch& candidates,
                             const assay::ServeContext&) const override {
    std::vector<at::Tensor> values;
    for (const extra::CandidateInput& input :
         extra::candidate_inputs(requests, candidates, {}, {})) {
      if (input.name != "score") values.push_back(input.value);
    }
    const at::Tensor inputs = at::stack(values, 2);
    const extra::StandardScale scale{at::zeros({inputs.size(2)}, at::kDouble),
                                     at::zeros({inputs.size(2)}, at::kDouble) + 2};
    return assay::by_score(candidates, scale(inputs).mean(2).to(at::kFloat));
  }
  void save(assay::Archive& archive) const override {
    archive.put_text("sources", std::to_string(sources_));
  }
  void load(const assay::Archive& archive, const assay::LoadContext&) override {
    sources_ = std::stoll(archive.text("sources"));
  }

 private:
  int64_t sources_ = 0;
};

// The best candidate first, then those that are least like it.
class Contrast : public assay::RerankStrategy {
 public:
  struct Params {
    extra::Relevance relevance = extra::Relevance::rank;
  };
  static void describe(assay::ParamList<Params>& p) {
    extra::describe_relevance(p, &Params::relevance);
  }
  explicit Contrast(const Params& params) : params_(params) {}
  void fit(const assay::TrainingView& data, assay::LabelledCandidates&,
           assay::FitContext&) override {
    users_ = data.by_item.to(at::kCPU);
    members_ = data.users;
  }
  assay::CandidateBatch rerank(const assay::RequestBatch&, const assay::CandidateBatch& candidates,
                               int64_t n, const assay::ServeContext&) const override {
    const auto similarity = extra::ItemSimilarity::of_sets(users_, members_);
    const at::Tensor worth = extra::relevance(candidates, params_.relevance);
    return extra::choose_each_list(candidates, worth, n, [&] {
      return [likeness = similarity->for_candidates()](const extra::ListToChoose& list) {
        std::vector<double> value(list.items.size());
        if (value.empty()) return;
        likeness->gather(list.items);
        likeness->similarities(0, value.data());
        for (size_t i = 0; i < value.size(); ++i) value[i] = list.worth[i] - value[i];
        value[0] = 2;
        std::vector<int64_t> order(value.size());
        for (size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int64_t>(i);
        std::ranges::stable_sort(order, std::greater{}, [&](int64_t i) { return value[i]; });
        std::copy_n(order.begin(), std::min(order.size(), list.places.size()), list.places.begin());
      };
    });
  }
  void save(assay::Archive& archive) const override {
    archive.put_ragged("users", users_);
    archive.put_text("members", std::to_string(members_));
  }
  void load(const assay::Archive& archive, const assay::LoadContext&) override {
    users_ = archive.ragged("users").to(at::kCPU);
    members_ = std::stoll(archive.text("members"));
  }

 private:
  Params params_;
  assay::Ragged users_;
  int64_t members_ = 0;
};

}  // namespace

ASSAY_PLUGINS(assay::plugin<PairVotes>({.name = "pair_votes",
                                        .doc = "Votes of positives against sampled negatives.",
                                        .traits = {.draws_in_fit = true, .additive = true}}),
              assay::plugin<MeanInput>({.name = "mean_input", .doc = "The mean input."}),
              assay::plugin<Contrast>({.name = "contrast", .doc = "What is least like the first."}))
