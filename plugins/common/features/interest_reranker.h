#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// Reranking by the categories that users are interested in: all but how a list is picked.

#include <assay/context.h>
#include <assay/extra/features/item_categories.h>
#include <assay/extra/lists/choose_each_list.h>
#include <assay/extra/lists/relevance.h>
#include <assay/params.h>
#include <assay/strategy.h>

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace assay::extra {

struct InterestParams {
  double lambda = 0.5;
  std::string feature;
  Repeats repeats = Repeats::once;
  Relevance relevance = Relevance::minmax;
};

/// Declares them.
/// @param lambda   what the parameter `lambda` trades
/// @param feature  what is done to the categories of `feature`: "covered"
template <typename P>
void describe_interests(ParamList<P>& p, const std::string& lambda, const std::string& feature) {
  p.add("lambda", &P::lambda, lambda).range(0, 1);
  p.add("feature", &P::feature,
        "The item feature whose categories are " + feature +
            ", a category or a set; may be empty where items have only one such feature.")
      .feature_of("item", {"category", "set"});
  p.repeats(&P::repeats);
  describe_relevance(p, &P::relevance);
}

/// A reranker that knows the shares of categories in each history; without a history, those of all
/// users together.
class InterestReranker : public RerankStrategy {
 public:
  using Params = InterestParams;

  /// @param who  the strategy, for errors
  InterestReranker(std::string who, const Params& params) : who_(std::move(who)), params_(params) {}

  void fit(const TrainingView& data, LabelledCandidates&, FitContext& ctx) override {
    categories_ = {ctx.features().item, who_, params_.feature};
    interests_ = {data, categories_, params_.repeats};
  }
  void save(Archive& archive) const override { interests_.save(archive); }
  void load(const Archive& archive, const LoadContext& ctx) override {
    categories_ = {ctx.features->item, who_, params_.feature};
    interests_.load(archive);
  }

  CandidateBatch rerank(const RequestBatch& requests, const CandidateBatch& candidates, int64_t n,
                        const ServeContext&) const override {
    const std::vector<double> wanted = interests_.of(requests, categories_, params_.repeats);
    const auto count = static_cast<size_t>(categories_.count());
    const at::Tensor worth = relevance(candidates, params_.relevance);
    return choose_each_list(candidates, worth, n, [&] {
      return [&](const ListToChoose& list) {
        const size_t first = static_cast<size_t>(list.row) * count;
        pick(list, categories_, {wanted.data() + first, count}, params_.lambda);
      };
    });
  }

 protected:
  /// Fills the places of one list, from several threads.
  /// @param wanted  the share of each category, [categories.count()]
  virtual void pick(const ListToChoose& list, const ItemCategories& categories,
                    std::span<const double> wanted, double lambda) const = 0;

 private:
  std::string who_;
  Params params_;
  ItemCategories categories_;
  CategoryInterests interests_;
};

}  // namespace assay::extra
