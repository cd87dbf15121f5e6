#include <assay/extra/interactions/pair_weights.h>
#include <assay/extra/lists/choose_each_list.h>
#include <assay/extra/lists/relevance.h>
#include <assay/extra/similarity/item_similarity.h>
#include <assay/plugin.h>

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
class Mmr : public RerankStrategy {
 public:
  enum class Similarity { co_occurrence, feature, vectors };
  struct Params {
    double lambda = 0.7;
    Similarity similarity = Similarity::co_occurrence;
    std::string feature;
    extra::Relevance relevance = extra::Relevance::minmax;
  };
  static void describe(ParamList<Params>& p) {
    p.add("lambda", &Params::lambda,
          "Trade-off of relevance and dissimilarity: 1: relevance only; 0: dissimilarity only.")
        .range(0, 1);
    p.choice("similarity", &Params::similarity,
             {{"co_occurrence", Similarity::co_occurrence},
              {"feature", Similarity::feature},
              {"vectors", Similarity::vectors}},
             "Similarity of two items: cosine of their users (`co_occurrence`), the item feature "
             "named by `feature`, or the `vectors` of the input `model`.");
    p.add("feature", &Params::feature,
          "With similarity: feature, the item feature to compare: a category (equal or not), a set "
          "or a vector (cosine).")
        .feature_of("item", {"category", "set", "vector"});
    extra::describe_relevance(p, &Params::relevance);
    p.input("model", PluginKind::recall,
            "With similarity: vectors, a fitted strategy whose item vectors are used.");
  }
  explicit Mmr(const Params& params) : params_(params) {}

  void fit(const TrainingView& data, LabelledCandidates&, FitContext& ctx) override {
    if (params_.similarity == Similarity::co_occurrence) {
      extra::expect_no_weights(data, "mmr", "compares items by the sets of their users");
      users_ = data.by_item;
    }
    members_ = data.users;
    prepare(ctx.features(), ctx.inputs());
  }

  CandidateBatch rerank(const RequestBatch&, const CandidateBatch& candidates, int64_t n,
                        const ServeContext&) const override {
    const at::Device device = candidates.item.device();
    const at::Tensor worth = extra::relevance(candidates, params_.relevance);
    if (!device.is_cpu() && unit_.defined())
      return pick(candidates, places_on_gpu(candidates.item, worth, n));
    // Sets are compared on the CPU: each pick waits for the one before, and counting members in
    // common is scattered reading that would leave a GPU idle.
    return extra::choose_each_list(candidates, worth, n, [&] {
      return [&, similarity = similarity_->for_candidates()](const extra::ListToChoose& list) {
        pick_by_marginal_relevance(list.items, list.worth, params_.lambda, *similarity,
                                   list.places);
      };
    });
  }

  void save(Archive& archive) const override {
    archive.put_text("members", std::to_string(members_));
    if (users_.rows() > 0) archive.put_ragged("users", users_);
  }
  void load(const Archive& archive, const LoadContext& ctx) override {
    members_ = std::stoll(archive.text("members"));
    if (params_.similarity == Similarity::co_occurrence) users_ = archive.ragged("users");
    prepare(*ctx.features, *ctx.inputs);
  }

 private:
  void prepare(const Features& features, const Inputs& inputs) {
    switch (params_.similarity) {
      case Similarity::vectors:
        return compare_by_vectors(inputs);
      case Similarity::feature:
        similarity_ = extra::ItemSimilarity::of_feature(feature(features.item));
        return;
      case Similarity::co_occurrence:
        similarity_ = extra::ItemSimilarity::of_sets(users_, members_);
    }
  }

  const Feature& feature(const FeatureTable& items) const {
    if (params_.feature.empty()) {
      throw InvalidInput(
          "mmr: similarity: feature needs the name of a feature; set `feature` to a category, set "
          "or vector of the items.");
    }
    return items.at(params_.feature);
  }

  void compare_by_vectors(const Inputs& inputs) {
    const VectorModel* const model = inputs.at("model").vectors();
    if (model == nullptr) {
      throw InvalidInput(
          "mmr: the strategy that `model` names has no item vectors. Name one that scores by "
          "vectors, or use similarity: co_occurrence.");
    }
    similarity_ = extra::ItemSimilarity::of_vectors(model->item_vectors());
    if (!model->item_vectors().is_cpu()) unit_ = extra::unit_rows(model->item_vectors());
  }

  at::Tensor places_on_gpu(const at::Tensor& item, const at::Tensor& worth, int64_t n) const {
    const at::Tensor unit = unit_.index_select(0, item.clamp_min(0).flatten());
    return places_by_marginal_relevance(item, worth, unit.view({item.size(0), item.size(1), -1}),
                                        params_.lambda, n);
  }

  Params params_;
  Ragged users_;  // of each item, where they are what is compared
  int64_t members_ = 0;
  at::Tensor unit_;  // float64 [N, D] on a GPU, else undefined
  std::shared_ptr<const extra::ItemSimilarity> similarity_;
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
