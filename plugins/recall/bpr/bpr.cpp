#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>
#include <assay/extra/factors/pair_blocks.h>
#include <assay/extra/fits/epochs.h>
#include <assay/extra/interactions/pair_weights.h>
#include <assay/extra/interactions/ragged_spans.h>
#include <assay/plugin.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "pair_model.h"

namespace assay::bpr {
namespace {

std::vector<std::vector<int32_t>> ascending_positives(const TrainingView& data) {
  const extra::RaggedSpans by_user(data.by_user);
  std::vector<std::vector<int32_t>> positives(static_cast<size_t>(data.users));
  for (int64_t user = 0; user < by_user.size(); ++user) {
    positives[user].assign(by_user[user].begin(), by_user[user].end());
    std::ranges::sort(positives[user]);
  }
  return positives;
}

/// Factors of users and items, learnt so that each user's positives come before the others
/// (Rendle et al. 2009), by stochastic gradient descent:
///
///     score(u, j) = x_u . y_j + b_j
///
/// Users and items are dealt into strata at random in every epoch, and a pair's negative comes from
/// the stratum of its item: see extra/factors/pair_blocks.h. So several threads learn without locks,
/// with the same bits as one. A user without a positive in training gets an empty list.
class Bpr : public RecallStrategy, private VectorModel {
 public:
  struct Params {
    int64_t factors = 64;
    int64_t epochs = 100;
    double learning_rate = 0.05;
    double lambda = 0.01;
    Negatives negatives = Negatives::uniform;
    int64_t draws = 1;
    bool bias = true;
    Repeats repeats = Repeats::once;
    double initial_deviation = 0.1;
    int64_t patience = 0;
    int64_t validate_every = 5;
  };
  static void describe(ParamList<Params>& p);
  explicit Bpr(const Params& params) : params_(params) {}

  static bool validates(const Params& params) { return params.patience > 0; }

  /// Padded factors, and the same again as they are served; pairs as they came and as they are
  /// dealt, with the positives of each user to search in.
  static MemoryUse memory(const DataSizes& sizes, const Params& params) {
    const int64_t row = 4 * (params.factors + 16);
    const int64_t rows = sizes.users + sizes.items;
    const int64_t best = params.patience > 0 ? row * rows : 0;
    return {.fit = 2 * row * rows + best + (2 * 12 + 4) * sizes.positives + 24 * sizes.users,
            .serve = row * rows};
  }

  void fit(const TrainingView& data, FitContext& ctx) override;

  CandidateBatch recall(const RequestBatch& requests, int64_t k,
                        const ServeContext& ctx) const override;

  const VectorModel* vectors() const override { return this; }
  at::Tensor item_vectors() const override { return items_; }
  at::Tensor query_vectors(const RequestBatch& requests, const ServeContext&) const override {
    return users_.index_select(0, requests.user.clamp_min(0)) *
           is_known(requests).unsqueeze(1).to(at::kFloat);
  }

  void save(Archive& archive) const override {
    archive.put("users", users_);
    archive.put("items", items_);
    archive.put("known", known_);
  }
  void load(const Archive& archive, const LoadContext& ctx) override {
    users_ = archive.tensor("users").to(ctx.device);
    items_ = archive.tensor("items").to(ctx.device);
    known_ = archive.tensor("known").to(ctx.device);
  }

 private:
  struct Best {
    double value = -std::numeric_limits<double>::infinity();
    int64_t epoch = 0;
    at::Tensor users, items;
  };
  int64_t epochs(const FitContext& ctx) const;
  bool is_better(Best& best, int64_t epoch, FitContext& ctx) const;
  void serve(const PairModel& model, const at::Device& device) {
    users_ = model.user_vectors().to(device);
    items_ = model.item_vectors().to(device);
  }
  // bool [B]
  at::Tensor is_known(const RequestBatch& requests) const {
    return known_.index_select(0, requests.user.clamp_min(0)).logical_and(requests.user.ge(0));
  }

