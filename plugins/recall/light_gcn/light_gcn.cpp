#include <ATen/TensorOperators.h>
#include <ATen/ops/normal.h>
#include <assay/extra/factors/row_adam.h>
#include <assay/extra/fits/epochs.h>
#include <assay/extra/interactions/pair_weights.h>
#include <assay/extra/sampling/split_mix.h>
#include <assay/plugin.h>

#include <algorithm>
#include <limits>

#include "graph.h"
#include "pairwise_loss.h"
#include "triples.h"

namespace assay::light_gcn {
namespace {

constexpr int64_t kTrialSteps = 2;  // of a trial fit

/// Vectors of users and items that are averaged over their neighbourhoods in the graph of positives
/// (He et al. 2020):
///
///     E = mean over l = 0 .. layers of A^l T,   A_ui = 1 / sqrt(n_u n_i)
///     score(u, i) = e_u . e_i
///
/// T is learnt with the loss of BPR by Adam, in batches; each step propagates through the whole graph
/// and back, so an epoch takes as many passes over all pairs as it has batches. Learning runs on the
/// CPU and gives the same bits with any number of threads; serving takes the device. A user without a
/// positive in training gets an empty list.
class LightGcn : public RecallStrategy, private VectorModel {
 public:
  struct Params {
    int64_t factors = 64;
    int64_t layers = 3;
    int64_t epochs = 300;
    int64_t batch_size = 2048;
    double learning_rate = 1e-3;
    double lambda = 1e-4;
    Repeats repeats = Repeats::once;
    double initial_deviation = 0.1;
    int64_t patience = 0;
    int64_t validate_every = 10;
  };
  static void describe(ParamList<Params>& p);
  explicit LightGcn(const Params& params) : params_(params) {}

  static bool validates(const Params& params) { return params.patience > 0; }

  /// The table with Adam's two, its gradient, and what is propagated in between; the graph and the
  /// positives to draw from.
  static MemoryUse memory(const DataSizes& sizes, const Params& params) {
    const int64_t table = 4 * params.factors * (sizes.users + sizes.items);
    const int64_t best = params.patience > 0 ? 2 * table : table;
    return {.fit = 7 * table + best + Graph::bytes(sizes) + 12 * sizes.positives, .serve = table};
  }

  void fit(const TrainingView& data, FitContext& ctx) override;

  CandidateBatch recall(const RequestBatch& requests, int64_t k,
                        const ServeContext& ctx) const override {
    CandidateBatch best = top_k_dot(query_vectors(requests, ctx), items_, k, requests);
    extra::leave_empty(best, is_known(requests).logical_not());
    return best;
  }

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
  /// What learning goes on with.
  struct Learner {
    Graph graph;
    Triples triples;
    int64_t users;
    uint64_t seed;
    at::Tensor table;  // float32 [U + N, factors]
    extra::RowAdam adam;
  };
  Learner learner(const TrainingView& data, FitContext& ctx) const;
  double learn_epoch(Learner& learner, int64_t epoch, const FitContext& ctx) const;
  int64_t epochs(const FitContext& ctx) const;
  void serve(const Learner& learner, const at::Device& device);
  // bool [B]
  at::Tensor is_known(const RequestBatch& requests) const {
    return known_.index_select(0, requests.user.clamp_min(0)).logical_and(requests.user.ge(0));
  }

