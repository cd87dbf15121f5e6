#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/zeros.h>
#include <assay/extra/interactions/co_occurrence.h>
#include <assay/extra/interactions/kept_co_occurrence.h>
#include <assay/extra/interactions/pair_values.h>
#include <assay/extra/interactions/pair_weights.h>
#include <assay/extra/interactions/ragged_spans.h>
#include <assay/extra/neighbours/item_weights.h>
#include <assay/extra/neighbours/nearest_neighbours.h>
#include <assay/extra/neighbours/similarity_measures.h>
#include <assay/plugin.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace {

using assay::extra::CoOccurrenceRow;
using assay::extra::CoOccurrences;
using assay::extra::Neighbour;

/// Item-based nearest neighbours (Sarwar et al. 2001, section 3; shrinkage as in Bell & Koren
/// 2007).
///
///     similarity(i, j) = c_ij / (sqrt(c_ii c_jj) + shrinkage),  c_ij = sum over u of x_ui x_uj
///     score(u, j) = sum over i in the history of u of x_ui similarity(i, j)
///
/// That is the cosine; similarity_measures.h has the others. With tf-idf and BM25 c_ij is of weighted
/// pairs, the score sums over x_ui all the same.
///
/// where x_ui is what a pair counts (pair_weights.h): 1, so that c_ij is how many users were
/// positive about both; with repeats: each, or with weights of event types, more or less. An item is
/// no neighbour of itself. All in float64; counts are integers and the sums of a request run along
/// its history, so lists repeat bit for bit in any batch.
class ItemKnn : public assay::RecallStrategy {
 public:
  enum class NeighboursPer { target, source };
  struct Params : assay::extra::SimilarityParams {
    int64_t neighbours = 100;
    NeighboursPer neighbours_per = NeighboursPer::target;
    bool include_self = false;
    bool normalise = false;
    assay::Repeats repeats = assay::Repeats::once;
    int64_t round_decimals = 10;
  };
  static void describe(assay::ParamList<Params>& p) {
    p.add("neighbours", &Params::neighbours,
          "Number of nearest neighbours per item; fewer reduce noise and memory, more retrieve "
          "rare items. 0: all.")
        .unit("items")
        .at_least(0);
    p.choice("neighbours_per", &Params::neighbours_per,
             {{"target", NeighboursPer::target}, {"source", NeighboursPer::source}},
             "Side on which neighbours are kept. `target`: those of each candidate item, so that "
             "every item can be retrieved (RecBole). `source`: those of each item of the history, "
             "which favours popular items (LensKit, WarpRec, implicit, RecTools).");
    p.add("include_self", &Params::include_self,
          "The item itself counts as one of its neighbours, so one other neighbour fewer is kept "
          "(implicit, RecTools).");
    p.add(
        "normalise", &Params::normalise,
        "The kept similarities of each item are divided by their sum, on the side where neighbours "
        "are kept. With `target` a score is the share of an item's neighbourhood that is in the "
        "history, which retrieves rarer items (BARS).");
    assay::extra::describe_similarity(p, "items", "users");
    p.repeats(&Params::repeats);
    assay::extra::describe_rounding(p, &Params::round_decimals, "Scores and similarities");
    p.part("counts", {"similarity", "idf", "k1", "b", "repeats"},
           "What each pair of items has in common: counted once for a grid over the others.");
  }
  explicit ItemKnn(const Params& params)
      : params_(params), round_(params.round_decimals), measure_(params, "item_knn") {}

  /// A target and a weight for each kept neighbour, twice while they are turned from targets to
  /// sources. There are at most as many pairs as users bring together. The part is mapped, not held.
  static assay::MemoryUse memory(const assay::DataSizes& sizes, const Params& params) {
    constexpr double kEntry = sizeof(int32_t) + sizeof(double);
    const auto items = static_cast<double>(sizes.items);
    const double limit = params.neighbours > 0 ? static_cast<double>(params.neighbours) : items;
    const double pairs = std::min(items * std::min(limit, items), sizes.squared_lengths);
    const bool turned = (params.neighbours > 0 || params.normalise) &&
                        params.neighbours_per == NeighboursPer::target;
    const auto kept = static_cast<int64_t>(kEntry * pairs) + 8 * sizes.items;
    const bool weighted = params.similarity == assay::extra::Similarity::tfidf ||
                          params.similarity == assay::extra::Similarity::bm25;
    const int64_t values = weighted ? 16 * sizes.positives : 0;
    return {.fit = (turned ? 2 : 1) * kept + 12 * sizes.items + values, .serve = kept};
  }

