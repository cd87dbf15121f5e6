#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <assay/error.h>
#include <assay/extra/features/candidate_examples.h>
#include <assay/extra/fields/field_ranker.h>
#include <assay/plugin.h>

#include <cmath>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

namespace assay {
namespace {

enum class Mix { geometric, sum };

struct MmoeParams : extra::FieldParams {
  std::vector<std::string> targets;
  Mix mix = Mix::geometric;
  std::vector<double> weights;
  int64_t experts = 8;
  std::vector<int64_t> expert = {16};
  std::vector<int64_t> tower = {8};
  double dropout = 0;
};

/// Dense layers (experts) that all targets share; each target weighs them by a softmax of its own
/// over the row (its gate) and has layers of its own on top (its tower). Its weights are the gates,
/// [T * experts, width], then the layers of each expert, then those of each tower.
class GatedExperts : public extra::FieldNetwork {
 public:
  explicit GatedExperts(const MmoeParams& params) : params_(params) {}

  bool is_linear() const override { return false; }
  double dropout() const override { return params_.dropout; }

  extra::Parameters draw(const extra::FieldShape& shape, at::Generator generator) const override {
    const int64_t width = shape.fields * shape.factors;
    const int64_t mixed = extra::width_behind(params_.expert, width);
    const double bound = 1 / std::sqrt(static_cast<double>(width));
    extra::Parameters all = {
        {"gates.weight", at::empty({shape.targets * params_.experts, width}, at::kFloat)
                             .uniform_(-bound, bound, generator)}};
    for (int64_t n = 0; n < params_.experts; ++n) {
      all = extra::together(all, extra::hidden_layers("expert" + std::to_string(n) + ".", width,
                                                      params_.expert, generator));
    }
    for (int64_t n = 0; n < shape.targets; ++n) {
      const std::string name = "tower" + std::to_string(n) + ".";
      all = extra::together(all, extra::hidden_layers(name, mixed, params_.tower, generator));
      all = extra::together(
          all,
          extra::projection(name + "out.", extra::width_behind(params_.tower, mixed), generator));
    }
    return all;
  }

  at::Tensor logits(const extra::FieldInputs& inputs, const extra::NetworkWeights& weights,
                    extra::Dropout& dropout) const override {
    const at::Tensor rows = inputs.vectors.flatten(1);
    const at::Tensor gates = weights.product(rows, 0);
    const int64_t targets = gates.size(1) / params_.experts;
    const at::Tensor shares = gates.view({rows.size(0), targets, params_.experts}).softmax(2);
    const at::Tensor mixed = at::matmul(shares, said_by_experts(rows, weights, dropout));
    std::vector<at::Tensor> out;
    int64_t first = 1 + params_.experts * 2 * std::ssize(params_.expert);
    for (int64_t target = 0; target < targets; ++target) {
      const int64_t layers = std::ssize(params_.tower);
      const at::Tensor top =
          extra::through_hidden(mixed.select(1, target), weights, first, layers, dropout);
      out.push_back(extra::projected(top, weights[first + 2 * layers]));
      first += 2 * layers + 1;
    }
    return at::stack(out, 1);
  }

  at::Tensor mixed(const at::Tensor& probabilities) const override {
    const at::Tensor weights = params_.weights.empty()
                                   ? at::ones({probabilities.size(1)}, probabilities.options())
                                   : at::tensor(params_.weights, probabilities.options());
    const at::Tensor shares = weights / weights.sum();
    if (params_.mix == Mix::sum) return (probabilities * shares).sum(1);
    constexpr double kLeast = 1e-30;  // so that a target without a weight has no say
    return (probabilities.clamp_min(kLeast).log() * shares).sum(1).exp();
  }

 private:
  // float32 [R, experts, width]
  at::Tensor said_by_experts(const at::Tensor& rows, const extra::NetworkWeights& weights,
                             extra::Dropout& dropout) const {
    const int64_t layers = std::ssize(params_.expert);
    std::vector<at::Tensor> said;
    for (int64_t n = 0; n < params_.experts; ++n)
      said.push_back(extra::through_hidden(rows, weights, 1 + 2 * layers * n, layers, dropout));
    return at::stack(said, 1);
  }

