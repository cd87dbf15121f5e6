#include <assay/extra/features/interest_reranker.h>
#include <assay/plugin.h>

#include <span>

#include "calibration.h"

namespace assay::calibrated {
namespace {

/// Serves categories in the shares in which a user likes them: each place goes to the candidate with
/// which the slate has the most relevance and diverges least from the shares of categories in the
/// history; without a history, from those of all users together.
class Calibrated : public extra::InterestReranker {
 public:
  using Params = extra::InterestParams;
  static void describe(ParamList<Params>& p) {
    extra::describe_interests(
        p, "Trade-off of relevance and calibration: 0: relevance only; 1: calibration only.",
        "calibrated");
  }
  explicit Calibrated(const Params& params) : InterestReranker("calibrated", params) {}

 private:
  void pick(const extra::ListToChoose& list, const extra::ItemCategories& categories,
            std::span<const double> wanted, double lambda) const override {
    pick_calibrated(list.items, list.worth, categories, wanted, lambda, list.places);
  }
};

}  // namespace
}  // namespace assay::calibrated

ASSAY_PLUGINS(assay::plugin<assay::calibrated::Calibrated>({
    .name = "calibrated",
    .doc = "Serves categories in the shares in which they stand in a user's history.",
    .paper = "Steck 2018, Calibrated Recommendations (RecSys)",
}))
