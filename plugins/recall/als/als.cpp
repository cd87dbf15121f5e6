#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>
#include <assay/extra/fits/epochs.h>
#include <assay/extra/interactions/pair_weights.h>
#include <assay/extra/interactions/ragged_spans.h>
#include <assay/extra/neighbours/history_terms.h>
#include <assay/extra/threads/parallel.h>
#include <assay/plugin.h>

#include <cstdio>

#include "confidence_matrix.h"
#include "implicit_factors.h"

namespace assay::als {
namespace {

std::string shown(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.9g", value);
  return text;
}

/// Factors of users and items, learnt from positives by alternating least squares
/// (Hu, Koren & Volinsky 2008):
///
///     sum over all u, i of c_ui (p_ui - x_u . y_i)^2 + lambda (sum |x_u|^2 + sum |y_i|^2)
///     p_ui = 1 where u was positive about i, else 0;  c_ui = 1 + alpha r_ui
///     score(u, j) = x_u . y_j
///
/// or of iALS (Rendle et al. 2022), with which a well tuned model of many factors reaches what newer
/// ones do:
///
///     sum over observed u, i of r_ui (1 - x_u . y_i)^2 + w sum over all u, i of (x_u . y_i)^2
///     + lambda (sum (n_u + w N)^power |x_u|^2 + sum (n_i + w U)^power |y_i|^2)
///
/// A request's x_u is solved anew, exactly, from its history and the learnt items: what a training
/// step would give it. So new users and new events are served without a refit; a request without a
/// history, or with one of items that say nothing, gets an empty list. Learning runs on the CPU and
/// gives the same bits with any number of threads; serving takes the device.
class Als : public RecallStrategy, private VectorModel {
 public:
  struct Params {
    int64_t factors = 64;
    double alpha = 40;
    double lambda = 0.01;
    int64_t iterations = 15;
    Strength strength = Strength::positive;
    Loss loss = Loss::hu;
    double unobserved_weight = 0.1;
    double frequency_power = 1;
    Solver solver = Solver::conjugate_gradient;
    int64_t block_size = 64;
    int64_t conjugate_gradient_steps = 3;
    int64_t update_iterations = 2;
    double initial_deviation = 0.01;
    bool losses = false;
  };
  static void describe(ParamList<Params>& p);
  explicit Als(const Params& params)
      : params_(params),
        confidence_{params.loss == Loss::hu ? params.alpha : 1 / params.unobserved_weight,
                    params.strength},
        factors_({.factors = params.factors,
                  .lambda = params.lambda,
                  .solver = params.solver,
                  .conjugate_gradient_steps = params.conjugate_gradient_steps,
                  .block = params.block_size,
                  .loss = params.loss,
                  .unobserved_weight = params.unobserved_weight,
                  .frequency_power = params.frequency_power,
                  .initial_deviation = params.initial_deviation}) {}

  void fit(const TrainingView& data, FitContext& ctx) override {
    by_user_ = confidence_matrix(data, confidence_);
    factors_.draw(data.users, data.items, ctx.generator());
    learn(params_.iterations, ctx);
  }

  /// Factors of users and items, once more of the larger side while they are drawn or trained, and
  /// the pairs with their confidence by user and by item. Items are served padded and as they are.
  static MemoryUse memory(const DataSizes& sizes, const Params& params) {
    const int64_t row = ImplicitFactors::row_bytes(params.factors);
    const int64_t pairs = 2 * (8 + 4) * sizes.positives;
    const int64_t factors = row * (sizes.users + sizes.items + std::max(sizes.users, sizes.items));
    return {.fit = factors + pairs, .serve = 2 * row * sizes.items};
  }

  // A few passes over everything from the factors at hand, which are close already: approximate.
  void update(const EventSlice& events, FitContext& ctx) override {
    const at::Tensor item_known =
        at::zeros({factors_.items()}, at::kBool).index_fill_(0, by_user_.columns.values, true);
    factors_.draw_unknown(by_user_.columns.lengths() > 0, item_known, ctx.generator());
    by_user_ = with_later(by_user_, events, confidence_);
    learn(params_.update_iterations, ctx);
  }

