#include <assay/extra/fields/deep_network.h>
#include <assay/extra/fields/field_ranker.h>
#include <assay/plugin.h>

#include <memory>
#include <vector>

namespace assay {
namespace {

struct MlpParams : extra::FieldParams {
  std::vector<int64_t> hidden = {256, 128};
  double dropout = 0.2;
};

/// Dense layers over the vectors of all fields side by side.
class Layers : public extra::DeepNetwork {
 public:
  explicit Layers(const MlpParams& params) : DeepNetwork(params.hidden, params.dropout) {}

  bool is_linear() const override { return false; }

  at::Tensor logits(const extra::FieldInputs& inputs, const extra::NetworkWeights& weights,
                    extra::Dropout& dropout) const override {
    return deep_logits(inputs, weights, dropout);
  }
};

/// Dense layers over everything that is known of a candidate, as the ranking network of Covington et
/// al. (2016) has them: nothing but their input tells them which fields go together.
class Mlp : public extra::FieldRanker {
 public:
  using Params = MlpParams;
  static void describe(ParamList<Params>& p) {
    extra::describe_fields(p);
    extra::describe_field_reduction(p);
    p.add("hidden", &Params::hidden, "Widths of the dense layers.").range(1, 65536);
    p.add("dropout", &Params::dropout, "Share of values that a step leaves out behind each layer.")
        .range(0, 0.95);
  }
  static bool validates(const Params& params) { return params.patience > 0; }
  explicit Mlp(const Params& params)
      : FieldRanker("mlp", params, std::make_unique<Layers>(params)) {}
};

}  // namespace
}  // namespace assay

ASSAY_PLUGINS(assay::plugin<assay::Mlp>({
    .name = "mlp",
    .doc = "Dense layers over the vectors of all fields: the plain network that others are held "
           "against.",
    .paper = "Covington, Adams & Sargin 2016, Deep Neural Networks for YouTube Recommendations, "
             "RecSys",
    .traits = assay::extra::field_traits(),
}))
