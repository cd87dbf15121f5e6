#include <assay/extra/features/item_categories.h>
#include <assay/extra/lists/choose_each_list.h>
#include <assay/plugin.h>

#include <algorithm>
#include <span>
#include <vector>

namespace {

/// At most so many items of each category in a slate (upper bounds as in Celis, Straszak & Vishnoi
/// 2018).
///
/// Candidates are taken in the order they came; one that would be too many of a category is passed
/// over. Of an item with several categories all count. Items without one are never passed over.
/// Places that are left at the end go to those that were, in their order, unless `strict` leaves
/// them empty.
class CategoryQuota : public assay::RerankStrategy {
 public:
  struct Params {
    std::string feature;
    int64_t at_most = 3;
    bool strict = false;
  };
  static void describe(assay::ParamList<Params>& p) {
    p.add("feature", &Params::feature,
          "The item feature whose categories are counted, a category or a set; may be empty where "
          "items have only one such feature.")
        .feature_of("item", {"category", "set"});
    p.add("at_most", &Params::at_most,
          "Maximum number of items of one category in a slate: smaller gives more categories.")
        .unit("items")
        .range(1, 1e6);
    p.add("strict", &Params::strict, "Serves a shorter slate rather than exceeding the quota.");
  }
  explicit CategoryQuota(const Params& params) : params_(params) {}

  void fit(const assay::TrainingView&, assay::LabelledCandidates&,
           assay::FitContext& ctx) override {
    prepare(ctx.features().item);
  }
  void load(const assay::Archive&, const assay::LoadContext& ctx) override {
    prepare(ctx.features->item);
  }

  assay::CandidateBatch rerank(const assay::RequestBatch&, const assay::CandidateBatch& candidates,
                               int64_t n, const assay::ServeContext&) const override {
    return assay::extra::choose_each_list(candidates, n, [&] {
      return [&, taken = std::vector<int64_t>(static_cast<size_t>(categories_.count()), 0)](
                 const assay::extra::ListToChoose& list) mutable {
        choose(list.items, taken, list.places);
        std::ranges::fill(taken, 0);
      };
    });
  }

 private:
  void prepare(const assay::FeatureTable& items) {
    categories_ = {items, "category_quota", params_.feature};
  }

  void choose(std::span<const int64_t> items, std::vector<int64_t>& taken,
              std::span<int64_t> places) const {
    std::vector<int64_t> passed;
    size_t chosen = 0;
    for (size_t at = 0; at < items.size() && chosen < places.size(); ++at) {
      const std::span<const int64_t> of_item = categories_[items[at]];
      const bool full = std::ranges::any_of(
          of_item, [&](int64_t category) { return taken[category] >= params_.at_most; });
      if (full) {
        passed.push_back(static_cast<int64_t>(at));
        continue;
      }
      for (const int64_t category : of_item) ++taken[category];
      places[chosen++] = static_cast<int64_t>(at);
    }
    if (params_.strict) return;
    const size_t left = std::min(passed.size(), places.size() - chosen);
    std::copy_n(passed.begin(), left, places.begin() + static_cast<int64_t>(chosen));
  }

  Params params_;
  assay::extra::ItemCategories categories_;
};

}  // namespace

ASSAY_PLUGINS(assay::plugin<CategoryQuota>({
    .name = "category_quota",
    .doc = "Limits the number of items of each category in a slate: diversity by a simple rule.",
    .paper = "Celis, Straszak & Vishnoi 2018, Ranking with Fairness Constraints",
}))
