#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <assay/extra/fits/patience.h>
#include <assay/extra/neural/autoencoder_recall.h>
#include <assay/extra/neural/fused_adamw.h>
#include <assay/extra/neural/multinomial_likelihood.h>
#include <assay/plugin.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

#include "network.h"

namespace assay::recvae {
namespace {

/// A variational autoencoder with a deeper encoder than mult_vae, a linear decoder, and a prior that
/// holds on to what the encoder said an epoch ago (Shenbin et al. 2020):
///
///     loss = -sum_i x_i ln softmax(scores)_i + gamma n KL(q(z | x) || prior(z | x))
///
/// for a user with n positives x. An epoch teaches the encoder for some passes, shown a part of each
/// user, then the decoder, shown all of it. Served are the scores of the mean.
class RecVae : public extra::AutoencoderRecall {
 public:
  struct Params {
    int64_t hidden = 600;
    int64_t factors = 200;
    double dropout = 0.5;
    double gamma = 0.005;
    std::vector<double> prior_shares = {0.15, 0.75, 0.1};
    int64_t encoder_passes = 3;
    int64_t decoder_passes = 1;
    double learning_rate = 5e-4;
    int64_t batch_size = 500;
    Repeats repeats = Repeats::once;
    int64_t epochs = 20;
    int64_t patience = 0;
    int64_t validate_every = 1;
  };
  static void describe(ParamList<Params>& p);
  explicit RecVae(const Params& params);

  static bool validates(const Params& params) { return params.patience > 0; }

  /// The table with its moments, its gradient and what it was an epoch ago; the items with their
  /// moments and gradient; the scores of a batch; with patience the best tables so far.
  static MemoryUse memory(const DataSizes& sizes, const Params& params) {
    const int64_t table = 4 * sizes.items * params.hidden;
    const int64_t items = 4 * sizes.items * (params.factors + 1);
    const int64_t layers = 4 * params.hidden * (4 * params.hidden + 2 * params.factors);
    const int64_t scores = 4 * sizes.items * std::min(params.batch_size, sizes.users);
    const int64_t best = params.patience > 0 ? table + items + layers : 0;
    return {.fit = 5 * (table + layers) + 4 * items + best + scores + 12 * sizes.positives,
            .serve = table + items + layers};
  }

 private:
  extra::NamedTensors draw(int64_t items, at::Generator generator) const override {
    return recvae::draw(items, {.hidden = params_.hidden, .factors = params_.factors},
                        std::move(generator));
  }
  at::Tensor query(const at::Tensor& sums, const extra::NamedTensors& layers) const override {
    return with_one(encoded(sums, layers).mean);
  }
  void start() override;
  double learn_epoch(int64_t epoch, FitContext& ctx) override;
  double learn_encoder(const extra::Bags& liked, Chance& chance);
  double learn_decoder(const extra::Bags& liked, Chance& chance);
  void end() override {
    input_ = {};
    encoder_adam_ = items_adam_ = {};
    likelihood_ = {};
    old_table_ = at::Tensor();
    old_layers_.clear();
  }
  void keep_optimisers(Archive& archive) const override {
    input_.keep(archive, "adam.table");
    encoder_adam_.keep(archive, "adam.");
    items_adam_.keep(archive, "adam.");
  }
  void restore_optimisers(const Archive& archive) override {
    input_.restore(archive, "adam.table");
    encoder_adam_.restore(archive, "adam.");
    items_adam_.restore(archive, "adam.");
  }
  // float32 [B, L + 1]; the last column meets the biases of the items.
  static at::Tensor with_one(const at::Tensor& latent) {
    return at::cat({latent, at::ones({latent.size(0), 1}, latent.options())}, 1);
  }
  static at::Tensor drawn(const Posterior& from, Chance& chance) {
    const at::Tensor noise = at::randn(from.mean.sizes(), chance.generator, from.mean.options());
    return from.mean + noise * (0.5 * from.log_variance).exp();
  }

