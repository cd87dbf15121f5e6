#include "cli/plugin_template_texts.h"

namespace assay::cli {

const char kTrainedTemplate[] = R"(#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/randperm.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <assay/plugin.h>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

// A trained model: a history is squeezed through a narrow layer, from which the whole of it must be
// guessed although half of it was hidden (a denoising autoencoder, Liang et al. 2018).
class @CLASS@ : public assay::RecallStrategy {
 public:
  struct Params {
    int64_t width = 64;
    double learning_rate = 0.01;
    double dropout = 0.5;
    int64_t batch = 128;
    int64_t epochs = 100;
    int64_t patience = 5;
  };
  static void describe(assay::ParamList<Params>& p) {
    p.add("width", &Params::width, "Numbers that describe a user.").range(1, 4096);
    p.add("learning_rate", &Params::learning_rate, "Step of the optimiser.").range(1e-6, 1);
    p.add("dropout", &Params::dropout, "Share of a history that is hidden.").range(0, 0.99);
    p.add("batch", &Params::batch, "Users a step.").range(1, 1e6);
    p.add("epochs", &Params::epochs, "Passes over all users, at most.").range(1, 1e6);
    p.add("patience", &Params::patience, "Epochs without a gain before it stops; 0: all epochs.")
        .range(0, 1e6);
  }
  static bool validates(const Params& params) { return params.patience > 0; }
  explicit @CLASS@(const Params& params) : params_(params) {}

  void fit(const assay::TrainingView& data, assay::FitContext& ctx) override {
    if (data.by_user.values.size(0) == 0)
      throw assay::InvalidInput("@NAME@ needs positive events; the training window has none.");
    items_ = data.items;
    at::Generator chance = ctx.generator();  // the one source of chance
    start(ctx, chance);
    // A final refit has nothing to validate on: it takes the epochs that were best before.
    const std::string chosen = ctx.chosen("epochs");
    const int64_t last = ctx.trial() ? 1 : chosen.empty() ? params_.epochs : std::stoll(chosen);
    while (epoch_ < last && !ctx.stop_requested()) {
      const double loss = learn(data, chance);
      ctx.note_step("loss", ++epoch_, loss);
      ctx.progress(epoch_, last);
      if (params_.patience > 0 && stops_improving(ctx)) break;
      ctx.checkpoint(state(chance));
    }
    if (best_epoch_ > 0) weights_ = best_;
    ctx.note("chosen.epochs", std::to_string(best_epoch_ > 0 ? best_epoch_ : epoch_));
  }

  assay::CandidateBatch recall(const assay::RequestBatch& requests, int64_t k,
                               const assay::ServeContext&) const override {
    return assay::top_k(scores(weights_, assay::multi_hot(requests.history, items_)), k, requests);
  }

  void save(assay::Archive& archive) const override { archive.put("weights", weights_); }
  void load(const assay::Archive& archive, const assay::LoadContext& ctx) override {
    weights_ = archive.tensor("weights").to(ctx.device);
    items_ = weights_.size(0) / (2 * params_.width + 1);
  }

 private:
  // >>> Your idea goes here. All weights lie in one tensor: optimiser and checkpoints know no more.
  at::Tensor first_weights(const at::Generator& chance, at::Device device) const {
    return at::randn({items_ * (2 * params_.width + 1)}, chance, device).mul(0.1);
  }
  /// float32 [B, N], a score for every item, from what is `seen` of each user (float32 [B, N], 0/1).
  at::Tensor scores(const at::Tensor& weights, const at::Tensor& seen) const {
    const int64_t table = items_ * params_.width;
    const auto part = weights.split_with_sizes({table, table, items_});
    const at::Tensor input = seen.div(seen.sum(1, true).clamp_min(1).sqrt());
    const at::Tensor user = input.matmul(part[0].view({items_, params_.width})).tanh();
    return user.matmul(part[1].view({params_.width, items_})).add(part[2]);
  }
  // <<<

  /// One pass over all users; returns the mean loss.
  double learn(const assay::TrainingView& data, const at::Generator& chance) {
    const at::Tensor users = data.by_user.lengths().nonzero().squeeze(1);
    const at::Tensor order = at::randperm(users.size(0), chance, users.options());
    double sum = 0;
    for (const at::Tensor& batch : users.index_select(0, order).split(params_.batch)) {
      const at::Tensor liked = assay::multi_hot(data.by_user.select(batch), items_);
      const at::Tensor kept = at::rand(liked.sizes(), chance, liked.options()).ge(params_.dropout);
      const at::Tensor leaf = weights_.detach().requires_grad_();
      const at::Tensor loss = scores(leaf, liked.mul(kept)).log_softmax(1).mul(liked).sum(1).neg();
      loss.mean().backward();
      // Adam with decoupled weight decay (Loshchilov & Hutter 2019), in one pass over the weights.
      at::_fused_adamw_({weights_}, {leaf.grad()}, {mean_}, {square_}, {}, {steps_.add_(1)},
                        params_.learning_rate, 0.9, 0.999, 0.01, 1e-8, false, false);
      sum += loss.sum().item<double>();
    }
    return sum / static_cast<double>(users.size(0));
  }

  /// Keeps the best weights so far; true after `patience` epochs without better ones.
  bool stops_improving(assay::FitContext& ctx) {
    const double value = ctx.validate();  // NaN where there is nothing to validate on
    if (std::isnan(value)) return false;
    ctx.note_step("validation", epoch_, value);
    if (best_epoch_ == 0 || value > best_value_.item<double>()) {
      best_value_.fill_(value);
      best_epoch_ = epoch_;
      best_ = weights_.clone();
    }
    return epoch_ - best_epoch_ >= params_.patience;
  }

  /// Fresh weights, or everything as state() left it.
  void start(assay::FitContext& ctx, at::Generator& chance) {
    weights_ = first_weights(chance, ctx.device());
    mean_ = at::zeros_like(weights_);
    square_ = at::zeros_like(weights_);
    best_ = weights_;
    steps_ = at::zeros({}, weights_.options());
    const assay::Archive* left = ctx.resume_from();
    if (!left) return;
    for (const auto& [name, tensor] : kept()) *tensor = left->tensor(name).to(ctx.device()).clone();
    chance.set_state(left->tensor("chance"));
    epoch_ = std::stoll(left->text("epoch"));
    best_epoch_ = std::stoll(left->text("best_epoch"));
  }
  assay::Archive state(const at::Generator& chance) {
    assay::Archive archive;
    for (const auto& [name, tensor] : kept()) archive.put(name, tensor->clone());
    archive.put("chance", chance.get_state());
    archive.put_text("epoch", std::to_string(epoch_));
    archive.put_text("best_epoch", std::to_string(best_epoch_));
    return archive;
  }
  std::vector<std::pair<const char*, at::Tensor*>> kept() {
    return {{"weights", &weights_}, {"mean", &mean_}, {"square", &square_},
            {"steps", &steps_},     {"best", &best_}, {"best_value", &best_value_}};
  }

  Params params_;
  int64_t items_ = 0;
  at::Tensor weights_;
  // While it learns: moments of the gradients, their number, and the best weights by validation.
  at::Tensor mean_, square_, steps_, best_;
  at::Tensor best_value_ = at::zeros({}, at::kDouble);
  int64_t epoch_ = 0, best_epoch_ = 0;
};

ASSAY_PLUGINS(assay::plugin<@CLASS@>({.name = "@NAME@",
                                        .version = "0.1",
                                        .doc = "Guesses a history from half of it, for now.",
                                        .traits = {.draws_in_fit = true, .validates = true}}))
)";

}  // namespace assay::cli
