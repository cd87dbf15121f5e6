#include <ATen/TensorOperators.h>
#include <ATen/ops/exp2.h>
#include <ATen/ops/zeros.h>
#include <assay/extra/features/choose_feature.h>
#include <assay/extra/interactions/pair_weights.h>
#include <assay/extra/interactions/ragged_spans.h>
#include <assay/extra/neighbours/equal_scores.h>
#include <assay/extra/neighbours/history_terms.h>
#include <assay/extra/neighbours/rounding.h>
#include <assay/extra/neighbours/tiles.h>
#include <assay/extra/threads/parallel.h>
#include <assay/plugin.h>

#include <algorithm>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "item_vectors.h"

namespace assay::content {
namespace {

constexpr double kDay = 86'400'000'000;  // in microseconds

const std::vector<FeatureType> kTypes = {FeatureType::category, FeatureType::set, FeatureType::text,
                                         FeatureType::vector};

/// Items like those in the history, by what is known of them (Pazzani & Billsus 2007):
///
///     profile(u) = sum over i in the history of u of x_ui decay(i) v_i
///     score(u, j) = cosine(profile(u), v_j)
///
/// v_i is of length 1 and puts the item's features end to end (item_vectors.h): tf-idf of categories,
/// sets and words of texts, and given vectors. decay halves every half_life_days, seen from the
/// latest event of the history; a history that comes without times does not decay. Nothing is learnt
/// from events, so items without any are recommended like the others.
///
/// A request gets no candidates where its history is empty, where nothing is known of its items, and
/// where all items that may be served have the same score.
class Content : public RecallStrategy, private VectorModel {
 public:
  struct Params {
    std::vector<std::string> features;
    std::vector<double> weights;
    int64_t min_items = 1;
    double half_life_days = 0;
    Repeats repeats = Repeats::once;
    int64_t round_decimals = 10;
  };
  static void describe(ParamList<Params>& p);
  explicit Content(const Params& params) : params_(params), round_(params.round_decimals) {}

  static bool needs_time(const Params& params) { return params.half_life_days > 0; }

  void fit(const TrainingView& data, FitContext& ctx) override;

  CandidateBatch recall(const RequestBatch& requests, int64_t k,
                        const ServeContext&) const override {
    return extra::top_k_in_tiles(counted(requests), vectors_.items(), k,
                                 [&](const RequestBatch& tile) { return scores(tile); });
  }

  /// An item of the history adds its cosine with the candidate, times its share of the profile.
  std::optional<Explanation> explain(const RequestBatch& requests, const CandidateBatch& candidates,
                                     const ServeContext&) const override;

  /// Where all features are vectors.
  const VectorModel* vectors() const override { return vectors_.terms() == 0 ? this : nullptr; }
  at::Tensor item_vectors() const override { return vectors_.dense(); }
  at::Tensor query_vectors(const RequestBatch& requests, const ServeContext&) const override;

  void save(Archive& archive) const override { vectors_.save(archive); }
  void load(const Archive& archive, const LoadContext&) override {
    vectors_ = ItemVectors::load(archive);
  }

 private:
  std::vector<Part> parts(const FeatureTable& items) const;
  RequestBatch counted(const RequestBatch& requests) const;
  at::Tensor scores(const RequestBatch& requests) const;
  // Calls body(row, profile) for each request, on several threads.
  template <typename Body>
  void each_profile(const RequestBatch& requests, const Body& body) const;

