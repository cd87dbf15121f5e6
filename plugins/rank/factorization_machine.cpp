#include <ATen/TensorOperators.h>
#include <assay/extra/fields/field_ranker.h>
#include <assay/plugin.h>

#include <memory>
#include <optional>

namespace assay {
namespace {

/// First-order weights and products of the vectors of two fields (Rendle 2010, equation 1).
class Interactions : public extra::FieldNetwork {
 public:
  bool is_linear() const override { return true; }
  extra::Parameters draw(const extra::FieldShape&, at::Generator) const override { return {}; }
  at::Tensor logits(const extra::FieldInputs& inputs, const extra::NetworkWeights&,
                    extra::Dropout&) const override {
    return inputs.linear.sum(1) + extra::pairwise_interactions(inputs.vectors);
  }
  std::optional<extra::FieldTerms> terms(const extra::FieldInputs& inputs,
                                         const extra::NetworkWeights&) const override {
    return extra::FieldTerms{inputs.linear + extra::interaction_shares(inputs.vectors)};
  }
};

/// The probability of a positive as a logistic function of
///
///     w_0 + sum_i w_i x_i + sum_{i<j} <v_i, v_j> x_i x_j
///
/// over the fields of user, item, request and candidate (Rendle 2010). Where user and item are the
/// only fields it is matrix factorisation with biases.
class FactorizationMachine : public extra::FieldRanker {
 public:
  struct Params : extra::FieldParams {};
  static void describe(ParamList<Params>& p) { extra::describe_fields(p); }
  static bool validates(const Params& params) { return params.patience > 0; }
  explicit FactorizationMachine(const Params& params)
      : FieldRanker("factorization_machine", params, std::make_unique<Interactions>()) {}
};

}  // namespace
}  // namespace assay

ASSAY_PLUGINS(assay::plugin<assay::FactorizationMachine>({
    .name = "factorization_machine",
    .doc =
        "A factorisation machine: a weight for each field and the products of their vectors; the "
        "simplest model that learns which features go together.",
    .paper = "Rendle 2010, Factorization Machines, ICDM",
    .traits = assay::extra::field_traits(),
}))