  void fit_part(const std::string&, const assay::TrainingView& data, assay::FitContext&,
                assay::Archive& part) const override {
    const Pairs pairs = pairs_of(data);
    keep_co_occurrence(counting(data, pairs), data.items, part);
  }

  void fit(const assay::TrainingView& data, assay::FitContext& ctx) override {
    const Pairs pairs = pairs_of(data);
    const Rows rows = [&](const assay::extra::EachCoOccurrences& body) {
      for_each_kept(ctx.inputs().part("counts"), counting(data, pairs), body);
    };
    squares_ = squares(data, pairs);
    // What is chosen for each target is served by source. Without a limit no side is chosen on.
    rows_are_targets_ = (params_.neighbours > 0 || params_.normalise) &&
                        params_.neighbours_per == NeighboursPer::target;
    assay::extra::ItemWeights chosen = room_for_neighbours(data.items, rows);
    fill(rows, chosen);
    if (rows_are_targets_) chosen = chosen.transposed();
    ctx.note("similarities", std::to_string(chosen.weight.size(0)));
    weights_ = {chosen.offsets.to(ctx.device()), chosen.target.to(ctx.device()),
                chosen.weight.to(ctx.device())};
  }

  assay::CandidateBatch recall(const assay::RequestBatch& requests, int64_t k,
                               const assay::ServeContext&) const override {
    return weights_.recall(assay::extra::counted_requests(requests, params_.repeats), k, round_);
  }

  std::optional<assay::Explanation> explain(const assay::RequestBatch& requests,
                                            const assay::CandidateBatch& candidates,
                                            const assay::ServeContext&) const override {
    return weights_.explain(assay::extra::counted_requests(requests, params_.repeats), candidates);
  }

  void save(assay::Archive& archive) const override { weights_.save(archive); }
  void load(const assay::Archive& archive, const assay::LoadContext& ctx) override {
    weights_ = assay::extra::ItemWeights::load(archive, ctx.device);
  }

 private:
  // What pairs count; with tf-idf and BM25 what the similarity is taken of.
  struct Pairs {
    assay::extra::PairWeights weights;
    std::optional<assay::extra::PairValues> values;
  };

  using Rows = std::function<void(const assay::extra::EachCoOccurrences&)>;

  Pairs pairs_of(const assay::TrainingView& data) const {
    const assay::extra::PairWeights weights = assay::extra::pair_weights(data, params_.repeats);
    return {weights,
            measure_.weighs_terms() ? std::optional(weighted(data, weights)) : std::nullopt};
  }

  // Rows are items, terms users.
  assay::extra::PairValues weighted(const assay::TrainingView& data,
                                    const assay::extra::PairWeights& weights) const {
    const assay::extra::PairTotals total = assay::extra::pair_totals(data, weights);
    const assay::extra::RaggedSpans by_user(data.by_user);
    std::vector<int64_t> items_of_user;
    for (int64_t user = 0; user < data.users; ++user)
      items_of_user.push_back(std::ssize(by_user[user]));
    const assay::extra::TermWeighting weighting(params_, total.of_item, items_of_user);
    return assay::extra::pair_values(data, weights, [&](int64_t user, int64_t item, double x) {
      return weighting(user, x, weighting.damping(total.of_item[item]));
    });
  }

  static assay::extra::CountCoOccurrences counting(const assay::TrainingView& data,
                                                   const Pairs& pairs) {
    return [&](const std::function<void(const CoOccurrenceRow&)>& body) {
      if (pairs.values)
        assay::extra::for_each_co_occurrence(data, *pairs.values, body);
      else
        assay::extra::for_each_co_occurrence(data, pairs.weights, body);
    };
  }

