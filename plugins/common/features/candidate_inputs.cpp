#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/zeros.h>
#include <assay/extra/features/candidate_inputs.h>
#include <assay/extra/interactions/pair_weights.h>
#include <assay/extra/lists/score_scaling.h>

#include <limits>

namespace assay::extra {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

// The categories of some items, one entry for each: `owner` is the place in `items`.
struct Categories {
  at::Tensor owner;     // int64 [entries]
  at::Tensor category;  // int64 [entries]
};

Categories categories_of(const Feature& feature, const at::Tensor& items) {
  if (feature.type == FeatureType::set) {
    const Ragged sets = feature.sets.select(items);
    return {sets.row_index(), sets.values};
  }
  const at::Tensor category = feature.values.index_select(0, items).to(at::kLong);
  const at::Tensor known = (category >= 0).nonzero().flatten();
  return {known, category.index_select(0, known)};
}

// float64 [B, categories]: the share of each request's history that has the category.
at::Tensor profile(const Feature& feature, const History& history) {
  const Categories found = categories_of(feature, history.values);
  const at::Tensor request = history.row_index();
  at::Tensor share = history_totals(history).reciprocal().index_select(0, request);
  if (history.weight) share = share * history.weight->to(at::kDouble);
  at::Tensor shares = at::zeros({history.rows() * feature.cardinality}, share.options());
  shares.index_add_(0, request.index_select(0, found.owner) * feature.cardinality + found.category,
                    share.index_select(0, found.owner));
  return shares;
}

// Unknown where the score is.
at::Tensor within_request(const at::Tensor& score) {
  const at::Tensor known = score.isfinite();
  return between_worst_and_best(score, known).masked_fill(~known, kUnknown);
}

at::Tensor discounted_place(const at::Tensor& like) {
  const at::Tensor place = at::arange(like.size(1), like.options().dtype(at::kDouble));
  return (place + 2).log2().reciprocal().expand_as(like);
}

}  // namespace

at::Tensor category_affinity(const Feature& feature, const History& history,
                             const at::Tensor& item) {
  const at::Tensor items = item.clamp_min(0).flatten();
  const Categories found = categories_of(feature, items);
  const at::Tensor request = found.owner.floor_divide(std::max<int64_t>(1, item.size(1)));
  const at::Tensor share =
      profile(feature, history).index_select(0, request * feature.cardinality + found.category);
  at::Tensor sum = at::zeros({items.size(0)}, share.options()).index_add_(0, found.owner, share);
  const at::Tensor count = at::zeros({items.size(0)}, share.options())
                               .index_add_(0, found.owner, share.new_ones(share.sizes()));
  const at::Tensor nothing = (history.lengths() == 0).unsqueeze(1);
  return (sum / count)
      .view_as(item)
      .masked_fill(nothing, kUnknown);  // 0 / 0 where the candidate has none
}

std::vector<CandidateInput> candidate_inputs(const RequestBatch& requests,
                                             const CandidateBatch& candidates,
                                             const std::vector<std::string>& sources,
                                             const std::vector<const Feature*>& affinities) {
  const auto source_count = candidates.source_score ? candidates.source_score->size(2) : 0;
  const at::Tensor score = candidates.score.to(at::kDouble);
  std::vector<CandidateInput> inputs = {{"score", score},
                                        {"score_relative", within_request(score)},
                                        {"place", discounted_place(score)}};
  for (size_t s = 0; s < sources.size(); ++s) {
    const auto place = static_cast<int64_t>(s);
    const at::Tensor own = place < source_count
                               ? candidates.source_score->select(2, place).to(at::kDouble)
                               : at::full_like(score, kUnknown);
    inputs.push_back({"source:" + sources[s], own});
    inputs.push_back({"source_relative:" + sources[s], within_request(own)});
  }
  for (const Feature* feature : affinities) {
    inputs.push_back({"affinity:" + feature->name,
                      category_affinity(*feature, requests.history, candidates.item)});
  }
  return inputs;
}

}  // namespace assay::extra
