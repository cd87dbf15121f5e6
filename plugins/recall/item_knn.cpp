#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <assay/extra/interactions/co_occurrence.h>
#include <assay/extra/interactions/pair_weights.h>
#include <assay/extra/neighbours/item_weights.h>
#include <assay/extra/neighbours/nearest_neighbours.h>
#include <assay/plugin.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace {

using assay::extra::CoOccurrenceRow;
using assay::extra::Neighbour;

/// Item-based nearest neighbours (Sarwar et al. 2001, section 3; shrinkage as in Bell & Koren
/// 2007).
///
///     similarity(i, j) = c_ij / (sqrt(c_ii c_jj) + shrinkage),  c_ij = sum over u of x_ui x_uj
///     score(u, j) = sum over i in the history of u of x_ui similarity(i, j)
///
/// where x_ui is what a pair counts (pair_weights.h): 1, so that c_ij is how many users were
/// positive about both; with repeats: each, or with weights of event types, more or less. An item is
/// no neighbour of itself. All in float64; counts are integers and the sums of a request run along
/// its history, so lists repeat bit for bit in any batch.
class ItemKnn : public assay::RecallStrategy {
 public:
  enum class NeighboursPer { target, source };
  struct Params {
    int64_t neighbours = 100;
    NeighboursPer neighbours_per = NeighboursPer::target;
    bool include_self = false;
    double shrinkage = 0;
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
    assay::extra::describe_shrinkage(p, &Params::shrinkage, "users");
    p.repeats(&Params::repeats);
    assay::extra::describe_rounding(p, &Params::round_decimals, "Scores and similarities");
  }
  explicit ItemKnn(const Params& params) : params_(params), round_(params.round_decimals) {}

  /// A target and a weight for each kept neighbour, twice while they are turned from targets to
  /// sources. There are at most as many pairs as users bring together.
  static assay::MemoryUse memory(const assay::DataSizes& sizes, const Params& params) {
    constexpr double kEntry = sizeof(int32_t) + sizeof(double);
    const auto items = static_cast<double>(sizes.items);
    const double limit = params.neighbours > 0 ? static_cast<double>(params.neighbours) : items;
    const double pairs = std::min(items * std::min(limit, items), sizes.squared_lengths);
    const bool turned = params.neighbours > 0 && params.neighbours_per == NeighboursPer::target;
    const auto kept = static_cast<int64_t>(kEntry * pairs) + 8 * sizes.items;
    return {.fit = (turned ? 2 : 1) * kept + 12 * sizes.items, .serve = kept};
  }

  void fit(const assay::TrainingView& data, assay::FitContext& ctx) override {
    const assay::extra::PairWeights pairs = assay::extra::pair_weights(data, params_.repeats);
    squares_ = squares(data, pairs);
    assay::extra::ItemWeights chosen = room_for_neighbours(data, pairs);
    fill(data, pairs, chosen);
    // What was chosen for each target is served by source. Without a limit the matrix is symmetric.
    const bool turn = params_.neighbours > 0 && params_.neighbours_per == NeighboursPer::target;
    if (turn) chosen = chosen.transposed();
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
  int64_t kept(int64_t others) const {
    if (params_.neighbours == 0) return others;
    return std::min(others, params_.neighbours - (params_.include_self ? 1 : 0));
  }

  // Of each item c_ii; without weights how many users it has.
  static at::Tensor squares(const assay::TrainingView& data,
                            const assay::extra::PairWeights& pairs) {
    if (!pairs.by_item) return data.by_item.lengths().cpu().to(at::kDouble);
    return at::zeros({data.items}, at::kDouble)
        .index_add_(0, data.by_item.row_index().cpu(), pairs.by_item->to(at::kDouble).square());
  }

  // How many neighbours each item has is counted first, so that all of them lie in one block of
  // memory.
  assay::extra::ItemWeights room_for_neighbours(const assay::TrainingView& data,
                                                const assay::extra::PairWeights& pairs) const {
    assay::extra::ItemWeights weights;
    weights.offsets = at::zeros({data.items + 1}, at::kLong);
    int64_t* const offsets = weights.offsets.mutable_data_ptr<int64_t>();
    assay::extra::for_each_co_occurrence(data, pairs, [&](const CoOccurrenceRow& row) {
      if (!row.others.empty()) offsets[row.item + 1] = kept(std::ssize(row.others) - 1);
    });
    for (int64_t item = 0; item < data.items; ++item) offsets[item + 1] += offsets[item];
    weights.target = at::empty({offsets[data.items]}, at::kInt);
    weights.weight = at::empty({offsets[data.items]}, at::kDouble);
    return weights;
  }

  void fill(const assay::TrainingView& data, const assay::extra::PairWeights& pairs,
            const assay::extra::ItemWeights& weights) const {
    const int64_t* const offsets = weights.offsets.const_data_ptr<int64_t>();
    int32_t* const target = weights.target.mutable_data_ptr<int32_t>();
    double* const weight = weights.weight.mutable_data_ptr<double>();
    assay::extra::for_each_co_occurrence(data, pairs, [&](const CoOccurrenceRow& row) {
      int64_t at = offsets[row.item];
      for (const Neighbour& neighbour : neighbours(row, offsets[row.item + 1] - at)) {
        target[at] = neighbour.id;
        weight[at++] = neighbour.similarity;
      }
    });
  }

  std::vector<Neighbour> neighbours(const CoOccurrenceRow& row, int64_t count) const {
    std::vector<Neighbour> all;
    all.reserve(row.others.size());
    for (const int32_t other : row.others) {
      if (other == row.item) continue;
      const double similarity = this->similarity(row.item, other, row.of(other));
      all.push_back({other, similarity, round_(similarity)});
    }
    assay::extra::keep_nearest(all, count);
    return all;
  }

  double similarity(int64_t item, int64_t other, double common) const {
    const double* const square = squares_.const_data_ptr<double>();
    return common / (std::sqrt(square[item] * square[other]) + params_.shrinkage);
  }

  Params params_;
  assay::extra::Rounding round_;
  at::Tensor squares_;  // float64 [N], on the CPU, while fitting
  assay::extra::ItemWeights weights_;
};

}  // namespace

ASSAY_PLUGINS(assay::plugin<ItemKnn>({
    .name = "item_knn",
    .doc = "Item-based nearest neighbours: cosine similarity of item columns, summed over the "
           "history.",
    .paper = "Sarwar, Karypis, Konstan & Riedl 2001, Item-Based Collaborative Filtering "
             "Recommendation Algorithms",
    .traits = {.additive = true},
}))
