#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// Networks over embedded fields.

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>
#include <assay/extra/fields/network_weights.h>
#include <assay/extra/neural/sequence_encoder.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace assay::extra {

/// How large a network is.
struct FieldShape {
  int64_t fields = 0;       ///< F
  int64_t item_fields = 0;  ///< those of the item among them
  int64_t factors = 0;      ///< D
  int64_t targets = 1;      ///< T
};

/// R rows.
struct FieldInputs {
  at::Tensor vectors;    ///< float32 [R, F, D]
  at::Tensor linear;     ///< float32 [R, F], first-order weights, where the network has them
  at::Tensor candidate;  ///< float32 [R, item fields * D], where the network looks at histories
  at::Tensor history;    ///< float32 [R, L, item fields * D], likewise
  at::Tensor seen;       ///< float32 [R, L], 1 where the history has an item, else 0
};

/// Log-odds as a sum.
struct FieldTerms {
  at::Tensor fields;  ///< float32 [R, F], what each field adds
  at::Tensor dense =
      {};  ///< float32 [R], what dense layers add, which is no sum over the fields; may be
           ///< undefined
};

/// A function of the fields of a candidate. The constant is not part of it.
class FieldNetwork {
 public:
  virtual ~FieldNetwork() = default;
  /// Whether each row of the table has a first-order weight beside its vector.
  virtual bool is_linear() const = 0;
  /// Latest items of histories that it looks at; 0: none.
  virtual int64_t history_length() const { return 0; }
  /// Probability with which `dropout` of logits() leaves a value out while learning.
  virtual double dropout() const { return 0; }
  /// First weights of the dense layers, on the CPU.
  virtual Parameters draw(const FieldShape& shape, at::Generator generator) const = 0;
  /// float32 [R], log-odds; of several targets [R, T]. A row does not depend on the others.
  virtual at::Tensor logits(const FieldInputs& inputs, const NetworkWeights& weights,
                            Dropout& dropout) const = 0;
  /// [R], the scores that are served, of the probabilities of all targets.
  /// @param probabilities  of the shape of logits()
  virtual at::Tensor mixed(const at::Tensor& probabilities) const { return probabilities; }
  /// logits() as a sum, to explain them; none where no part of it is one.
  virtual std::optional<FieldTerms> terms(const FieldInputs&, const NetworkWeights&) const {
    return std::nullopt;
  }
};

/// float32 [R]: the pairwise interactions of a factorisation machine, the sum over pairs of fields of
/// the products of their vectors, in linear time (Rendle 2010, lemma 3.1).
at::Tensor pairwise_interactions(const at::Tensor& vectors);

/// float32 [R, F]: the same divided among the fields, half of each product for each of the two. These
/// are the Shapley values of the fields (Shapley 1953), where a field that is left out is the vector 0.
at::Tensor interaction_shares(const at::Tensor& vectors);

/// Dense layers with ReLU and dropout behind each of them.
/// @param weights  matrix and bias of each layer in turns
/// @param first    where they begin
/// @param count    how many layers
at::Tensor through_hidden(const at::Tensor& rows, const NetworkWeights& weights, int64_t first,
                          int64_t count, Dropout& dropout);

/// float32 [R]: each row times one vector. A sum a row, not a matrix product, whose bits would depend
/// on the other rows.
/// @param weight  float32 [1, width]
at::Tensor projected(const at::Tensor& rows, const at::Tensor& weight);

/// First weights of hidden layers of these widths over rows of `width`.
Parameters hidden_layers(const std::string& prefix, int64_t width,
                         const std::vector<int64_t>& widths, at::Generator generator);
/// The width behind them: that of the rows where there are none.
inline int64_t width_behind(const std::vector<int64_t>& widths, int64_t width) {
  return widths.empty() ? width : widths.back();
}
/// The first weights of projected(): "<prefix>weight", [1, width].
Parameters projection(const std::string& prefix, int64_t width, at::Generator generator);

/// One list behind the other.
Parameters together(Parameters first, const Parameters& second);

}  // namespace assay::extra
