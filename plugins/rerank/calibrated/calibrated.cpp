#include <assay/extra/features/item_categories.h>
#include <assay/extra/lists/choose_each_list.h>
#include <assay/extra/lists/relevance.h>
#include <assay/plugin.h>

#include <string>
#include <vector>

#include "calibration.h"

namespace assay::calibrated {
namespace {

/// Serves categories in the shares in which a user likes them: each place goes to the candidate with
/// which the slate has the most relevance and diverges least from the shares of categories in the
/// history; without a history, from those of all users together.
class Calibrated : public RerankStrategy {
 public:
  struct Params {
    double lambda = 0.5;
    std::string feature;
    Repeats repeats = Repeats::once;
    extra::Relevance relevance = extra::Relevance::minmax;
  };
  static void describe(ParamList<Params>& p) {
    p.add("lambda", &Params::lambda,
          "Trade-off of relevance and calibration: 0: relevance only; 1: calibration only.")
        .range(0, 1);
    p.add("feature", &Params::feature,
          "The item feature whose categories are calibrated, a category or a set; may be empty "
          "where "
          "items have only one such feature.")
        .feature_of("item", {"category", "set"});
    p.repeats(&Params::repeats);
    extra::describe_relevance(p, &Params::relevance);
  }
  explicit Calibrated(const Params& params) : params_(params) {}

  void fit(const TrainingView& data, LabelledCandidates&, FitContext& ctx) override {
    categories_ = {ctx.features().item, "calibrated", params_.feature};
    interests_ = {data, categories_, params_.repeats};
  }
  void save(Archive& archive) const override { interests_.save(archive); }
  void load(const Archive& archive, const LoadContext& ctx) override {
    categories_ = {ctx.features->item, "calibrated", params_.feature};
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
        pick_calibrated(list.items, list.worth, categories_, own, params_.lambda, list.places);
      };
    });
  }

 private:
  Params params_;
  extra::ItemCategories categories_;
  extra::CategoryInterests interests_;
};

}  // namespace
}  // namespace assay::calibrated

ASSAY_PLUGINS(assay::plugin<assay::calibrated::Calibrated>({
    .name = "calibrated",
    .doc = "Serves categories in the shares in which they stand in a user's history.",
    .paper = "Steck 2018, Calibrated Recommendations (RecSys)",
}))
