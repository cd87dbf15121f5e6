#include <ATen/TensorOperators.h>
#include <ATen/ops/constant_pad_nd.h>
#include <assay/extra/interactions/pair_weights.h>
#include <assay/extra/lists/relevance.h>
#include <assay/plugin.h>

#include <algorithm>
#include <limits>

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Takes from the worth of a candidate in proportion to its popularity, so that less known items
/// rise (popularity compensation, Zhu et al. 2021, section 5.1).
///
///     worth(j) = relevance(j) - penalty * log(1 + users of j) / log(1 + users of the most popular)
///
/// With weights of event types a user counts as much as the strongest event with the item. It is
/// users that count here, so that repeats need no setting.
class PopularityPenalty : public assay::RerankStrategy {
 public:
  struct Params {
    double penalty = 0.2;
    assay::extra::Relevance relevance = assay::extra::Relevance::minmax;
  };
  static void describe(assay::ParamList<Params>& p) {
    p.add("penalty", &Params::penalty,
          "Penalty of the most popular item, in units of relevance: 0 keeps the order, larger "
          "raises rare items.")
        .range(0, 1e6);
    assay::extra::describe_relevance(p, &Params::relevance);
  }
  explicit PopularityPenalty(const Params& params)
      : penalty_(params.penalty), relevance_(params.relevance) {}

  void fit(const assay::TrainingView& data, assay::LabelledCandidates&,
           assay::FitContext& ctx) override {
    const at::Tensor known = assay::extra::item_totals(data, assay::Repeats::once).log1p();
    const double most = known.numel() == 0 ? 0 : known.max().item<double>();
    popularity_ = (known / (most > 0 ? most : 1)).to(ctx.device());
  }

  assay::CandidateBatch rerank(const assay::RequestBatch&, const assay::CandidateBatch& candidates,
                               int64_t n, const assay::ServeContext&) const override {
    const at::Tensor popularity =
        popularity_.index_select(0, candidates.item.clamp_min(0).flatten())
            .view_as(candidates.item);
    const at::Tensor worth =
        assay::extra::relevance(candidates, relevance_) - popularity * penalty_;
    const auto [sorted, order] = worth.sort(/*stable=*/true, /*dim=*/1, /*descending=*/true);
    const at::Tensor place = order.masked_fill(sorted == -kInfinity, -1).slice(1, 0, n);
    return assay::pick(
        candidates, at::constant_pad_nd(place, {0, std::max<int64_t>(0, n - place.size(1))}, -1));
  }

  void save(assay::Archive& archive) const override { archive.put("popularity", popularity_); }
  void load(const assay::Archive& archive, const assay::LoadContext& ctx) override {
    popularity_ = archive.tensor("popularity").to(ctx.device);
  }

 private:
  double penalty_;
  assay::extra::Relevance relevance_;
  at::Tensor popularity_;  // float64 [N], 0 for nobody's item to 1 for the most popular
};

}  // namespace

ASSAY_PLUGINS(assay::plugin<PopularityPenalty>({
    .name = "popularity_penalty",
    .doc = "Subtracts the logarithm of popularity from the score: trades off accuracy and novelty.",
    .paper = "Zhu, He, Zhao, Zhang, Wang & Caverlee 2021, Popularity-Opportunity Bias in "
             "Collaborative Filtering",
}))