  Params params_;
  at::Tensor users_;  // float32 [U, factors + bias]
  at::Tensor items_;  // float32 [N, factors + bias]
  at::Tensor known_;  // bool [U], has a positive in training
};

void Bpr::describe(ParamList<Params>& p) {
  p.add("factors", &Params::factors,
        "Number of latent factors: more fit finer differences and need memory and time.")
      .range(1, 4096);
  p.add("epochs", &Params::epochs,
        "Passes over the positives, a step each. With patience above 0 the most there may be.")
      .unit("epochs")
      .range(1, 100000);
  p.add("learning_rate", &Params::learning_rate,
        "Size of a step: larger learns faster and may diverge; 0.01 to 0.1 is usual.")
      .range(1e-6, 10);
  p.add("lambda", &Params::lambda,
        "L2 penalty of a step on the rows that it touches: larger generalises better from few "
        "events, smaller fits many.")
      .range(0, 10);
  p.choice("negatives", &Params::negatives,
           {{"uniform", Negatives::uniform}, {"popularity", Negatives::popularity}},
           "Draws the other item of a pair uniformly, as in the paper, or in proportion to its "
           "positives, which favours rare items.");
  p.add("draws", &Params::draws,
        "Items drawn for each pair, of which the one with the user's highest score is the negative "
        "(Zhang et al. 2013): more say more than what the model knows already, and cost a dot "
        "product "
        "each; 1 is the paper's.")
      .unit("items")
      .range(1, 1000);
  p.add("bias", &Params::bias, "A bias of each item, which learns its popularity.");
  p.repeats(&Params::repeats);
  p.add("initial_deviation", &Params::initial_deviation,
        "Standard deviation of the normally distributed initial factors.")
      .range(1e-9, 10);
  p.add("patience", &Params::patience,
        "Stops once so many validations in a row have not improved on the best one, whose factors "
        "are kept. 0 learns for all epochs and needs no validation window.")
      .unit("validations")
      .range(0, 10000);
  p.add("validate_every", &Params::validate_every, "With patience: epochs between validations.")
      .unit("epochs")
      .range(1, 10000);
}

// A final refit learns for as long as the fit that validated found best.
int64_t Bpr::epochs(const FitContext& ctx) const {
  if (ctx.trial()) return 1;
  const int64_t chosen = extra::chosen_number(ctx, "epochs");
  return chosen > 0 ? chosen : params_.epochs;
}

// Keeps what is better than before; NaN, where nothing can be chosen, never is.
bool Bpr::is_better(Best& best, int64_t epoch, FitContext& ctx) const {
  const double value = ctx.validate();
  if (!(value > best.value)) return false;
  best = {value, epoch, users_, items_};
  return true;
}

void Bpr::fit(const TrainingView& data, FitContext& ctx) {
  known_ = data.by_user.lengths().gt(0);
  PairModel model({.factors = params_.factors,
                   .learning_rate = params_.learning_rate,
                   .lambda = params_.lambda,
                   .initial_deviation = params_.initial_deviation,
                   .negatives = params_.negatives,
                   .draws = params_.draws,
                   .bias = params_.bias});
  model.draw(data.users, data.items, ctx.generator());
  const std::vector<std::vector<int32_t>> positives = ascending_positives(data);
  extra::PairBlocks blocks(data, extra::pair_weights(data, params_.repeats).by_user,
                           ctx.generator().current_seed());
  const int64_t last = epochs(ctx);
  const bool choosing = validates(params_) && ctx.chosen("epochs").empty();
  Best best;
  int64_t worse = 0;
  double loss = 0;
  for (int64_t epoch = 1; epoch <= last && !ctx.stop_requested(); ++epoch) {
    const double before = loss;
    loss = model.learn(blocks, positives, epoch);
    extra::expect_finite({epoch, loss, before}, params_.learning_rate, "bpr");
    ctx.note_step("loss", epoch, loss);
    ctx.progress(epoch, last);
    if (!choosing || (epoch % params_.validate_every != 0 && epoch != last)) continue;
    serve(model, ctx.device());
    worse = is_better(best, epoch, ctx) ? 0 : worse + 1;
    if (worse >= params_.patience) break;
  }
  ctx.note("loss", extra::shown(loss));
  serve(model, ctx.device());
  known_ = known_.to(ctx.device());
  if (best.epoch == 0) return;
  users_ = best.users;
  items_ = best.items;
  ctx.note("chosen.epochs", std::to_string(best.epoch));
}

CandidateBatch Bpr::recall(const RequestBatch& requests, int64_t k, const ServeContext& ctx) const {
  CandidateBatch best = top_k_dot(query_vectors(requests, ctx), items_, k, requests);
  extra::leave_empty(best, is_known(requests).logical_not());
  return best;
}

}  // namespace
}  // namespace assay::bpr

ASSAY_PLUGINS(assay::plugin<assay::bpr::Bpr>({
    .name = "bpr",
    .doc =
        "Matrix factorisation that learns to put a user's positives before other items; fast, and "
        "a baseline of most papers.",
    .paper = "Rendle, Freudenthaler, Gantner & Schmidt-Thieme 2009, BPR: Bayesian Personalized "
             "Ranking from Implicit Feedback; Zhang, Chen, Wang & Yu 2013, Optimizing Top-N "
             "Collaborative "
             "Filtering via Dynamic Negative Item Sampling (SIGIR)",
    .traits = {.draws_in_fit = true, .validates = true},
}))
