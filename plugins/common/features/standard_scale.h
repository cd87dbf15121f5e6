#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// Means and standard deviations of columns with missing values.

#include <ATen/core/Tensor.h>

namespace assay::extra {

/// Mean and standard deviation of columns, learnt where values are known (not NaN).
struct StandardScale {
  at::Tensor mean;       ///< float64 [columns], 0 where nothing is known
  at::Tensor deviation;  ///< float64 [columns], 1 where all known values are equal

  /// @param values  [rows, columns], NaN where unknown
  static StandardScale of(const at::Tensor& values);

  /// (value - mean) / deviation, float64; 0, the mean, where unknown.
  at::Tensor operator()(const at::Tensor& values) const;
};

}  // namespace assay::extra