  Params params_;
  // While it learns.
  extra::BagLayer input_;
  extra::FusedAdamW encoder_adam_, items_adam_;
  extra::MultinomialLikelihood likelihood_;
  at::Tensor old_table_;  // of the encoder as it was when the epoch began
  extra::NamedTensors old_layers_;
};

RecVae::RecVae(const Params& params)
    : AutoencoderRecall({.epochs = {.who = "recvae",
                                    .epochs = params.epochs,
                                    .patience = params.patience,
                                    .validate_every = params.validate_every,
                                    .learning_rate = params.learning_rate},
                         .batch_size = params.batch_size,
                         .repeats = params.repeats}),
      params_(params) {
  const auto& shares = params.prior_shares;
  const double sum = std::accumulate(shares.begin(), shares.end(), 0.0);
  if (shares.size() == 3 && std::abs(sum - 1) < 1e-6) return;
  throw InvalidInput("recvae: prior_shares holds " + std::to_string(shares.size()) +
                     " numbers with the sum " + std::to_string(sum) +
                     "; it takes three with the sum 1: of the standard normal distribution, the "
                     "encoder of the epoch before, and the wide one.");
}

void RecVae::describe(ParamList<Params>& p) {
  p.add("hidden", &Params::hidden, "Width of the layers of the encoder; the paper has 600.")
      .range(1, 65536);
  p.add("factors", &Params::factors, "Width of the latent variables; the paper has 200.")
      .range(1, 65536);
  p.add("dropout", &Params::dropout,
        "Share of a user's items that a step does not show to the encoder; the paper has 0.5.")
      .range(0, 0.95)
      .tune(0.1, 0.8);
  p.add("gamma", &Params::gamma,
        "Weight of the divergence from the prior for each positive of a user, so that users with "
        "many are held closer to it; the paper takes 0.0035 to 0.01.")
      .range(0, 10)
      .tune_log(1e-4, 0.05);
  p.add("prior_shares", &Params::prior_shares,
        "Parts of the prior, with the sum 1: a standard normal distribution, what the encoder said "
        "an epoch ago, and a wide distribution. The paper's code has 3/20, 3/4 and 1/10.")
      .range(0, 1);
  p.add("encoder_passes", &Params::encoder_passes,
        "Passes over the users in which an epoch teaches the encoder; the paper has 3.")
      .unit("passes")
      .range(1, 100);
  p.add("decoder_passes", &Params::decoder_passes,
        "Passes in which it teaches the decoder after that; the paper has 1.")
      .unit("passes")
      .range(1, 100);
  p.add("learning_rate", &Params::learning_rate, "Of Adam.").range(1e-8, 10).tune_log(1e-4, 1e-2);
  p.add("batch_size", &Params::batch_size, "Users a step; the paper has 500.")
      .unit("users")
      .range(1, 100000);
  p.repeats(&Params::repeats);
  p.add("epochs", &Params::epochs,
        "Rounds of encoder and decoder; the authors' code has 50 on MovieLens 20M. With patience "
        "above "
        "0 the most there may be.")
      .unit("epochs")
      .range(1, 100000);
  extra::describe_patience(p);
}

void RecVae::start() {
  input_ = extra::BagLayer(table(), {.learning_rate = params_.learning_rate});
  encoder_adam_ = extra::FusedAdamW(layers(), {.learning_rate = params_.learning_rate});
  items_adam_ = extra::FusedAdamW({{"items", items()}}, {.learning_rate = params_.learning_rate});
}

double RecVae::learn_epoch(int64_t epoch, FitContext& ctx) {
  // The decoder's passes leave the encoder alone, so this is how its last ones left it.
  old_table_ = table().clone();
  old_layers_ = layers();
  for (auto& [name, value] : old_layers_) value = value.clone();
  const int64_t passes = params_.encoder_passes + params_.decoder_passes;
  double loss = 0;
  for (int64_t pass = 1; pass <= passes; ++pass) {
    const bool encodes = pass <= params_.encoder_passes;
    const double found =
        learn_pass((epoch - 1) * passes + pass, passes, ctx,
                   [&](const extra::Bags& liked, int64_t, Chance& chance) {
                     return encodes ? learn_encoder(liked, chance) : learn_decoder(liked, chance);
                   });
    if (encodes) loss = found;
  }
  return loss;
}

double RecVae::learn_encoder(const extra::Bags& liked, Chance& chance) {
  const extra::NamedTensors leaves = encoder_adam_.leaves();
  const Posterior posterior =
      encoded(input_.sums(extra::unit_length(liked, params_.dropout, chance.random)), leaves);
  const at::Tensor latent = drawn(posterior, chance), hidden = with_one(latent);
  const auto found = likelihood_(hidden.detach(), items(), liked, /*moves=*/false);
  // The prior sees the whole user.
  const Posterior before = encoded(extra::unit_length(liked).sums(old_table_), old_layers_);
  std::vector<float> totals;
  for (int64_t bag = 0; bag < liked.size(); ++bag)
    totals.push_back(std::accumulate(liked.weights.begin() + liked.offsets[bag],
                                     liked.weights.begin() + liked.offsets[bag + 1], 0.F));
  const at::Tensor total = at::tensor(totals, at::kFloat).to(latent.device());
  const at::Tensor divergence =
      (log_normal(latent, posterior) - log_prior(latent, before, params_.prior_shares)).sum(1);
  const at::Tensor penalty = params_.gamma * (total * divergence).mean();
  ((hidden * found.of_hidden).sum() + penalty).backward();
  input_.step();
  encoder_adam_.step(extra::gradients_of(leaves));
  return found.loss + penalty.item<double>();
}

double RecVae::learn_decoder(const extra::Bags& liked, Chance& chance) {
  const at::NoGradGuard no_gradients;
  const Posterior posterior = encoded(extra::unit_length(liked).sums(table()), layers());
  const auto found = likelihood_(with_one(drawn(posterior, chance)), items(), liked);
  items_adam_.step({found.of_items});
  return found.loss;
}

}  // namespace
}  // namespace assay::recvae

ASSAY_PLUGINS(assay::plugin<assay::recvae::RecVae>({
    .name = "recvae",
    .doc =
        "A variational autoencoder that is taught encoder and decoder in turns, with a prior that "
        "remembers the epoch before: more accurate and slower to fit than mult_vae.",
    .paper = "Shenbin, Alekseev, Tutubalina, Malykh & Nikolenko 2020, RecVAE: a New Variational "
             "Autoencoder for Top-N Recommendations with Implicit Feedback, WSDM",
    .traits = {.draws_in_fit = true, .validates = true},
}))
