#include <assay/extra/features/item_categories.h>
#include <assay/extra/lists/choose_each_list.h>
#include <assay/extra/lists/relevance.h>
#include <assay/plugin.h>

#include <string>
#include <vector>

#include "explicit_aspects.h"

namespace assay::xquad {
namespace {

/// Covers the categories that a user is interested in: each place goes to the candidate that is most
/// relevant and has categories which are wanted and not yet served (xQuAD, with categories of items
/// for the aspects of a query). What is wanted are the shares of categories in the history; without
/// a history, those of all users together.
class Xquad : public RerankStrategy {
 public:
  struct Params {
    double lambda = 0.5;
    std::string feature;
    Repeats repeats = Repeats::once;
    extra::Relevance relevance = extra::Relevance::minmax;
  };
  static void describe(ParamList<Params>& p) {
    p.add("lambda", &Params::lambda,
          "Trade-off of relevance and coverage: 0: relevance only; 1: coverage only.")
        .range(0, 1);
    p.add("feature", &Params::feature,
          "The item feature whose categories are covered, a category or a set; may be empty where "
          "items have only one such feature.")
        .feature_of("item", {"category", "set"});
    p.repeats(&Params::repeats);
    extra::describe_relevance(p, &Params::relevance);
  }
  explicit Xquad(const Params& params) : params_(params) {}

  void fit(const TrainingView& data, LabelledCandidates&, FitContext& ctx) override {
    categories_ = {ctx.features().item, "xquad", params_.feature};
    interests_ = {data, categories_, params_.repeats};
  }
  void save(Archive& archive) const override { interests_.save(archive); }
  void load(const Archive& archive, const LoadContext& ctx) override {
    categories_ = {ctx.features->item, "xquad", params_.feature};
    interests_.load(archive);
  }

  CandidateBatch rerank(const RequestBatch& requests, const CandidateBatch& candidates, int64_t n,
                        const ServeContext&) const override {
    const std::vector<double> wanted = interests_.of(requests, categories_, params_.repeats);
    const auto count = static_cast<size_t>(categories_.count());
    const at::Tensor worth = extra::relevance(candidates, params_.relevance);
    return extra::choose_each_list(candidates, worth, n, [&] {
      return [&](const extra::ListToChoose& list) {
        const std::span<const double> own(wanted.data() + static_cast<size_t>(list.row) * count,
                                          count);
        pick_by_aspects(list.items, list.worth, categories_, own, params_.lambda, list.places);
      };
    });
  }

 private:
  Params params_;
  extra::ItemCategories categories_;
  extra::CategoryInterests interests_;
};

}  // namespace
}  // namespace assay::xquad

ASSAY_PLUGINS(assay::plugin<assay::xquad::Xquad>({
    .name = "xquad",
    .doc = "Covers the categories that a user is interested in, each with less need the more of it "
           "stands above (xQuAD).",
    .paper =
        "Santos, Macdonald & Ounis 2010, Exploiting Query Reformulations for Web Search Result "
        "Diversification (WWW)",
}))
