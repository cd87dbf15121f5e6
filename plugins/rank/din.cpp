#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <assay/extra/fields/field_ranker.h>
#include <assay/plugin.h>

#include <memory>
#include <vector>

namespace assay {
namespace {

struct DinParams : extra::FieldParams {
  int64_t history_length = 20;
  std::vector<int64_t> attention = {36};
  std::vector<int64_t> hidden = {200, 80};
  double dropout = 0.2;
};

/// Dense layers over all fields and a sum of the history's items, each times how much it says of the
/// candidate.
class InterestNetwork : public extra::FieldNetwork {
 public:
  explicit InterestNetwork(const DinParams& params) : params_(params) {}

  bool is_linear() const override { return false; }
  int64_t history_length() const override { return params_.history_length; }
  double dropout() const override { return params_.dropout; }

  extra::Parameters draw(const extra::FieldShape& shape, at::Generator generator) const override {
    const int64_t item = shape.item_fields * shape.factors;
    const int64_t pairs = 4 * item, all = shape.fields * shape.factors + item;
    const auto part = [&](const std::string& name, int64_t width,
                          const std::vector<int64_t>& hidden) {
      return extra::together(
          extra::hidden_layers(name + ".", width, hidden, generator),
          extra::projection(name + ".out.", extra::width_behind(hidden, width), generator));
    };
    extra::Parameters attention = part("attention", pairs, params_.attention);
    return extra::together(std::move(attention), part("hidden", all, params_.hidden));
  }

  at::Tensor logits(const extra::FieldInputs& inputs, const extra::NetworkWeights& weights,
                    extra::Dropout& dropout) const override {
    const int64_t of_attention = 2 * std::ssize(params_.attention) + 1;
    const at::Tensor interest = (inputs.history * attended(inputs, weights).unsqueeze(2)).sum(1);
    const at::Tensor deep =
        extra::through_hidden(at::cat({inputs.vectors.flatten(1), interest}, 1), weights,
                              of_attention, std::ssize(params_.hidden), dropout);
    return extra::projected(deep, weights.back());
  }

 private:
  // float32 [R, L]: how much each item of the history says of the candidate, 0 where there is none.
  // Not normalised over the history, so that their sum tells how strong an interest is.
  at::Tensor attended(const extra::FieldInputs& inputs,
                      const extra::NetworkWeights& weights) const {
    extra::Dropout none;
    const int64_t layers = std::ssize(params_.attention);
    const at::Tensor past = inputs.history, own = inputs.candidate.unsqueeze(1).expand_as(past);
    const at::Tensor pairs = at::cat({past, own, past - own, past * own}, 2).flatten(0, 1);
    const at::Tensor said = extra::projected(extra::through_hidden(pairs, weights, 0, layers, none),
                                             weights[2 * layers]);
    return said.view_as(inputs.seen) * inputs.seen;
  }

  DinParams params_;
};

/// DIN (Zhou et al. 2018): what a user is interested in depends on what is offered. The latest items of
/// the history are added up, each times a number that dense layers make of it and the candidate:
///
///     interest(u, c) = sum over h of a(h, c) h,   a = layers(h, c, h - c, h * c)
///
/// An item is its id and features side by side, with the vectors that the fields of the candidate have.
/// Layers have ReLU where the paper has Dice, whose running means would make a score depend on the
/// batch.
class DeepInterest : public extra::FieldRanker {
 public:
  using Params = DinParams;
  static void describe(ParamList<Params>& p) {
    extra::describe_fields(p);
    extra::describe_field_reduction(p);
    p.add("history_length", &Params::history_length,
          "Latest items of a history that it looks at; time to rank grows with it.")
        .unit("items")
        .range(1, 10000);
    p.add("attention", &Params::attention,
          "Widths of the dense layers over an item of the history and the candidate.")
        .range(1, 65536);
    p.add("hidden", &Params::hidden, "Widths of the dense layers over everything.").range(1, 65536);
    p.add("dropout", &Params::dropout,
          "Share of values that a step leaves out behind each layer over everything.")
        .range(0, 0.95);
  }
  static bool validates(const Params& params) { return params.patience > 0; }
  explicit DeepInterest(const Params& params)
      : FieldRanker("din", params, std::make_unique<InterestNetwork>(params)) {}
};

}  // namespace
}  // namespace assay

ASSAY_PLUGINS(assay::plugin<assay::DeepInterest>({
    .name = "din",
    .doc =
        "Dense layers over all fields and the history, whose items count by how much they say of "
        "the candidate.",
    .paper = "Zhou, Zhu, Song, Fan, Zhu, Ma, Yan, Jin, Li & Gai 2018, Deep Interest Network for "
             "Click-Through Rate Prediction, KDD",
    .traits = assay::extra::field_traits(),
}))
