#include <ATen/TensorOperators.h>
#include <assay/extra/lists/choose_each_list.h>
#include <assay/extra/lists/relevance.h>
#include <assay/extra/similarity/candidate_terms.h>
#include <assay/extra/similarity/item_comparison.h>
#include <assay/plugin.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "batched_determinant.h"
#include "greedy_determinant.h"

namespace assay::dpp {
namespace {

enum class Quality { exponential, linear };

/// The slate with the largest determinant that a greedy search finds: relevant items that span much
/// (a determinantal point process).
///
///     L(i, j) = q(i) q(j) similarity(i, j)
///     q(i) = exp(theta / (2 (1 - theta)) relevance(i)), or the relevance itself
///
/// With the exponential, the logarithm of a slate's probability is theta times the sum of its
/// relevance plus (1 - theta) times the logarithm of the determinant of its similarities, up to
/// constants. Where the kernel has lost its rank, no candidate adds anything: the places that are
/// left go to the rest in their order.
///
/// explain() says what part of a candidate's volume q(i)^2, relative to the largest of the request,
/// each item above it had taken when it was placed.
class Dpp : public RerankStrategy {
 public:
  struct Params {
    double theta = 0.7;
    Quality quality = Quality::exponential;
    int64_t window = 0;
    double epsilon = 1e-10;
    bool halved = false;
    extra::Comparison similarity = extra::Comparison::co_occurrence;
    std::string feature;
    extra::Relevance relevance = extra::Relevance::minmax;
  };
  static void describe(ParamList<Params>& p) {
    p.add("theta", &Params::theta,
          "Trade-off of relevance and dissimilarity with quality: exponential: towards 1 relevance "
          "decides, at 0 the determinant alone.")
        .range(0, 0.999)
        .tune(0, 0.95);
    p.choice("quality", &Params::quality,
             {{"exponential", Quality::exponential}, {"linear", Quality::linear}},
             "Quality of a candidate: the exponential of its relevance, or its relevance, which "
             "must not be negative.");
    p.add("window", &Params::window,
          "Number of consecutive items that are diverse together; 0: the whole slate. Long feeds "
          "need one, since a determinant has no more items than its vectors have dimensions.")
        .unit("items")
        .range(0, 1e6);
    p.add("epsilon", &Params::epsilon,
          "Share of a candidate that must be left of it beside those above it; what has less is "
          "taken for a repetition.")
        .range(1e-14, 1);
    p.add("halved", &Params::halved,
          "Uses (1 + s) / 2 for a similarity s, so that opposite vectors are not taken for alike.");
    extra::describe_comparison(p);
    extra::describe_relevance(p, &Params::relevance);
  }
  explicit Dpp(const Params& params)
      : params_(params),
        kernel_{.window = params.window, .epsilon = params.epsilon, .halved = params.halved},
        compared_("dpp", params.similarity, params.feature) {}

  void fit(const TrainingView& data, LabelledCandidates&, FitContext& ctx) override {
    compared_.fit(data, ctx);
  }
  void save(Archive& archive) const override { compared_.save(archive); }
  void load(const Archive& archive, const LoadContext& ctx) override {
    compared_.load(archive, ctx);
  }

  CandidateBatch rerank(const RequestBatch&, const CandidateBatch& candidates, int64_t n,
                        const ServeContext&) const override {
    const at::Tensor quality = log_quality(candidates);
    if (compared_.unit_on_gpu().defined() && kernel_.window == 0)
      return pick(candidates, places_on_gpu(candidates.item, quality, n));
    return extra::choose_each_list(candidates, quality, n, [&] {
      auto similarity = compared_.for_candidates();
      auto greedy = GreedyDeterminant::of(kernel_, *similarity);
      return [similarity = std::move(similarity),
              greedy = std::move(greedy)](const extra::ListToChoose& list) {
        pick_by_determinant(list.items, list.worth, *greedy, list.places);
      };
    });
  }

  std::optional<Explanation> explain(const RequestBatch&, const CandidateBatch& candidates,
                                     const ServeContext&) const override {
    extra::CandidateTerms terms(candidates);
    const auto similarity = compared_.for_candidates();
    const auto greedy = GreedyDeterminant::of(kernel_, *similarity);
    terms.each_list(log_quality(candidates), [&](const extra::CandidateTerms::List& list) {
      explain_list(list, *greedy, terms);
    });
    return terms.explanation();
  }

 private:
  // ln q^2, float64 [B, K], -inf at padding.
  at::Tensor log_quality(const CandidateBatch& candidates) const {
    const at::Tensor worth = extra::relevance(candidates, params_.relevance);
    if (params_.quality == Quality::exponential) {
      const double alpha = params_.theta / (2 * (1 - params_.theta));
      return (worth * (2 * alpha)).masked_fill(candidates.item < 0, kLowest);
    }
    extra::expect_no_negative(worth, candidates, "dpp");
    return worth.clamp_min(0).log() * 2;
  }

  at::Tensor places_on_gpu(const at::Tensor& item, const at::Tensor& quality, int64_t n) const {
    const at::Tensor unit = compared_.unit_on_gpu().index_select(0, item.clamp_min(0).flatten());
    return places_by_determinant(item, quality, unit.view({item.size(0), item.size(1), -1}),
                                 kernel_, n);
  }

  static void explain_list(const extra::CandidateTerms::List& list, GreedyDeterminant& greedy,
                           extra::CandidateTerms& terms) {
    if (list.items.empty()) return;
    const double most = *std::ranges::max_element(list.worth);
    greedy.begin(list.items, list.worth, std::ssize(list.items));
    for (GreedyDeterminant::Pick pick = greedy.next(); pick.place >= 0; pick = greedy.next()) {
      const double volume = std::exp(list.worth[pick.place] - most);
      terms.base(list, pick.place, volume);
      for (size_t at = 0; at < greedy.above().size(); ++at)
        terms.add(list, pick.place, greedy.above()[at], -volume * greedy.taken()[at]);
    }
  }

  static constexpr double kLowest = -std::numeric_limits<double>::infinity();
  Params params_;
  Kernel kernel_;
  extra::ItemComparison compared_;
};

}  // namespace
}  // namespace assay::dpp

ASSAY_PLUGINS(assay::plugin<assay::dpp::Dpp>({
    .name = "dpp",
    .doc = "Determinantal point process: the slate whose items are relevant and span the largest "
           "volume, found greedily.",
    .paper = "Chen, Zhang & Zhou 2018, Fast Greedy MAP Inference for Determinantal Point Process "
             "to Improve Recommendation Diversity (NeurIPS)",
}))