  Params params_;
  extra::Rounding round_;
  ItemVectors vectors_;
};

void Content::describe(ParamList<Params>& p) {
  p.add("features", &Params::features,
        "Names of the item features that are compared: categories, sets, texts, vectors. Empty: "
        "all of these types.");
  p.add("weights", &Params::weights,
        "How much each of `features` counts, in their order; each feature is of length 1 before. "
        "Empty: all the same.")
      .range(0, 1e6);
  p.add("min_items", &Params::min_items,
        "Categories, members of sets and words of fewer items than this are left out: larger "
        "saves memory and forgets names and misspellings.")
      .unit("items")
      .range(1, 1e9)
      .tune_log(1, 20);
  p.add("half_life_days", &Params::half_life_days,
        "An item of the history counts half as much as one that is so much younger; short follows "
        "the latest interests. 0: all count the same, whatever their age.")
      .unit("days")
      .range(0, 1e6);
  p.repeats(&Params::repeats);
  extra::describe_rounding(p, &Params::round_decimals, "Scores");
}

std::vector<Part> Content::parts(const FeatureTable& items) const {
  if (!params_.weights.empty() && params_.weights.size() != params_.features.size()) {
    throw InvalidInput("content: weights has " + std::to_string(params_.weights.size()) +
                       " numbers and features has " + std::to_string(params_.features.size()) +
                       " names; give each of the features one weight, or leave weights out.");
  }
  std::vector<Part> all;
  for (size_t n = 0; n < params_.features.size(); ++n) {
    const std::string& name = params_.features[n];
    if (std::ranges::count(params_.features, name) > 1)
      throw InvalidInput("content: features names \"" + name + "\" twice; name it once.");
    const Feature& feature = extra::choose_feature(
        items, {.who = "content", .of = "item", .name = name, .types = kTypes});
    all.push_back({&feature, params_.weights.empty() ? 1 : params_.weights[n]});
  }
  if (!params_.features.empty()) return all;
  for (const Feature& feature : items.columns)
    if (std::ranges::find(kTypes, feature.type) != kTypes.end()) all.push_back({&feature, 1});
  if (!all.empty()) return all;
  throw InvalidInput(
      "content: items have no category, set, text or vector feature; add a feature file for "
      "items.");
}

void Content::fit(const TrainingView& data, FitContext& ctx) {
  const std::vector<Part> used = parts(ctx.features().item);
  if (std::ranges::all_of(used, [](const Part& part) { return part.weight == 0; }))
    throw InvalidInput("content: all weights are 0; give at least one feature a weight above 0.");
  vectors_ = ItemVectors(used, data.items, params_.min_items);
  std::string names;
  for (const Part& part : used) names += (names.empty() ? "" : ", ") + part.feature->name;
  ctx.note("features", names);
  ctx.note("terms", std::to_string(vectors_.terms()));
  ctx.note("non_zeros", std::to_string(vectors_.non_zeros()));
  ctx.note("items_without_features", std::to_string(vectors_.unknown()));
}

// Histories with what their items count: weights, repeats and age. Only shares matter to a cosine,
// so ages are seen from the latest event of each history: nothing vanishes in an old one.
RequestBatch Content::counted(const RequestBatch& requests) const {
  RequestBatch aged = requests;
  History& history = aged.history;
  if (params_.half_life_days > 0 && history.time_us && history.values.size(0) > 0) {
    const at::Tensor times = history.time_us->cpu().to(at::kDouble);
    const at::Tensor row = history.row_index().cpu();
    at::Tensor latest = at::zeros({history.rows()}, at::kDouble);
    latest.scatter_reduce_(0, row, times, "amax", /*include_self=*/false);
    const at::Tensor age = (latest.index_select(0, row) - times) / kDay;
    const at::Tensor share = at::exp2(-age / params_.half_life_days).to(at::kFloat);
    history.weight = history.weight ? history.weight->cpu() * share : share;
  }
  aged.history = extra::counted_history(history, params_.repeats);
  return aged;
}

template <typename Body>
void Content::each_profile(const RequestBatch& requests, const Body& body) const {
  const extra::WeightedSpans history(requests.history, requests.history.weight);
  extra::parallel_blocks(requests.size(), extra::kRequestsPerBlock,
                         [&](int64_t first, int64_t last) {
                           ItemVectors::Profile profile(vectors_);
                           std::vector<float> weight;
                           for (int64_t row = first; row < last; ++row) {
                             weight.clear();
                             for (size_t n = 0; n < history[row].size(); ++n)
                               weight.push_back(history.weight(row, n));
                             profile.set(history[row], weight);
                             body(row, profile);
                           }
                         });
}

// float64 [requests, N]; -inf everywhere in rows of which nothing is known.
at::Tensor Content::scores(const RequestBatch& requests) const {
  const int64_t items = vectors_.items();
  at::Tensor result = at::zeros({requests.size(), items}, at::kDouble);
  double* const to = result.mutable_data_ptr<double>();
  const extra::EqualScores all_equal(requests);
  each_profile(requests, [&](int64_t row, const ItemVectors::Profile& profile) {
    const std::span<double> own(to + row * items, static_cast<size_t>(items));
    if (profile.length() > 0) {
      profile.cosines(own);
      round_(own);
    }
    if (profile.length() == 0 || all_equal(row, items, [&](int64_t item) { return own[item]; }))
      std::ranges::fill(own, -std::numeric_limits<double>::infinity());
  });
  return result;
}

at::Tensor Content::query_vectors(const RequestBatch& requests, const ServeContext&) const {
  const int64_t width = vectors_.dense().size(1);
  at::Tensor result = at::zeros({requests.size(), width}, at::kFloat);
  float* const to = result.mutable_data_ptr<float>();
  each_profile(counted(requests), [&](int64_t row, const ItemVectors::Profile& profile) {
    if (profile.length() == 0) return;
    std::ranges::transform(profile.dense(), to + row * width, [&](double value) {
      return static_cast<float>(value / profile.length());
    });
  });
  return result;
}

std::optional<Explanation> Content::explain(const RequestBatch& requests,
                                            const CandidateBatch& candidates,
                                            const ServeContext&) const {
  const RequestBatch weighted = counted(requests);
  std::vector<double> length(static_cast<size_t>(requests.size()));
  each_profile(weighted, [&](int64_t row, const ItemVectors::Profile& profile) {
    length[row] = profile.length();
  });
  const extra::WeightedSpans history(weighted.history, weighted.history.weight);
  const at::Tensor items = candidates.item.cpu().contiguous();
  extra::HistoryTerms terms;
  for (int64_t at = 0; at < items.numel(); ++at) {
    const int64_t item = items.const_data_ptr<int64_t>()[at];
    const int64_t row = at / candidates.width();
    if (item < 0 || length[row] == 0) continue;
    for (size_t n = 0; n < history[row].size(); ++n) {
      const int64_t past = history[row][n];
      const double value = vectors_.cosine(past, item) * history.weight(row, n) / length[row];
      if (value != 0) terms.add(at, past, value);
    }
  }
  return terms.explanation(candidates);
}

}  // namespace
}  // namespace assay::content

ASSAY_PLUGINS(assay::plugin<assay::content::Content>({
    .name = "content",
    .doc = "Items with features like those of the history: tf-idf of categories, sets and texts, "
           "and given vectors; recommends items that nobody has touched yet.",
    .paper = "Pazzani & Billsus 2007, Content-Based Recommendation Systems; Salton & Buckley 1988, "
             "Term-Weighting Approaches in Automatic Text Retrieval",
    .traits = {.needs_time = true, .additive = true, .cpu_only = true},
}))