  Params params_;
  at::Tensor users_;  // float32 [U, factors], propagated
  at::Tensor items_;  // float32 [N, factors]
  at::Tensor known_;  // bool [U], has a positive in training
};

void LightGcn::describe(ParamList<Params>& p) {
  p.add("factors", &Params::factors,
        "Number of latent factors: more fit finer differences and need memory and time.")
      .range(1, 4096);
  p.add("layers", &Params::layers,
        "How far vectors are propagated: more smooth them over wider neighbourhoods and take "
        "longer. 0: plain matrix factorisation.")
      .range(0, 10);
  p.add("epochs", &Params::epochs,
        "Passes over as many triples as there are pairs; the authors give it 1000. With patience "
        "above 0 the most there may be.")
      .unit("epochs")
      .range(1, 100000);
  p.add("batch_size", &Params::batch_size,
        "Triples of a step. Each step goes through the whole graph: more make an epoch faster and "
        "need more epochs.")
      .unit("triples")
      .range(1, 1e7);
  p.add("learning_rate", &Params::learning_rate,
        "Step size of Adam: larger learns faster and may diverge.")
      .range(1e-7, 1)
      .tune_log(3e-4, 1e-2);
  p.add("lambda", &Params::lambda,
        "L2 penalty on the rows of the table that a batch draws: larger generalises better from "
        "few events.")
      .range(0, 10)
      .tune_log(1e-6, 1e-2);
  p.repeats(&Params::repeats);
  p.add("initial_deviation", &Params::initial_deviation,
        "Standard deviation of the normally distributed initial table.")
      .range(1e-9, 10);
  p.add("patience", &Params::patience,
        "Stops once so many validations in a row have not improved on the best one, whose vectors "
        "are kept. 0 learns for all epochs and needs no validation window.")
      .unit("validations")
      .range(0, 10000);
  p.add("validate_every", &Params::validate_every, "With patience: epochs between validations.")
      .unit("epochs")
      .range(1, 10000);
}

// A final refit learns for as long as the fit that validated found best.
int64_t LightGcn::epochs(const FitContext& ctx) const {
  if (ctx.trial()) return 1;
  const int64_t chosen = extra::chosen_number(ctx, "epochs");
  return chosen > 0 ? chosen : params_.epochs;
}

LightGcn::Learner LightGcn::learner(const TrainingView& data, FitContext& ctx) const {
  Learner made{Graph(data),
               Triples(data, extra::pair_weights(data, params_.repeats)),
               data.users,
               ctx.generator().current_seed(),
               at::normal(0.0, params_.initial_deviation,
                          {data.users + data.items, params_.factors}, ctx.generator()),
               {}};
  made.adam = extra::RowAdam(made.table, {.learning_rate = params_.learning_rate});
  return made;
}

// The mean loss of its steps.
double LightGcn::learn_epoch(Learner& learner, int64_t epoch, const FitContext& ctx) const {
  const int64_t all = learner.triples.an_epoch();
  extra::SplitMix random(learner.seed, static_cast<uint64_t>(epoch));
  std::vector<Triple> batch;
  double loss = 0;
  int64_t steps = 0;
  for (int64_t done = 0; done < all && !ctx.stop_requested(); done += std::ssize(batch)) {
    if (ctx.trial() && steps == kTrialSteps) break;
    batch.resize(static_cast<size_t>(std::min(params_.batch_size, all - done)));
    learner.triples.draw(random, batch);
    const LossGradient step = pairwise_loss(learner.graph, learner.table, params_.layers,
                                            learner.users, batch, params_.lambda);
    learner.adam.step(step.gradient);
    loss += step.loss;
    ++steps;
  }
  return steps == 0 ? 0 : loss / static_cast<double>(steps);
}

void LightGcn::serve(const Learner& learner, const at::Device& device) {
  const at::Tensor vectors = learner.graph.propagated(learner.table, params_.layers);
  users_ = vectors.slice(0, 0, learner.users).clone().to(device);
  items_ = vectors.slice(0, learner.users).clone().to(device);
}

void LightGcn::fit(const TrainingView& data, FitContext& ctx) {
  known_ = data.by_user.lengths().gt(0).to(ctx.device());
  Learner learner = this->learner(data, ctx);
  const int64_t last = learner.triples.an_epoch() == 0 ? 0 : epochs(ctx);
  const bool choosing = validates(params_) && ctx.chosen("epochs").empty();
  Best best;
  int64_t worse = 0;
  double loss = 0;
  for (int64_t epoch = 1; epoch <= last && !ctx.stop_requested(); ++epoch) {
    const double before = loss;
    loss = learn_epoch(learner, epoch, ctx);
    extra::expect_finite({epoch, loss, before}, params_.learning_rate, "light_gcn");
    ctx.note_step("loss", epoch, loss);
    ctx.progress(epoch, last);
    if (!choosing || (epoch % params_.validate_every != 0 && epoch != last)) continue;
    serve(learner, ctx.device());
    const double value = ctx.validate();  // NaN, where nothing can be chosen, is never better
    worse = value > best.value ? 0 : worse + 1;
    if (worse == 0) best = {value, epoch, users_, items_};
    if (worse >= params_.patience) break;
  }
  ctx.note("loss", extra::shown(loss));
  serve(learner, ctx.device());
  if (best.epoch == 0) return;
  users_ = best.users;
  items_ = best.items;
  ctx.note("chosen.epochs", std::to_string(best.epoch));
}

}  // namespace
}  // namespace assay::light_gcn

ASSAY_PLUGINS(assay::plugin<assay::light_gcn::LightGcn>({
    .name = "light_gcn",
    .doc = "Vectors of users and items, averaged over their neighbourhoods in the graph of "
           "positives: smooths over what neighbours like; slow to fit.",
    .paper = "He, Deng, Wang, Li, Zhang & Wang 2020, LightGCN: Simplifying and Powering Graph "
             "Convolution Network for Recommendation",
    .traits = {.draws_in_fit = true, .validates = true},
}))
