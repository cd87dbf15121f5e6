#include <assay/extra/interactions/co_occurrence.h>
#include <assay/extra/interactions/pair_weights.h>
#include <assay/extra/neighbours/item_weights_recall.h>
#include <assay/extra/neighbours/nearest_neighbours.h>
#include <assay/extra/threads/fit_progress.h>
#include <assay/plugin.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "column.h"
#include "pool.h"
#include "residuals.h"

namespace {

using assay::extra::Neighbour;
using assay::slim::Pairs;

/// Sparse linear models (Ning & Karypis 2011, equation 3): every item is predicted from the others
/// with weights that are not negative,
///
///     w_j = argmin 1/2 |x_j - X w|^2 + l2/2 |w|^2 + l1 sum w,  w >= 0, w_jj = 0
///     score(u, j) = sum over i in the history of u of x_ui w_ij
///
/// where X is the matrix of positives (of ones, or of what each pair counts: pair_weights.h). With n
/// users scikit-learn's ElasticNet has alpha = (l1 + l2) / n and l1_ratio = l1 / (l1 + l2).
///
/// Columns are learnt in parallel by coordinate descent (Friedman et al. 2010): the best weight of
/// item i, with the others fixed, is max(0, (x_i . e_i - l1) / (G_ii + l2)), where e_i is what the
/// others leave of x_j and G = X'X. Since no weight and no entry of G is negative, only items with
/// G_ij > l1 can have one. After a sweep over all of them, sweeps over the items with a weight
/// alternate with a whole one until nothing changes.
///
/// How x_i . e_i is known is a matter of cost, not of the result. `users`: the residual e of each
/// user is kept; a step costs the users of the item. `gram`: the products with all items are kept,
/// and a step adds a row of G, which is stored whole; right where items have more users than there
/// are items.
class Slim : public assay::extra::ItemWeightsRecall {
 public:
  enum class Residuals { users, gram };
  struct Params {
    double l1 = 1;
    double l2 = 10;
    int64_t candidates = 0;
    int64_t neighbours = 100;
    double tolerance = 1e-4;
    int64_t sweeps = 100;
    Residuals residuals = Residuals::users;
    double max_memory_gib = 8;
    assay::Repeats repeats = assay::Repeats::once;
    int64_t round_decimals = 10;
  };
  static void describe(assay::ParamList<Params>& p) {
    p.add("l1", &Params::l1,
          "L1 penalty: an item that shares no more users than this with another has no weight for "
          "it; larger makes the model sparser and the fit faster.")
        .unit("users")
        .range(0, 1e9)
        .tune_log(1e-3, 100);
    p.add("l2", &Params::l2,
          "L2 penalty: larger shrinks the weights and spreads them over similar items.")
        .unit("users")
        .range(1e-9, 1e9)
        .tune_log(1e-1, 1e4);
    p.add("candidates", &Params::candidates,
          "Each item is predicted from so many most similar items by cosine only (fsSLIM, section "
          "IV.C); fewer make the fit faster. 0: from all.")
        .unit("items")
        .at_least(0);
    p.add("neighbours", &Params::neighbours,
          "Largest weights that are kept of each predicted item; fewer save memory. 0: all.")
        .unit("items")
        .at_least(0);
    p.add("tolerance", &Params::tolerance,
          "A column is done when no weight changes by more than this in a sweep.")
        .range(1e-15, 1);
    p.add("sweeps", &Params::sweeps,
          "A column is done after so many sweeps in any case; the note `unfinished` counts these.")
        .range(1, 1e9);
    p.choice(
        "residuals", &Params::residuals, {{"users", Residuals::users}, {"gram", Residuals::gram}},
        "What coordinate descent keeps: the residual of each `users`, best for sparse data; or "
        "products with the `gram` matrix of all items, which it needs N x N numbers for, best "
        "for few items with many users. The weights agree within `tolerance`.");
    p.add("max_memory_gib", &Params::max_memory_gib,
          "Memory limit: an error before fitting if residuals: gram needs more.")
        .unit("GiB")
        .range(0.001, 1e6);
    p.repeats(&Params::repeats);
    assay::extra::describe_rounding(p, &Params::round_decimals, "Scores");
  }
  explicit Slim(const Params& params)
      : ItemWeightsRecall(params.repeats, params.round_decimals), params_(params) {}

  void fit(const assay::TrainingView& data, assay::FitContext& ctx) override;

