#include <ATen/ops/full.h>
#include <assay/extra/features/protected_items.h>
#include <assay/extra/lists/choose_each_list.h>
#include <assay/extra/lists/relevance.h>
#include <assay/plugin.h>

#include <algorithm>
#include <string>
#include <vector>

#include "exposure_mix.h"

namespace assay::fair_exposure {
namespace {

/// Exposes two groups of items fairly on average: of two rankings one is drawn, with the probability
/// with which exposure is fair and expected relevance the largest there is. Propensities are exact.
class FairExposure : public RerankStrategy {
 public:
  struct Params {
    Fairness fairness = Fairness::parity;
    std::string feature;
    std::vector<std::string> protected_values;
    extra::Relevance relevance = extra::Relevance::minmax;
  };
  static void describe(ParamList<Params>& p) {
    p.choice("fairness", &Params::fairness,
             {{"parity", Fairness::parity},
              {"treatment", Fairness::treatment},
              {"impact", Fairness::impact}},
             "What the two groups are equal in: their mean exposure (`parity`), the same in "
             "proportion to their mean relevance (`treatment`), or mean exposure times relevance "
             "in that proportion (`impact`).");
    extra::describe_protected(p);
    extra::describe_relevance(p, &Params::relevance);
  }
  explicit FairExposure(const Params& params) : params_(params) {}

  void fit(const TrainingView&, LabelledCandidates&, FitContext& ctx) override {
    prepare(ctx.features().item);
  }
  void load(const Archive&, const LoadContext& ctx) override { prepare(ctx.features->item); }

  CandidateBatch rerank(const RequestBatch& requests, const CandidateBatch& candidates, int64_t n,
                        const ServeContext& ctx) const override {
    const at::Tensor coins = ctx.uniform(requests, 1).cpu().contiguous();
    const float* const coin = coins.const_data_ptr<float>();
    at::Tensor chances = at::full({candidates.size(), n}, 1, at::kFloat);
    float* const chance = chances.mutable_data_ptr<float>();
    const at::Tensor worth = extra::relevance(candidates, params_.relevance);
    if (params_.fairness != Fairness::parity)
      extra::expect_no_negative(worth, candidates, "fair_exposure");
    CandidateBatch served = extra::choose_each_list(candidates, worth, n, [&] {
      return [&, of_list = std::vector<uint8_t>()](const extra::ListToChoose& list) mutable {
        of_list.clear();
        for (const int64_t item : list.items) of_list.push_back(protected_[item]);
        const Mix mix = fair_mix(list.worth, of_list, n, params_.fairness);
        const bool first = static_cast<double>(coin[list.row]) < mix.weight;
        const std::vector<int64_t>& order = first ? mix.first : mix.second;
        std::ranges::copy(order, list.places.begin());
        const auto parts = std::ranges::mismatch(mix.first, mix.second);
        if (parts.in1 != mix.first.end())
          chance[list.row * n + (parts.in1 - mix.first.begin())] =
              static_cast<float>(first ? mix.weight : 1 - mix.weight);
      };
    });
    served.propensity = chances.to(candidates.item.device());
    return served;
  }

 private:
  void prepare(const FeatureTable& items) {
    protected_ =
        extra::protected_items(items, "fair_exposure", params_.feature, params_.protected_values);
  }

  Params params_;
  std::vector<uint8_t> protected_;  // of each item
};

}  // namespace
}  // namespace assay::fair_exposure

ASSAY_PLUGINS(assay::plugin<assay::fair_exposure::FairExposure>({
    .name = "fair_exposure",
    .doc = "Draws one of two rankings so that two groups of items are exposed fairly on average, "
           "and reports the propensities.",
    .paper = "Singh & Joachims 2018, Fairness of Exposure in Rankings (KDD)",
    .traits = {.draws_in_serving = true},
}))
