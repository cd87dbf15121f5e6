#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// A layer from bags of items: what a batch does not hold costs nothing.

#include <ATen/core/Tensor.h>
#include <assay/context.h>
#include <assay/extra/factors/bags.h>
#include <assay/extra/factors/row_adam.h>
#include <assay/extra/factors/touched_rows.h>

#include <string>
#include <vector>

namespace assay::extra {

/// sum_i x_bi w_i for bags x: the product of a sparse [B, N] with a table [N, D], of which a step
/// moves the rows that its bags hold, by a row-wise Adam (row_adam.h).
class BagLayer {
 public:
  BagLayer() = default;
  /// @param table  float32 [N, D]; must live as long as this
  BagLayer(at::Tensor table, const AdamSettings& settings);

  /// float32 [B, D], a leaf of a graph.
  at::Tensor sums(const Bags& bags);
  /// A step by the gradient of the last sums.
  void step();

  void keep(Archive& archive, const std::string& name) const { adam_.keep(archive, name); }
  void restore(const Archive& archive, const std::string& name) { adam_.restore(archive, name); }

 private:
  at::Tensor table_;
  RowAdam adam_;
  TouchedRows touched_;
  Bags bags_;  // of places in touched_
  at::Tensor sums_;
};

}  // namespace assay::extra