 private:
  void expect_room(int64_t items) const;
  std::vector<int32_t> candidates(const assay::extra::CoOccurrenceRow& row,
                                  std::span<const double> squares) const;
  // `make` gives each thread its own residuals.
  template <typename MakeResiduals>
  void learn(const assay::TrainingView& data, const assay::extra::PairWeights& weights,
             const Pairs& pairs, assay::FitContext& ctx, const MakeResiduals& make);

  Params params_;
};

void Slim::expect_room(int64_t items) const {
  const double count = static_cast<double>(items);
  const double gib = 8 * count * count / (1 << 30);
  if (params_.residuals == Residuals::users || gib <= params_.max_memory_gib) return;
  char text[300];
  std::snprintf(text, sizeof text,
                "slim: residuals: gram needs %.1f GiB for %lld items (a matrix of %lld x %lld "
                "float64), and max_memory_gib is %g. Use residuals: users, keep fewer items (data: "
                "filter), or raise max_memory_gib where the machine has the memory.",
                gib, static_cast<long long>(items), static_cast<long long>(items),
                static_cast<long long>(items), params_.max_memory_gib);
  throw assay::InvalidInput(text);
}

// Ascending.
std::vector<int32_t> Slim::candidates(const assay::extra::CoOccurrenceRow& row,
                                      std::span<const double> squares) const {
  std::vector<Neighbour> all;
  for (const int32_t other : row.others) {
    const double common = row.of(other);
    if (other == row.item || common <= params_.l1) continue;
    const double cosine = common / std::sqrt(squares[row.item] * squares[other]);
    all.push_back({other, cosine, round()(cosine)});
  }
  if (params_.candidates > 0) assay::extra::keep_nearest(all, params_.candidates);
  std::vector<int32_t> items;
  for (const Neighbour& one : all) items.push_back(one.id);
  std::ranges::sort(items);
  return items;
}

void Slim::fit(const assay::TrainingView& data, assay::FitContext& ctx) {
  expect_room(data.items);
  const assay::extra::PairWeights weights = assay::extra::pair_weights(data, repeats());
  const Pairs pairs(data, weights);
  if (params_.residuals == Residuals::gram) {
    const at::Tensor gram = assay::extra::co_occurrence_matrix(data, weights, at::kDouble);
    learn(data, weights, pairs, ctx, [&] { return assay::slim::GramResiduals(gram); });
  } else {
    learn(data, weights, pairs, ctx, [&] { return assay::slim::UserResiduals(pairs); });
  }
}

template <typename MakeResiduals>
void Slim::learn(const assay::TrainingView& data, const assay::extra::PairWeights& weights,
                 const Pairs& pairs, assay::FitContext& ctx, const MakeResiduals& make) {
  using Learner = assay::slim::Column<decltype(make())>;
  const assay::slim::ColumnSettings settings{
      .l1 = params_.l1, .l2 = params_.l2, .tolerance = params_.tolerance, .sweeps = params_.sweeps};
  assay::extra::FitProgress progress(data.items, ctx);
  std::atomic<int64_t> unfinished = 0;
  assay::extra::ItemWeightRows columns(data.items);
  assay::slim::Pool<Learner> learners(
      [&] { return std::make_unique<Learner>(settings, pairs, make()); });
  assay::extra::for_each_co_occurrence(data, weights, [&](const auto& row) {
    if (!progress.next()) return;
    const std::vector<int32_t> items = candidates(row, pairs.squares);
    auto learner = learners.take();
    if (!learner->learn(static_cast<int32_t>(row.item), items)) ++unfinished;
    std::vector<Neighbour> sources;
    for (size_t n = 0; n < items.size(); ++n) {
      const double weight = learner->weights()[n];
      if (weight > 0) sources.push_back({items[n], weight, round()(weight)});
    }
    learners.give(std::move(learner));
    if (params_.neighbours > 0) assay::extra::keep_nearest(sources, params_.neighbours);
    columns.set(row.item, sources);
  });
  ctx.note("unfinished", std::to_string(unfinished));
  keep(columns.take().transposed(), ctx);
}

}  // namespace

ASSAY_PLUGINS(assay::plugin<Slim>({
    .name = "slim",
    .doc = "Sparse linear model: each item is predicted from the others by an elastic net with "
           "weights that are not negative; strong on sparse data and easy to explain.",
    .paper = "Ning & Karypis 2011, SLIM: Sparse Linear Methods for Top-N Recommender Systems",
    .traits = {.additive = true},
}))
