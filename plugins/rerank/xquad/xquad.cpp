#include <assay/extra/features/interest_reranker.h>
#include <assay/plugin.h>

#include <span>

#include "explicit_aspects.h"

namespace assay::xquad {
namespace {

/// Covers the categories that a user is interested in: each place goes to the candidate that is most
/// relevant and has categories which are wanted and not yet served (xQuAD, with categories of items
/// for the aspects of a query). What is wanted are the shares of categories in the history; without
/// a history, those of all users together.
class Xquad : public extra::InterestReranker {
 public:
  using Params = extra::InterestParams;
  static void describe(ParamList<Params>& p) {
    extra::describe_interests(
        p, "Trade-off of relevance and coverage: 0: relevance only; 1: coverage only.", "covered");
  }
  explicit Xquad(const Params& params) : InterestReranker("xquad", params) {}

 private:
  void pick(const extra::ListToChoose& list, const extra::ItemCategories& categories,
            std::span<const double> wanted, double lambda) const override {
    pick_by_aspects(list.items, list.worth, categories, wanted, lambda, list.places);
  }
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