  MmoeParams params_;
};

/// MMoE (Ma et al. 2018): several targets learnt at once from layers that they share as far as it
/// helps them. With x the vectors of all fields side by side and target k,
///
///     y_k = tower_k(sum over experts i of softmax(G_k x)_i expert_i(x)).
///
/// A candidate of which a target's label is missing teaches the other targets alone. Defaults are
/// those of the paper's synthetic experiment (section 4.3): 8 experts of one layer of 16 units, towers
/// of one layer of 8.
class Mmoe : public extra::FieldRanker {
 public:
  using Params = MmoeParams;
  static void describe(ParamList<Params>& p) {
    p.add("targets", &Params::targets,
          "The targets that are learnt, by the names under `targets` of the data; empty for all.");
    p.choice("mix", &Params::mix, {{"geometric", Mix::geometric}, {"sum", Mix::sum}},
             "What the probabilities of the targets become as a score: their product, each to the "
             "power of its weight (`geometric`), so that a candidate that fails one target fails; "
             "or their weighted sum. Weights are divided by their sum, so that scores stay in "
             "[0, 1].");
    p.add("weights", &Params::weights,
          "Of the targets in the mix, in the order of `targets`; empty: all alike. With 0 a target "
          "is learnt, but not served.")
        .range(0, 1e6);
    p.add("experts", &Params::experts,
          "Groups of layers that the targets share. With 1 it is a shared bottom: targets that "
          "contradict each other then stand in each other's way.")
        .range(1, 256);
    p.add("expert", &Params::expert, "Widths of the dense layers of each expert.").range(1, 65536);
    p.add("tower", &Params::tower, "Widths of the dense layers of each target.").range(1, 65536);
    p.add("dropout", &Params::dropout, "Share of values that a step leaves out behind each layer.")
        .range(0, 0.95);
    extra::describe_field_choice(p);
    extra::describe_field_teacher(p);
    extra::describe_field_training(p);
    extra::describe_field_precision(p);
    extra::describe_field_reduction(p);
  }
  static bool validates(const Params& params) { return params.patience > 0; }

  explicit Mmoe(const Params& params)
      : FieldRanker("mmoe", params, std::make_unique<GatedExperts>(params)),
        targets_(params.targets),
        weights_(params.weights) {
    const double sum = std::accumulate(weights_.begin(), weights_.end(), 0.0);
    if (!weights_.empty() && sum <= 0)
      throw InvalidInput("mmoe: all weights are 0; give at least one target a weight above 0.");
  }

 protected:
  std::vector<int64_t> targets(const LabelledCandidates& candidates) const override {
    const std::vector<int64_t> places = extra::targets_named(candidates, targets_, "mmoe");
    if (!weights_.empty() && weights_.size() != places.size()) {
      throw InvalidInput("mmoe: weights has " + std::to_string(weights_.size()) + " numbers for " +
                         std::to_string(places.size()) +
                         " targets; give each target one, or leave `weights` out.");
    }
    return places;
  }

 private:
  std::vector<std::string> targets_;
  std::vector<double> weights_;
};

// A mix of several targets is the probability of none of them.
Traits traits() {
  Traits all = extra::field_traits();
  all.scores = Traits::Scores::ranking;
  return all;
}

}  // namespace
}  // namespace assay

ASSAY_PLUGINS(assay::plugin<assay::Mmoe>({
    .name = "mmoe",
    .doc =
        "Several targets, such as click and purchase, learnt at once by experts that each target "
        "weighs by a gate of its own; their probabilities are mixed into one score.",
    .paper = "Ma, Zhao, Yi, Chen, Hong & Chi 2018, Modeling Task Relationships in Multi-task "
             "Learning with Multi-gate Mixture-of-Experts, KDD",
    .traits = assay::traits(),
}))
