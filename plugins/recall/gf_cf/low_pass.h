#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "leading_vectors.h"

namespace assay::gf_cf {

/// Rows of the leading vectors, a row for each item: V in V V'.
class LowPass {
 public:
  LowPass() = default;
  explicit LowPass(const LeadingVectors& leading);
  explicit LowPass(const at::Tensor& vectors) : vectors_(vectors.cpu().contiguous()) {}

  const at::Tensor& vectors() const { return vectors_; }  ///< float64 [N, width]
  /// How long a query is: the number of vectors, rounded up to whole lanes.
  int64_t width() const { return vectors_.size(1); }
  const double* row(int64_t item) const {
    return vectors_.const_data_ptr<double>() + item * width();
  }

  /// scores[r][j] += factor root(j) (v_j . query[r]) for four requests, which share what is read of
  /// V; each sum runs in the same order whatever the others are.
  /// @param root  [N]
  void add_four(double factor, const double* const (&query)[4], const double* root,
                double* const (&scores)[4]) const;

 private:
  at::Tensor vectors_;
};

}  // namespace assay::gf_cf
