#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// A feature table as sparse columns of a linear model.

#include <ATen/core/Tensor.h>
#include <assay/context.h>
#include <assay/features.h>

#include <cstdint>
#include <string>
#include <vector>

namespace assay::extra {

/// A sparse matrix by its entries, and the two products that a linear model needs. Entries may
/// repeat; they add up.
struct SparseColumns {
  int64_t rows = 0;
  int64_t columns = 0;
  at::Tensor row;     ///< int64 [nnz]
  at::Tensor column;  ///< int64 [nnz]
  at::Tensor value;   ///< float64 [nnz]

  /// float64 [rows]: this matrix times `weights` (float64 [columns]).
  at::Tensor times(const at::Tensor& weights) const;
  /// float64 [columns]: this matrix transposed times `values` (float64 [rows]).
  at::Tensor transposed_times(const at::Tensor& values) const;
};

/// The columns that one feature became.
struct FeatureInput {
  std::string name;
  int64_t first = 0;
  int64_t width = 0;
};

/// A feature table as columns of a linear model.
///
/// A number becomes two columns: its standardised value and 1 where it is missing. A vector becomes
/// its standardised dimensions and 1 where it is missing. A category becomes one column a category,
/// 1 where it holds; a set the same with 1 / sqrt(size), so that long sets weigh no more than short
/// ones. Above `hash_above` categories they are hashed into so many columns (Weinberger et al.
/// 2009, Feature Hashing). Texts are left out.
class FeatureColumns {
 public:
  FeatureColumns() = default;
  /// Learns means and deviations from `table`, whose tensors lie on `device`.
  FeatureColumns(const FeatureTable& table, int64_t hash_above, const at::Device& device);

  int64_t columns() const { return columns_; }
  const std::vector<FeatureInput>& inputs() const { return inputs_; }

  /// @param table  with the same features as the one that was learnt from, of any rows
  SparseColumns encode(const FeatureTable& table) const;

  /// Under names that begin with `prefix`.
  void save(Archive& archive, const std::string& prefix) const;
  static FeatureColumns load(const Archive& archive, const std::string& prefix,
                             const at::Device& device);

 private:
  std::vector<FeatureInput> inputs_;
  int64_t columns_ = 0;
  int64_t hash_above_ = 0;
  at::Tensor mean_;       // float64 [columns], of numbers and vectors
  at::Tensor deviation_;  // float64 [columns]
};

/// Tables of the same features, one under the other.
FeatureTable stacked(const std::vector<FeatureTable>& tables);

}  // namespace assay::extra
