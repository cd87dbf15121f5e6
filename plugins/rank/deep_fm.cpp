#include <ATen/TensorOperators.h>
#include <assay/extra/fields/deep_network.h>
#include <assay/extra/fields/field_ranker.h>
#include <assay/plugin.h>

#include <memory>
#include <optional>
#include <vector>

namespace assay {
namespace {

struct DeepFmParams : extra::FieldParams {
  std::vector<int64_t> hidden = {128, 128, 128};
  double dropout = 0.2;
};

/// A factorisation machine plus dense layers over the same vectors side by side.
class DeepInteractions : public extra::DeepNetwork {
 public:
  explicit DeepInteractions(const DeepFmParams& params)
      : DeepNetwork(params.hidden, params.dropout) {}

  bool is_linear() const override { return true; }

  at::Tensor logits(const extra::FieldInputs& inputs, const extra::NetworkWeights& weights,
                    extra::Dropout& dropout) const override {
    return inputs.linear.sum(1) + extra::pairwise_interactions(inputs.vectors) +
           deep_logits(inputs, weights, dropout);
  }
  std::optional<extra::FieldTerms> terms(const extra::FieldInputs& inputs,
                                         const extra::NetworkWeights& weights) const override {
    extra::Dropout none;
    return extra::FieldTerms{inputs.linear + extra::interaction_shares(inputs.vectors),
                             deep_logits(inputs, weights, none)};
  }
};

/// DeepFM (Guo et al. 2017): the log-odds are those of a factorisation machine plus those of dense
/// layers, which share its vectors. The paper has layers of 400, 400 and 400 and a dropout of 0.5 for
/// logs of tens of millions of rows; the defaults here are those of RecBole 1.2.
class DeepFm : public extra::FieldRanker {
 public:
  using Params = DeepFmParams;
  static void describe(ParamList<Params>& p) {
    extra::describe_fields(p);
    extra::describe_field_reduction(p);
    p.add("hidden", &Params::hidden, "Widths of the dense layers, from the vectors on.")
        .range(1, 65536);
    p.add("dropout", &Params::dropout, "Share of values that a step leaves out behind each layer.")
        .range(0, 0.95);
  }
  static bool validates(const Params& params) { return params.patience > 0; }
  explicit DeepFm(const Params& params)
      : FieldRanker("deep_fm", params, std::make_unique<DeepInteractions>(params)) {}
};

}  // namespace
}  // namespace assay

ASSAY_PLUGINS(assay::plugin<assay::DeepFm>({
    .name = "deep_fm",
    .doc = "A factorisation machine and dense layers over the same vectors, added up: pairs of "
           "fields and what is beyond pairs.",
    .paper =
        "Guo, Tang, Ye, Li & He 2017, DeepFM: A Factorization-Machine based Neural Network for "
        "CTR Prediction, IJCAI",
    .traits = assay::extra::field_traits(),
}))
