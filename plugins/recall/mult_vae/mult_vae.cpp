#include <ATen/TensorOperators.h>
#include <ATen/ops/randn.h>
#include <assay/extra/fits/patience.h>
#include <assay/extra/neural/autoencoder_recall.h>
#include <assay/extra/neural/fused_adamw.h>
#include <assay/extra/neural/multinomial_likelihood.h>
#include <assay/plugin.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "network.h"

namespace assay::mult_vae {
namespace {

/// A variational autoencoder with a multinomial likelihood (Liang et al. 2018):
///
///     z ~ N(mean(x), variance(x)),  scores = decoder(z)
///     loss = -sum_i x_i ln softmax(scores)_i + beta KL(q(z | x) || N(0, 1))
///
/// where x are the positives of a user. The encoder sees them scaled to length 1, of which a step
/// leaves out a share; beta grows from 0. Served are the scores of the mean. Widths are those of the
/// paper's [N, 600, 200, 600, N].
class MultVae : public extra::AutoencoderRecall {
 public:
  struct Params {
    int64_t hidden = 600;
    int64_t factors = 200;
    double dropout = 0.5;
    double beta = 0.2;
    int64_t beta_steps = 40000;
    double learning_rate = 1e-3;
    double weight_decay = 0;
    int64_t batch_size = 500;
    Repeats repeats = Repeats::once;
    int64_t epochs = 100;
    int64_t patience = 0;
    int64_t validate_every = 1;
  };
  static void describe(ParamList<Params>& p);
  explicit MultVae(const Params& params)
      : AutoencoderRecall({.epochs = {.who = "mult_vae",
                                      .epochs = params.epochs,
                                      .patience = params.patience,
                                      .validate_every = params.validate_every,
                                      .learning_rate = params.learning_rate},
                           .batch_size = params.batch_size,
                           .repeats = params.repeats}),
        params_(params),
        widths_({.hidden = params.hidden, .factors = params.factors}) {}

  static bool validates(const Params& params) { return params.patience > 0; }

  /// Two tables with two moments each, the gradients of both, the scores of a batch, and with
  /// patience the best tables so far.
  static MemoryUse memory(const DataSizes& sizes, const Params& params) {
    const int64_t tables = 4 * sizes.items * (2 * params.hidden + 1);
    const int64_t layers = 4 * 3 * params.hidden * params.factors;
    const int64_t scores = 4 * sizes.items * std::min(params.batch_size, sizes.users);
    const int64_t best = params.patience > 0 ? tables : 0;
    return {.fit = 4 * tables + 4 * layers + best + scores + 12 * sizes.positives,
            .serve = tables + layers};
  }

 private:
  extra::NamedTensors draw(int64_t items, at::Generator generator) const override {
    return mult_vae::draw(items, widths_, std::move(generator));
  }
  at::Tensor query(const at::Tensor& sums, const extra::NamedTensors& layers) const override {
    return decoded(encoded(sums, layers).mean, layers);
  }
  void start() override {
    input_ = extra::BagLayer(table(), {.learning_rate = params_.learning_rate});
    extra::NamedTensors dense = layers();
    dense.emplace_back("items", items());
    adam_ = extra::FusedAdamW(
        dense, {.learning_rate = params_.learning_rate, .weight_decay = params_.weight_decay});
  }
  double learn_epoch(int64_t epoch, FitContext& ctx) override {
    return learn_pass(epoch, 1, ctx,
                      [this](const extra::Bags& liked, int64_t step, Chance& chance) {
                        return learn(liked, step, chance);
                      });
  }
  double learn(const extra::Bags& liked, int64_t step, Chance& chance);
  void end() override {
    input_ = {};
    adam_ = {};
    likelihood_ = {};
  }
  void keep_optimisers(Archive& archive) const override {
    input_.keep(archive, "adam.table");
    adam_.keep(archive, "adam.");
  }
  void restore_optimisers(const Archive& archive) override {
    input_.restore(archive, "adam.table");
    adam_.restore(archive, "adam.");
  }

  Params params_;
  Widths widths_;
  // While it learns.
  extra::BagLayer input_;
  extra::FusedAdamW adam_;
  extra::MultinomialLikelihood likelihood_;
};

void MultVae::describe(ParamList<Params>& p) {
  p.add("hidden", &Params::hidden, "Width of the hidden layer on either side; the paper has 600.")
      .range(1, 65536);
  p.add("factors", &Params::factors, "Width of the latent variables; the paper has 200.")
      .range(1, 65536);
  p.add(
       "dropout", &Params::dropout,
       "Share of a user's items that a step does not show to the encoder, which the model then has "
       "to guess; the paper has 0.5.")
      .range(0, 0.95)
      .tune(0.1, 0.8);
  p.add(
       "beta", &Params::beta,
       "Weight of the divergence from the prior, once it has grown: larger makes users more alike, "
       "smaller fits each more closely. The paper finds 0.2 best, and none at all nearly as good.")
      .range(0, 100)
      .tune(0, 1);
  p.add("beta_steps", &Params::beta_steps,
        "Steps over which beta grows from 0; 200,000 to a beta of 1 in the paper's code, so 40,000 "
        "to 0.2. A short fit ends before, with a smaller beta.")
      .unit("steps")
      .range(1, 1e9);
  p.add("learning_rate", &Params::learning_rate, "Of Adam.").range(1e-8, 10).tune_log(1e-4, 1e-2);
  p.add("weight_decay", &Params::weight_decay, "Of all layers but the first, decoupled (AdamW).")
      .range(0, 1);
  p.add("batch_size", &Params::batch_size, "Users a step; the paper has 500.")
      .unit("users")
      .range(1, 100000);
  p.repeats(&Params::repeats);
  p.add("epochs", &Params::epochs,
        "Passes over the users. With patience above 0 the most there may be.")
      .unit("epochs")
      .range(1, 100000);
  extra::describe_patience(p);
}

double MultVae::learn(const extra::Bags& liked, int64_t step, Chance& chance) {
  const double share = static_cast<double>(step) / static_cast<double>(params_.beta_steps);
  const double beta = params_.beta * std::min(1.0, share);
  const extra::NamedTensors leaves = adam_.leaves();
  const at::Tensor sums = input_.sums(extra::unit_length(liked, params_.dropout, chance.random));
  const Posterior posterior = encoded(sums, leaves);
  const at::Tensor noise =
      at::randn(posterior.mean.sizes(), chance.generator, posterior.mean.options());
  const at::Tensor latent = posterior.mean + noise * (0.5 * posterior.log_variance).exp();
  const at::Tensor hidden = decoded(latent, leaves);
  const auto found = likelihood_(hidden.detach(), items(), liked);
  const at::Tensor penalty = beta * divergence(posterior).mean();
  ((hidden * found.of_hidden).sum() + penalty).backward();
  input_.step();
  std::vector<at::Tensor> gradients = extra::gradients_of(leaves);
  gradients.back() = found.of_items;  // of the items, which no graph holds
  adam_.step(gradients);
  return found.loss + penalty.item<double>();
}

}  // namespace
}  // namespace assay::mult_vae

ASSAY_PLUGINS(assay::plugin<assay::mult_vae::MultVae>({
    .name = "mult_vae",
    .doc =
        "A variational autoencoder of what a user liked, with a softmax over all items: knows new "
        "users by their history.",
    .paper = "Liang, Krishnan, Hoffman & Jebara 2018, Variational Autoencoders for Collaborative "
             "Filtering, WWW",
    .traits = {.draws_in_fit = true, .validates = true},
}))
