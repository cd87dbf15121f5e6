#include <assay/extra/features/protected_items.h>
#include <assay/extra/lists/choose_each_list.h>
#include <assay/plugin.h>

#include <string>
#include <vector>

#include "ranked_group_fairness.h"

namespace assay::fa_ir {
namespace {

/// Every prefix of a slate has so many protected items that a fair draw would seldom have fewer
/// (FA*IR). Candidates are taken in the order they came, which is kept within the protected and
/// within the others.
class FaIr : public RerankStrategy {
 public:
  struct Params {
    double proportion = 0.5;
    double alpha = 0.1;
    bool adjusted = true;
    std::string feature;
    std::vector<std::string> protected_values;
  };
  static void describe(ParamList<Params>& p) {
    p.add("proportion", &Params::proportion,
          "Share of protected items that counts as fair: larger raises more of them.")
        .range(0.001, 0.999);
    p.add("alpha", &Params::alpha,
          "Significance at which a prefix has too few protected items: larger demands more.")
        .range(0.0001, 0.5);
    p.add("adjusted", &Params::adjusted,
          "Tests the prefixes of a slate so that a fair one fails any of them with probability "
          "alpha; without, it fails each with that probability.");
    extra::describe_protected(p);
  }
  explicit FaIr(const Params& params) : params_(params) {}

  void fit(const TrainingView&, LabelledCandidates&, FitContext& ctx) override {
    prepare(ctx.features().item);
  }
  void load(const Archive&, const LoadContext& ctx) override { prepare(ctx.features->item); }

  CandidateBatch rerank(const RequestBatch&, const CandidateBatch& candidates, int64_t n,
                        const ServeContext&) const override {
    const std::vector<int64_t>& minimum = minimum_for(n);
    return extra::choose_each_list(candidates, n, [&] {
      return [&, of_list = std::vector<uint8_t>()](const extra::ListToChoose& list) mutable {
        of_list.clear();
        for (const int64_t item : list.items) of_list.push_back(protected_[item]);
        pick_fairly(of_list, minimum, list.places);
      };
    });
  }

 private:
  void prepare(const FeatureTable& items) {
    protected_ = extra::protected_items(items, "fa_ir", params_.feature, params_.protected_values);
  }

  // Of the slates that are asked for, nearly always all of one length.
  const std::vector<int64_t>& minimum_for(int64_t n) const {
    if (std::ssize(minimum_) != n) {
      const double alpha =
          params_.adjusted ? adjusted_alpha(n, params_.proportion, params_.alpha) : params_.alpha;
      minimum_ = minimum_protected(n, params_.proportion, alpha);
    }
    return minimum_;
  }

  Params params_;
  std::vector<uint8_t> protected_;  // of each item
  mutable std::vector<int64_t> minimum_;
};

}  // namespace
}  // namespace assay::fa_ir

ASSAY_PLUGINS(assay::plugin<assay::fa_ir::FaIr>({
    .name = "fa_ir",
    .doc = "Every prefix of a slate has so many protected items that a fair draw would seldom have "
           "fewer (FA*IR).",
    .paper = "Zehlike, Bonchi, Castillo, Hajian, Megahed & Baeza-Yates 2017, FA*IR: A Fair Top-k "
             "Ranking Algorithm (CIKM)",
}))
