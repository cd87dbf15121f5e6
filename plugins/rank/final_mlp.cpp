#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>
#include <assay/extra/fields/field_ranker.h>
#include <assay/extra/neural/dense_layers.h>
#include <assay/plugin.h>

#include <memory>
#include <vector>

namespace assay {
namespace {

struct FinalMlpParams : extra::FieldParams {
  std::vector<int64_t> first = {256, 128};
  std::vector<int64_t> second = {256, 128};
  int64_t heads = 4;
  double dropout = 0.2;
};

/// Two streams of dense layers over the vectors, each with a gate of its own before it, and products of
/// what they give.
class TwoStreams : public extra::FieldNetwork {
 public:
  explicit TwoStreams(const FinalMlpParams& params) : params_(params) {}

  bool is_linear() const override { return false; }
  double dropout() const override { return params_.dropout; }

  extra::Parameters draw(const extra::FieldShape& shape, at::Generator generator) const override {
    const int64_t width = shape.fields * shape.factors;
    const int64_t first = extra::width_behind(params_.first, width);
    const int64_t second = extra::width_behind(params_.second, width);
    extra::Parameters all = {{"gate.first", at::zeros({1, width})},
                             {"gate.second", at::zeros({1, width})}};
    const auto add = [&](const extra::Parameters& more) {
      all = extra::together(std::move(all), more);
    };
    add(extra::hidden_layers("first.", width, params_.first, generator));
    add(extra::hidden_layers("second.", width, params_.second, generator));
    add(extra::projection("out.first.", first, generator));
    add(extra::projection("out.second.", second, generator));
    // From the second stream to what the first one is multiplied by, head by head.
    for (int64_t head = 0; head < params_.heads; ++head)
      add(extra::dense_layers("fusion." + std::to_string(head) + ".",
                              {share(second, head), share(first, head)}, generator));
    return all;
  }

  at::Tensor logits(const extra::FieldInputs& inputs, const extra::NetworkWeights& weights,
                    extra::Dropout& dropout) const override {
    const at::Tensor all = inputs.vectors.flatten(1);
    const int64_t of_first = std::ssize(params_.first), of_second = std::ssize(params_.second);
    const auto gated = [&](int64_t gate) { return all * (weights[gate].sigmoid() * 2); };
    const at::Tensor one = extra::through_hidden(gated(0), weights, 2, of_first, dropout);
    const at::Tensor two =
        extra::through_hidden(gated(1), weights, 2 + 2 * of_first, of_second, dropout);
    int64_t at = 2 + 2 * (of_first + of_second);
    at::Tensor sum = extra::projected(one, weights[at]) + extra::projected(two, weights[at + 1]);
    at += 2;
    for (int64_t head = 0, from_one = 0, from_two = 0; head < params_.heads; ++head, at += 2) {
      const int64_t to_one = from_one + share(one.size(1), head);
      const int64_t to_two = from_two + share(two.size(1), head);
      const at::Tensor factor = weights.linear(two.slice(1, from_two, to_two), at);
      sum = sum + (one.slice(1, from_one, to_one) * factor).sum(1);
      from_one = to_one;
      from_two = to_two;
    }
    return sum;
  }

 private:
  // Of a width in as many parts as there are heads, the first ones larger where it does not divide.
  int64_t share(int64_t width, int64_t head) const {
    return width / params_.heads + (head < width % params_.heads ? 1 : 0);
  }

  FinalMlpParams params_;
};

/// FinalMLP (Mao et al. 2023): two streams of dense layers, each behind a gate that weighs the inputs,
/// and a bilinear product of what they give, in several heads. Gates are learnt constants, the authors'
/// setting where no fields are chosen for them by hand.
class FinalMlp : public extra::FieldRanker {
 public:
  using Params = FinalMlpParams;
  static void describe(ParamList<Params>& p) {
    extra::describe_fields(p);
    extra::describe_field_reduction(p);
    p.add("first", &Params::first, "Widths of the dense layers of the first stream.")
        .range(1, 65536);
    p.add("second", &Params::second, "Widths of the dense layers of the second stream.")
        .range(1, 65536);
    p.add("heads", &Params::heads,
          "Parts of the streams that are multiplied with each other: more need fewer weights.")
        .range(1, 64);
    p.add("dropout", &Params::dropout, "Share of values that a step leaves out behind each layer.")
        .range(0, 0.95);
  }
  static bool validates(const Params& params) { return params.patience > 0; }
  explicit FinalMlp(const Params& params)
      : FieldRanker("final_mlp", params, std::make_unique<TwoStreams>(checked(params))) {}

 private:
  // A head needs a part of each stream.
  static const Params& checked(const Params& params) {
    for (const auto* stream : {&params.first, &params.second}) {
      if (!stream->empty() && stream->back() >= params.heads) continue;
      throw InvalidInput(
          "final_mlp: heads is " + std::to_string(params.heads) +
          ", and the last layer of each stream (`first`, `second`) must have at least "
          "that width.");
    }
    return params;
  }
};

}  // namespace
}  // namespace assay

ASSAY_PLUGINS(assay::plugin<assay::FinalMlp>({
    .name = "final_mlp",
    .doc = "Two streams of dense layers over the vectors of all fields, and products of what they "
           "give.",
    .paper =
        "Mao, Zhu, Su, Cai, Li & Dong 2023, FinalMLP: An Enhanced Two-Stream MLP Model for CTR "
        "Prediction, AAAI",
    .traits = assay::extra::field_traits(),
}))
