#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// What a reranker compares items by: users in common, a feature, or the vectors of another model.

#include <assay/context.h>
#include <assay/extra/similarity/item_similarity.h>
#include <assay/params.h>

#include <memory>
#include <string>

namespace assay::extra {

enum class Comparison { co_occurrence, feature, vectors };

/// Declares `similarity` and `feature`, members of the same names, and the input `model`.
template <typename P>
void describe_comparison(ParamList<P>& p) {
  p.choice("similarity", &P::similarity,
           {{"co_occurrence", Comparison::co_occurrence},
            {"feature", Comparison::feature},
            {"vectors", Comparison::vectors}},
           "Similarity of two items: cosine of their users (`co_occurrence`), the item feature "
           "named by `feature`, or the `vectors` of the input `model`.");
  p.add("feature", &P::feature,
        "With similarity: feature, the item feature to compare: a category (equal or not), a set "
        "or a vector (cosine).")
      .feature_of("item", {"category", "set", "vector"});
  p.input("model", PluginKind::recall,
          "With similarity: vectors, a fitted strategy whose item vectors are used.");
}

/// How alike items are, as a reranker was told to compare them. An item of which nothing is known
/// (no vector, no category, nobody's) is unlike any other; a fit notes how many of the window have
/// no vector.
class ItemComparison {
 public:
  /// @param who      the strategy, for messages
  /// @param feature  its name, with Comparison::feature
  ItemComparison(std::string who, Comparison by, std::string feature)
      : who_(std::move(who)), by_(by), feature_(std::move(feature)) {}

  /// Throws InvalidInput where there is nothing to compare by: no such feature, one without a
  /// measure, no model, or one without vectors.
  void fit(const TrainingView& data, FitContext& ctx);
  void save(Archive& archive) const;
  void load(const Archive& archive, const LoadContext& ctx);

  /// For one request after another, on the CPU. Valid as long as this object is.
  std::unique_ptr<CandidateSimilarity> for_candidates() const {
    return similarity_->for_candidates();
  }
  /// float64 [N, D], rows of length 1 (or 0) where items are compared by vectors that lie on a GPU,
  /// else undefined.
  const at::Tensor& unit_on_gpu() const { return unit_; }

 private:
  void prepare(const Features& features, const Inputs& inputs);
  void warn_of_missing(const TrainingView& data, FitContext& ctx) const;

  std::string who_;
  Comparison by_;
  std::string feature_;
  Ragged users_;  // of each item, where they are what is compared
  int64_t members_ = 0;
  at::Tensor vectors_;  // [N, D], where they are what is compared
  at::Tensor unit_;
  std::shared_ptr<const ItemSimilarity> similarity_;
};

/// float [N, D] on any device, NaN where an item has none: the item vectors of the input `model`, or
/// the values of the item feature named `feature`. Throws InvalidInput where there are none.
at::Tensor vectors_of_items(const std::string& who, Comparison by, const std::string& feature,
                            const Features& features, const Inputs& inputs);

}  // namespace assay::extra
