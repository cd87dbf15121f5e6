#include <ATen/TensorOperators.h>
#include <assay/extra/fields/deep_network.h>
#include <assay/extra/fields/field_ranker.h>
#include <assay/plugin.h>

#include <memory>
#include <optional>
#include <vector>

namespace assay {
namespace {

struct WideDeepParams : extra::FieldParams {
  std::vector<int64_t> hidden = {256, 128};
  double dropout = 0.2;
};

/// A weight for each field, plus dense layers over the vectors of all of them.
class WideAndDeep : public extra::DeepNetwork {
 public:
  explicit WideAndDeep(const WideDeepParams& params) : DeepNetwork(params.hidden, params.dropout) {}

  bool is_linear() const override { return true; }

  at::Tensor logits(const extra::FieldInputs& inputs, const extra::NetworkWeights& weights,
                    extra::Dropout& dropout) const override {
    return inputs.linear.sum(1) + deep_logits(inputs, weights, dropout);
  }
  std::optional<extra::FieldTerms> terms(const extra::FieldInputs& inputs,
                                         const extra::NetworkWeights& weights) const override {
    extra::Dropout none;
    return extra::FieldTerms{inputs.linear, deep_logits(inputs, weights, none)};
  }
};

/// Wide & Deep (Cheng et al. 2016): a linear model, which remembers, plus dense layers, which
/// generalise. The wide part has a weight for each field; crosses of fields, which the paper chooses by
/// hand, are those that the data have as features. Both parts are learnt with Adam, where the paper has
/// FTRL for the wide one.
class WideDeep : public extra::FieldRanker {
 public:
  using Params = WideDeepParams;
  static void describe(ParamList<Params>& p) {
    extra::describe_fields(p);
    extra::describe_field_reduction(p);
    p.add("hidden", &Params::hidden, "Widths of the dense layers.").range(1, 65536);
    p.add("dropout", &Params::dropout, "Share of values that a step leaves out behind each layer.")
        .range(0, 0.95);
  }
  static bool validates(const Params& params) { return params.patience > 0; }
  explicit WideDeep(const Params& params)
      : FieldRanker("wide_deep", params, std::make_unique<WideAndDeep>(params)) {}
};

}  // namespace
}  // namespace assay

ASSAY_PLUGINS(assay::plugin<assay::WideDeep>({
    .name = "wide_deep",
    .doc = "A linear model, which remembers, plus dense layers over vectors, which generalise.",
    .paper =
        "Cheng, Koc, Harmsen, Shaked, Chandra, Aradhye, Anderson, Corrado, Chai, Ispir, Anil, "
        "Haque, Hong, Jain, Liu & Shah 2016, Wide & Deep Learning for Recommender Systems, DLRS",
    .traits = assay::extra::field_traits(),
}))
