#include <assay/extra/lists/choose_each_list.h>
#include <assay/extra/lists/relevance.h>
#include <assay/extra/similarity/candidate_terms.h>
#include <assay/extra/similarity/item_comparison.h>
#include <assay/plugin.h>

#include <algorithm>
#include <vector>

#include "maximal_marginal_relevance.h"

namespace assay::mmr {
namespace {

/// Maximal marginal relevance: each place goes to the candidate that is best and least like those
/// above it.
///
///     argmax over i of  lambda relevance(i) - (1 - lambda) max over j above of similarity(i, j)
///
/// The similarity is a cosine of items: of the sets of users that were positive about them, of a
/// feature, or of the vectors of another model.
///
/// explain() says what a candidate had at its place: lambda relevance(i), less the likest item above
/// it.
class Mmr : public RerankStrategy {
 public:
  struct Params {
    double lambda = 0.7;
    extra::Comparison similarity = extra::Comparison::co_occurrence;
    std::string feature;
    extra::Relevance relevance = extra::Relevance::minmax;
  };
  static void describe(ParamList<Params>& p) {
    p.add("lambda", &Params::lambda,
          "Trade-off of relevance and dissimilarity: 1: relevance only; 0: dissimilarity only.")
        .range(0, 1);
    extra::describe_comparison(p);
    extra::describe_relevance(p, &Params::relevance);
  }
  explicit Mmr(const Params& params)
      : params_(params), compared_("mmr", params.similarity, params.feature) {}

  void fit(const TrainingView& data, LabelledCandidates&, FitContext& ctx) override {
    compared_.fit(data, ctx);
  }

  CandidateBatch rerank(const RequestBatch&, const CandidateBatch& candidates, int64_t n,
                        const ServeContext&) const override {
    const at::Device device = candidates.item.device();
    const at::Tensor worth = extra::relevance(candidates, params_.relevance);
    if (!device.is_cpu() && compared_.unit_on_gpu().defined())
      return pick(candidates, places_on_gpu(candidates.item, worth, n));
    // Sets are compared on the CPU: each pick waits for the one before, and counting members in
    // common is scattered reading that would leave a GPU idle.
    return extra::choose_each_list(candidates, worth, n, [&] {
      return [&, similarity = compared_.for_candidates()](const extra::ListToChoose& list) {
        pick_by_marginal_relevance(list.items, list.worth, params_.lambda, *similarity,
                                   list.places);
      };
    });
  }

  std::optional<Explanation> explain(const RequestBatch&, const CandidateBatch& candidates,
                                     const ServeContext&) const override {
    extra::CandidateTerms terms(candidates);
    const auto similarity = compared_.for_candidates();
    terms.each_list(
        extra::relevance(candidates, params_.relevance),
        [&](const extra::CandidateTerms::List& list) { explain_list(list, *similarity, terms); });
    return terms.explanation();
  }

  void save(Archive& archive) const override { compared_.save(archive); }
  void load(const Archive& archive, const LoadContext& ctx) override {
    compared_.load(archive, ctx);
  }

 private:
  void explain_list(const extra::CandidateTerms::List& list, extra::CandidateSimilarity& similarity,
                    extra::CandidateTerms& terms) const {
    std::vector<int64_t> placed(list.items.size());
    pick_by_marginal_relevance(list.items, list.worth, params_.lambda, similarity, placed);
    std::vector<double> similar(placed.size());
    for (size_t pick = 0; pick < placed.size(); ++pick) {
      const int64_t own = placed[pick];
      terms.base(list, own, params_.lambda * list.worth[own]);
      if (pick == 0) continue;
      const std::span<const int64_t> above(placed.data(), pick);
      similarity.similarities(own, above, similar.data());
      const auto likest =
          std::max_element(similar.begin(), similar.begin() + static_cast<int64_t>(pick));
      terms.add(list, own, above[likest - similar.begin()], -(1 - params_.lambda) * *likest);
    }
  }

  at::Tensor places_on_gpu(const at::Tensor& item, const at::Tensor& worth, int64_t n) const {
    const at::Tensor unit = compared_.unit_on_gpu().index_select(0, item.clamp_min(0).flatten());
    return places_by_marginal_relevance(item, worth, unit.view({item.size(0), item.size(1), -1}),
                                        params_.lambda, n);
  }

  Params params_;
  extra::ItemComparison compared_;
};

}  // namespace
}  // namespace assay::mmr

ASSAY_PLUGINS(assay::plugin<assay::mmr::Mmr>({
    .name = "mmr",
    .doc = "Maximal marginal relevance: trades off the relevance of a candidate and its similarity "
           "to the items above it.",
    .paper = "Carbonell & Goldstein 1998, The Use of MMR, Diversity-Based Reranking for Reordering "
             "Documents and Producing Summaries",
}))