  int64_t kept(int64_t others) const {
    if (params_.neighbours == 0) return others;
    return std::min(others, params_.neighbours - (params_.include_self ? 1 : 0));
  }

  // Of each item c_ii; without weights how many users it has.
  static at::Tensor squares(const assay::TrainingView& data, const Pairs& pairs) {
    if (pairs.values) {
      const std::vector<double>& values = pairs.values->by_item;
      const at::Tensor all =
          at::from_blob(const_cast<double*>(values.data()), {std::ssize(values)}, at::kDouble);
      return at::zeros({data.items}, at::kDouble)
          .index_add_(0, data.by_item.row_index().cpu(), all.square());
    }
    if (!pairs.weights.by_item) return data.by_item.lengths().cpu().to(at::kDouble);
    return at::zeros({data.items}, at::kDouble)
        .index_add_(0, data.by_item.row_index().cpu(),
                    pairs.weights.by_item->to(at::kDouble).square());
  }

  // How many neighbours each item has is counted first, so that all of them lie in one block of
  // memory.
  assay::extra::ItemWeights room_for_neighbours(int64_t items, const Rows& rows) const {
    assay::extra::ItemWeights weights;
    weights.offsets = at::zeros({items + 1}, at::kLong);
    int64_t* const offsets = weights.offsets.mutable_data_ptr<int64_t>();
    rows([&](const CoOccurrences& row) {
      if (!row.others.empty()) offsets[row.item + 1] = kept(std::ssize(row.others) - 1);
    });
    for (int64_t item = 0; item < items; ++item) offsets[item + 1] += offsets[item];
    weights.target = at::empty({offsets[items]}, at::kInt);
    weights.weight = at::empty({offsets[items]}, at::kDouble);
    return weights;
  }

  void fill(const Rows& rows, const assay::extra::ItemWeights& weights) const {
    const int64_t* const offsets = weights.offsets.const_data_ptr<int64_t>();
    int32_t* const target = weights.target.mutable_data_ptr<int32_t>();
    double* const weight = weights.weight.mutable_data_ptr<double>();
    rows([&](const CoOccurrences& row) {
      int64_t at = offsets[row.item];
      for (const Neighbour& neighbour : neighbours(row, offsets[row.item + 1] - at)) {
        target[at] = neighbour.id;
        weight[at++] = neighbour.similarity;
      }
    });
  }

  std::vector<Neighbour> neighbours(const CoOccurrences& row, int64_t count) const {
    const double* const square = squares_.const_data_ptr<double>();
    const double own = square[row.item];
    std::vector<Neighbour> all;
    all.reserve(row.others.size());
    for (size_t n = 0; n < row.others.size(); ++n) {
      const int32_t other = row.others[n];
      if (other == row.item) continue;
      const double similarity = rows_are_targets_ ? measure_(row.entries[n], square[other], own)
                                                  : measure_(row.entries[n], own, square[other]);
      all.push_back({other, similarity, round_(similarity)});
    }
    assay::extra::keep_nearest(all, count);
    if (params_.normalise) normalise(all);
    return all;
  }

  static void normalise(std::vector<Neighbour>& neighbours) {
    double sum = 0;
    for (const Neighbour& one : neighbours) sum += one.similarity;
    if (sum == 0) return;
    for (Neighbour& one : neighbours) one.similarity /= sum;
  }

  Params params_;
  assay::extra::Rounding round_;
  assay::extra::SimilarityMeasure measure_;
  bool rows_are_targets_ = false;
  at::Tensor squares_;  // float64 [N], on the CPU, while fitting
  assay::extra::ItemWeights weights_;
};

}  // namespace

ASSAY_PLUGINS(assay::plugin<ItemKnn>({
    .name = "item_knn",
    .doc = "Item-based nearest neighbours: similarity of item columns (cosine, Jaccard, tf-idf, "
           "BM25), summed over the history.",
    .paper = "Sarwar, Karypis, Konstan & Riedl 2001, Item-Based Collaborative Filtering "
             "Recommendation Algorithms",
    .traits = {.additive = true},
}))
