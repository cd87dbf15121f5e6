#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// A network over fields with what it has learnt: what a ranker by fields serves and keeps.

#include <ATen/core/Tensor.h>
#include <assay/context.h>
#include <assay/extra/fields/field_examples.h>
#include <assay/extra/fields/field_network.h>
#include <assay/extra/fields/field_params.h>
#include <assay/extra/fields/served_table.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace assay::extra {

/// The fields that `params` ask for.
FieldChoice field_choice(const FieldParams& params, int64_t history_length);

/// Rows of a batch with the vectors of their fields.
struct EmbeddedRows {
  at::Tensor vectors;       ///< float32 [R, F, width]
  at::Tensor history = {};  ///< float32 [R * L, item fields, width], where the network looks at it
  at::Tensor seen = {};     ///< float32 [R, L]
  int64_t singles = 0;      ///< fields before the first bag
};

/// The log-odds of rows as sums.
struct FieldLogitTerms {
  at::Tensor terms;                ///< float32 [R, names]
  std::vector<std::string> names;  ///< of the fields, and of the dense layers where there are some
  at::Tensor constant;             ///< float32 [1]
};

/// Fields, a network over their vectors, and what both have learnt.
class FieldModel {
 public:
  FieldModel(const FieldParams& params, std::unique_ptr<const FieldNetwork> network);

  FieldSpace& space() { return space_; }
  const FieldSpace& space() const { return space_; }
  const FieldNetwork& network() const { return *network_; }
  /// Of a row of the table: the vector, and the first-order weight where the network has them.
  int64_t width() const { return factors_ + (network_->is_linear() ? 1 : 0); }
  /// First weights of the network, for so many targets.
  Parameters draw(int64_t targets, at::Generator generator) const;

  /// Some rows of a batch, from `first` on.
  /// @param table  [space().table_rows(), width()]
  EmbeddedRows embed(const FieldBatch& batch, int64_t first, int64_t count,
                     const ServedTable& table) const;
  /// float32 [R], log-odds without the constant; of several targets [R, T].
  at::Tensor logits(const EmbeddedRows& rows, const NetworkWeights& weights,
                    Dropout& dropout) const;

  /// Serves these from now on, pruned and in the rank and precision that were asked for.
  /// @param table     float32 [space().table_rows(), width()]
  /// @param constant  float32 [T], added to all log-odds of each target
  void serve(const at::Tensor& table, const at::Tensor& constant, const Parameters& weights);
  /// What serves: how many numbers, those of matrices that are 0, and the bytes that all take.
  int64_t numbers() const;
  int64_t zeros() const { return weights_.zeros(); }
  int64_t bytes() const;
  /// float32 [R]; of several targets mixed (FieldNetwork::mixed). A row has the same bits beside any
  /// other rows.
  at::Tensor probabilities(const FieldBatch& batch) const;
  /// None where the network is no sum.
  std::optional<FieldLogitTerms> terms(const FieldBatch& batch) const;

  /// The space, and with `weights` what is served.
  void save(Archive& archive, bool weights) const;
  void load(const Archive& archive, const Features& features, bool weights);

 private:
  FieldInputs inputs_of(const EmbeddedRows& rows) const;
  template <typename Body>
  void for_each_block(const FieldBatch& batch, const Body& body) const;

  int64_t factors_;
  std::unique_ptr<const FieldNetwork> network_;
  FieldSpace space_;
  ServedForm form_;
  ServedPrecision table_precision_;
  ReductionSettings reduction_;
  ServedTable table_;
  at::Tensor constant_;
  NetworkWeights weights_;
};

}  // namespace assay::extra
