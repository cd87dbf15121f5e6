#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <assay/extra/fields/field_ranker.h>
#include <assay/extra/neural/dense_layers.h>
#include <assay/plugin.h>

#include <memory>
#include <string>
#include <vector>

namespace assay {
namespace {

enum class Structure { parallel, stacked };

struct DcnParams : extra::FieldParams {
  int64_t cross_layers = 3;
  Structure structure = Structure::parallel;
  std::vector<int64_t> hidden = {256, 256};
  double dropout = 0.2;
};

/// Layers x' = x0 * (W x + b) + x over the vectors x0 of all fields side by side, and dense layers
/// beside or behind them.
class CrossNetwork : public extra::FieldNetwork {
 public:
  explicit CrossNetwork(const DcnParams& params) : params_(params) {}

  bool is_linear() const override { return false; }
  double dropout() const override { return params_.dropout; }

  extra::Parameters draw(const extra::FieldShape& shape, at::Generator generator) const override {
    const int64_t width = shape.fields * shape.factors;
    extra::Parameters all;
    for (int64_t layer = 0; layer < params_.cross_layers; ++layer)
      all = extra::together(std::move(all), cross_layer(layer, width, generator));
    const bool parallel = params_.structure == Structure::parallel;
    const int64_t out = extra::width_behind(params_.hidden, width) + (parallel ? width : 0);
    all = extra::together(std::move(all),
                          extra::hidden_layers("hidden.", width, params_.hidden, generator));
    return extra::together(std::move(all), extra::projection("out.", out, generator));
  }

  at::Tensor logits(const extra::FieldInputs& inputs, const extra::NetworkWeights& weights,
                    extra::Dropout& dropout) const override {
    const at::Tensor first = inputs.vectors.flatten(1);
    const at::Tensor crossed = through_crosses(first, weights);
    const bool parallel = params_.structure == Structure::parallel;
    const at::Tensor deep = extra::through_hidden(parallel ? first : crossed, weights,
                                                  params_.cross_layers * per_layer(),
                                                  std::ssize(params_.hidden), dropout);
    return extra::projected(parallel ? at::cat({crossed, deep}, 1) : deep, weights.back());
  }

 private:
  int64_t per_layer() const { return params_.low_rank > 0 ? 3 : 2; }

  // With a low rank W is a product U V of two narrow ones; V has no bias.
  extra::Parameters cross_layer(int64_t layer, int64_t width, at::Generator generator) const {
    const std::string name = "cross." + std::to_string(layer) + ".";
    if (params_.low_rank == 0) return extra::dense_layers(name, {width, width}, generator);
    extra::Parameters down =
        extra::dense_layers(name + "down.", {width, params_.low_rank}, generator);
    down.pop_back();
    return extra::together(down,
                           extra::dense_layers(name + "up.", {params_.low_rank, width}, generator));
  }

  at::Tensor through_crosses(const at::Tensor& first, const extra::NetworkWeights& weights) const {
    at::Tensor x = first;
    for (int64_t layer = 0; layer < params_.cross_layers; ++layer) {
      const int64_t end = (layer + 1) * per_layer();
      const at::Tensor in = params_.low_rank > 0 ? weights.product(x, end - 3) : x;
      x = first * weights.linear(in, end - 2) + x;
    }
    return x;
  }

  DcnParams params_;
};

/// DCN-V2 (Wang et al. 2021): cross layers of whole matrices, or of low rank, which multiply the
/// fields up to a degree of cross_layers + 1, and dense layers beside them (`parallel`) or over what
/// they give (`stacked`). A mixture of low-rank experts, which the paper has as well, is not part of
/// it.
class DcnV2 : public extra::FieldRanker {
 public:
  using Params = DcnParams;
  static void describe(ParamList<Params>& p) {
    extra::describe_fields(p);
    extra::describe_field_reduction(
        p,
        " Matrices of cross layers are such products from the beginning: a quarter of the width "
        "costs half, and is about as accurate in the paper.");
    p.add("cross_layers", &Params::cross_layers,
          "Cross layers: each multiplies by the fields once more. The paper has 1 to 4.")
        .range(1, 16);
    p.choice("structure", &Params::structure,
             {{"parallel", Structure::parallel}, {"stacked", Structure::stacked}},
             "Dense layers beside the cross layers, or over what they give.");
    p.add("hidden", &Params::hidden, "Widths of the dense layers.").range(1, 65536);
    p.add("dropout", &Params::dropout,
          "Share of values that a step leaves out behind each dense layer.")
        .range(0, 0.95);
  }
  static bool validates(const Params& params) { return params.patience > 0; }
  explicit DcnV2(const Params& params)
      : FieldRanker("dcn_v2", params, std::make_unique<CrossNetwork>(params)) {}
};

}  // namespace
}  // namespace assay

ASSAY_PLUGINS(assay::plugin<assay::DcnV2>({
    .name = "dcn_v2",
    .doc = "Cross layers, which multiply features up to a bounded degree, and dense layers: learns "
           "which features go together where there are many.",
    .paper = "Wang, Shivanna, Cheng, Jain, Lin, Hong & Chi 2021, DCN V2: Improved Deep & Cross "
             "Network and Practical Lessons for Web-scale Learning to Rank Systems, WWW",
    .traits = assay::extra::field_traits(),
}))
