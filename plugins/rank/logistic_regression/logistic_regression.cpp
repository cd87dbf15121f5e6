#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>
#include <assay/extra/features/candidate_examples.h>
#include <assay/plugin.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "lbfgs.h"
#include "linear_model.h"
#include "log_loss.h"

namespace assay::logistic_regression {
namespace {

/// The probability of a positive, as a logistic function of a linear model (Cox 1958).
///
/// What the model looks at: the score and place that the candidate came with, the score that each
/// recall source gave it and whether it did (as they are and relative to the request's other
/// candidates), how much of the user's history shares its categories, its popularity in training,
/// the length of the history, the features of item, user and request, and those of
/// `features.candidate`. Learnt by L-BFGS in float64, without chance and from all labelled
/// candidates.
///
/// explain() is additive on the log-odds, while the score is a probability: base plus the weights
/// of a candidate is log(score / (1 - score)). The ids of its terms are places in the list that the
/// note `inputs` shows.
class LogisticRegression : public RankStrategy {
 public:
  struct Params {
    double l2 = 10;
    std::string target;
    bool item_features = true;
    bool user_features = true;
    int64_t affinity_categories = 100;
    int64_t hash_above = 1000;
    Repeats repeats = Repeats::once;
    int64_t max_iterations = 200;
    double tolerance = 1e-6;
  };
  static void describe(ParamList<Params>& p) {
    p.add(
         "l2", &Params::l2,
         "L2 penalty on the weights of standardised inputs, added to the sum of the losses: larger "
         "regularises rare categories more; its effect decreases with the number of candidates.")
        .range(0, 1e9);
    p.add("target", &Params::target,
          "The target that is learnt; empty for the first, the ground truth.");
    p.add("item_features", &Params::item_features, "Learn from the items' features.");
    p.add("user_features", &Params::user_features,
          "Learn from the users' features. They shift all candidates of a request equally: they "
          "change probabilities, not the order.");
    p.add("affinity_categories", &Params::affinity_categories,
          "For item features with at most this many categories, the share of the user's history in "
          "the candidate's categories is also an input. 0: none.")
        .unit("categories")
        .range(0, 10000);
    p.add("hash_above", &Params::hash_above,
          "Features with more categories are hashed into this many columns: fewer need less memory "
          "and cause more collisions.")
        .unit("columns")
        .range(1, 1e7);
    p.repeats(&Params::repeats);
    p.add("max_iterations", &Params::max_iterations, "Maximum number of iterations.")
        .unit("iterations")
        .range(1, 100000);
    p.add("tolerance", &Params::tolerance,
          "Convergence tolerance: largest component of the gradient of the mean log loss.")
        .range(1e-15, 1);
  }
  explicit LogisticRegression(const Params& params)
      : params_(params),
        model_({params.item_features, params.user_features, params.affinity_categories,
                params.hash_above, params.repeats}) {}

  void fit(const TrainingView& data, LabelledCandidates& candidates, FitContext& ctx) override {
    const LinearExamples examples = model_.encode(
        data, candidates, extra::target_named(candidates, params_.target, "logistic_regression"),
        ctx.features());
    const int64_t positives = examples.label.count_nonzero().item<int64_t>();
    at::Tensor weights = at::zeros({examples.layout.size()}, examples.label.options());
    weights[0] = std::log((static_cast<double>(positives) + 0.5) /
                          (static_cast<double>(examples.size() - positives) + 0.5));
    learnt_ = positives > 0 && positives < examples.size();
    if (learnt_)
      weights = minimise(examples, weights, ctx);
    else
      ctx.note("warning", "all labels are equal: the input order is kept");
    model_.set_weights(weights, ctx.features());
    note_examples(examples, positives, ctx);
  }

  CandidateBatch rank(const RequestBatch& requests, const CandidateBatch& candidates,
                      const ServeContext& ctx) const override {
    const at::Tensor score =
        model_.values(requests, candidates, ctx.features()).sigmoid().to(at::kFloat);
    if (learnt_) return by_score(candidates, score);
    // Nothing was learnt that could tell candidates apart.
    CandidateBatch as_given = candidates;
    as_given.propensity.reset();
    as_given.score =
        score.masked_fill(candidates.item < 0, -std::numeric_limits<double>::infinity());
    return as_given;
  }

  std::optional<Explanation> explain(const RequestBatch& requests, const CandidateBatch& candidates,
                                     const ServeContext& ctx) const override {
    return model_.explain(requests, candidates, ctx.features());
  }

  void save(Archive& archive) const override {
    model_.save(archive);
    archive.put_text("learnt", learnt_ ? "yes" : "no");
  }
  void load(const Archive& archive, const LoadContext& ctx) override {
    model_.load(archive, *ctx.features, ctx.device);
    learnt_ = archive.text("learnt") == "yes";
  }

 private:
  at::Tensor minimise(const LinearExamples& examples, const at::Tensor& start,
                      FitContext& ctx) const {
    const Minimum minimum =
        minimise_lbfgs(LogLoss(examples, params_.l2), start,
                       {.iterations = params_.max_iterations, .tolerance = params_.tolerance});
    ctx.note("loss", std::to_string(minimum.value));
    ctx.note("iterations", std::to_string(minimum.iterations));
    ctx.note("converged", minimum.converged ? "yes" : "no");
    return minimum.x;
  }

  void note_examples(const LinearExamples& examples, int64_t positives, FitContext& ctx) const {
    ctx.note("candidates", std::to_string(examples.size()));
    ctx.note("positives", std::to_string(positives));
    ctx.note("coefficients", std::to_string(examples.layout.size()));
    std::string inputs;
    for (const std::string& name : model_.inputs()) inputs += (inputs.empty() ? "" : ", ") + name;
    ctx.note("inputs", inputs);
  }

  Params params_;
  LinearCandidateModel model_;
  bool learnt_ = false;  // false where all labels are alike
};

}  // namespace
}  // namespace assay::logistic_regression

ASSAY_PLUGINS(assay::plugin<assay::logistic_regression::LogisticRegression>({
    .name = "logistic_regression",
    .doc = "Logistic regression on scores, sources, categories and features: estimates the "
           "probability of a positive; fast and interpretable.",
    .paper = "Cox 1958, The Regression Analysis of Binary Sequences",
    .traits = {.scores = assay::Traits::Scores::probability, .learns_from_candidates = true},
}))