  CandidateBatch recall(const RequestBatch& requests, int64_t k,
                        const ServeContext& ctx) const override {
    const at::Tensor queries = query_vectors(requests, ctx);
    CandidateBatch best = top_k_dot(queries, items_, k, requests);
    extra::leave_empty(best, queries.eq(0).all(1));
    return best;
  }

  std::optional<Explanation> explain(const RequestBatch& requests, const CandidateBatch& candidates,
                                     const ServeContext&) const override;

  const VectorModel* vectors() const override { return this; }
  at::Tensor item_vectors() const override { return items_; }
  at::Tensor query_vectors(const RequestBatch& requests, const ServeContext& ctx) const override;

  void save(Archive& archive) const override { archive.put("items", items_); }
  void load(const Archive& archive, const LoadContext& ctx) override {
    items_ = archive.tensor("items").to(ctx.device);
    fold_in_ = FoldIn(items_, factors_.objective(items_.size(0)));
  }

 private:
  void learn(int64_t passes, FitContext& ctx);
  extra::WeightedSpans counted(const RequestBatch& requests) const {
    const History history = extra::counted_history(requests.history, confidence_.repeats());
    return {history, history.weight};
  }

  Params params_;
  Confidence confidence_;
  at::Tensor items_;  // float32 [N, factors], on the device
  FoldIn fold_in_;    // the same on the CPU, for the users of requests
  // For updates alone, so that they are not saved.
  ConfidenceMatrix by_user_;
  ImplicitFactors factors_;
};

void Als::describe(ParamList<Params>& p) {
  p.add("factors", &Params::factors,
        "Number of latent factors: more fit finer differences and need memory and time; few "
        "generalise better on small data.")
      .range(1, 4096);
  p.choice("loss", &Params::loss, {{"hu", Loss::hu}, {"ials", Loss::ials}},
           "The loss that is minimised: that of Hu et al. (`hu`), by `alpha`; or that of iALS "
           "(`ials`), by `unobserved_weight` and `frequency_power`, in which users and items with "
           "many events are shrunk more.");
  p.add("alpha", &Params::alpha,
        "With loss: hu. Confidence of a positive beyond that of an unobserved pair, which is 1: "
        "larger follows "
        "observed pairs, smaller favours popular items.")
      .range(0, 1e6);
  p.add("lambda", &Params::lambda,
        "L2 penalty on all vectors: larger keeps users and items with few events small. With loss: "
        "ials it is multiplied by how much a row weighs; 0.001 to 0.01 is usual then.")
      .range(1e-9, 1e9);
  p.add("unobserved_weight", &Params::unobserved_weight,
        "With loss: ials. Weight of a pair that was not observed beside 1 of one that was: larger "
        "pulls scores to 0 and favours popular items; 0.01 to 1 is usual.")
      .range(1e-6, 1e3)
      .tune_log(0.01, 2);
  p.add("frequency_power", &Params::frequency_power,
        "With loss: ials. Power of a row's weight by which lambda is multiplied: 0 shrinks all "
        "rows alike, 1 in proportion to their events.")
      .range(0, 2);
  p.add("iterations", &Params::iterations,
        "Passes over users and items; the loss hardly falls after 15.")
      .unit("iterations")
      .range(1, 10000);
  p.choice(
      "strength", &Params::strength,
      {{"positive", Strength::positive}, {"events", Strength::events}},
      "Definition of r_ui, in learning and in serving: 1 for a positive pair (`positive`), or its "
      "number of positive events (`events`). With weights of event types: the largest weight of "
      "its "
      "events, or the sum of their weights.");
  p.choice(
      "solver", &Params::solver,
      {{"conjugate_gradient", Solver::conjugate_gradient},
       {"cholesky", Solver::cholesky},
       {"ials++", Solver::blocks}},
      "Solver of a row: a few steps from the current factors (`conjugate_gradient`, faster with "
      "many factors), exact (`cholesky`), or exact for one block of factors after the other "
      "(`ials++`, the fastest with hundreds of factors).");
  p.add("conjugate_gradient_steps", &Params::conjugate_gradient_steps,
        "With solver: conjugate_gradient, steps per row in each iteration; more than 3 do not "
        "measurably reduce the loss.")
      .unit("steps")
      .range(1, 1000);
  p.add("block_size", &Params::block_size,
        "With solver: ials++, factors of a block: more need fewer iterations, which take longer.")
      .unit("factors")
      .range(1, 4096);
  p.add(
       "update_iterations", &Params::update_iterations,
       "Passes of an update with later events (`refit: false`), starting from the current factors.")
      .unit("iterations")
      .range(1, 10000);
  p.add("initial_deviation", &Params::initial_deviation,
        "Standard deviation of the normally distributed initial factors.")
      .range(1e-9, 10);
  p.add("losses", &Params::losses,
        "Notes the loss after every iteration (`loss.1`, `loss.2`, ...), not only after the last; "
        "costs a tenth of the time.");
}

void Als::learn(int64_t passes, FitContext& ctx) {
  const ConfidenceMatrix by_item = transposed(by_user_, factors_.items());
  for (int64_t pass = 1; pass <= passes && !ctx.stop_requested(); ++pass) {
    factors_.improve(by_user_, by_item);
    if (params_.losses || pass == passes) {
      const double loss = factors_.loss(by_user_);
      if (params_.losses) ctx.note("loss." + std::to_string(pass), shown(loss));
      ctx.note("loss", shown(loss));
    }
    ctx.progress(pass, passes);
  }
  items_ = factors_.item_vectors().to(ctx.device());
  fold_in_ = factors_.fold_in();
}

at::Tensor Als::query_vectors(const RequestBatch& requests, const ServeContext&) const {
  const int64_t width = params_.factors;
  at::Tensor vectors = at::zeros({requests.size(), width}, at::kFloat);
  float* const to = vectors.mutable_data_ptr<float>();
  const extra::WeightedSpans history = counted(requests);
  extra::parallel_blocks(requests.size(), extra::kRequestsPerBlock,
                         [&](int64_t first, int64_t last) {
                           FoldIn::Query query(fold_in_);
                           for (int64_t row = first; row < last; ++row) {
                             if (history[row].empty()) continue;
                             query.solve(confidence_row(history, row, confidence_),
                                         {to + row * width, static_cast<size_t>(width)});
                           }
                         });
  return vectors.to(items_.device());
}

std::optional<Explanation> Als::explain(const RequestBatch& requests,
                                        const CandidateBatch& candidates,
                                        const ServeContext&) const {
  const at::Tensor items = candidates.item.cpu().contiguous();
  const int64_t* const item = items.const_data_ptr<int64_t>();
  const extra::WeightedSpans history = counted(requests);
  FoldIn::Reason reason(fold_in_);
  extra::HistoryTerms terms;
  for (int64_t row = 0; row < candidates.size(); ++row) {
    const ConfidenceRow known = confidence_row(history, row, confidence_);
    if (known.columns.empty()) continue;
    reason.set(known);
    for (int64_t at = row * candidates.width(); at < (row + 1) * candidates.width(); ++at) {
      if (item[at] < 0) continue;
      const std::span<const double> weights = reason.terms(item[at]);
      for (size_t n = 0; n < weights.size(); ++n) terms.add(at, known.columns[n], weights[n]);
    }
  }
  return terms.explanation(candidates);
}

}  // namespace
}  // namespace assay::als

ASSAY_PLUGINS(assay::plugin<assay::als::Als>({
    .name = "als",
    .doc = "Matrix factorisation of implicit feedback by alternating least squares: strong if "
           "users have many events, and fast to fit.",
    .paper = "Hu, Koren & Volinsky 2008, Collaborative Filtering for Implicit Feedback Datasets; "
             "Takács, Pilászy & Tikk 2011, Applications of the Conjugate Gradient Method for "
             "Implicit Feedback Collaborative Filtering; Rendle, Krichene, Zhang & Koren 2022, "
             "Revisiting the Performance of iALS on Item Recommendation Benchmarks; Rendle et al. "
             "2021, iALS++: Speeding up Matrix Factorization with Subspace Optimization",
    .traits = {.draws_in_fit = true, .additive = true, .updates = true},
}))
