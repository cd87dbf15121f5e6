#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// Scores of one request made comparable: min-max, z, rank.

#include <ATen/core/Tensor.h>

#include <span>

namespace assay::extra {

/// How scores of one request are made comparable with those of another.
enum class Scaling {
  raw,     ///< as they are
  minmax,  ///< (score - lowest) / (highest - lowest); 1 where all are equal
  z,       ///< (score - mean) / standard deviation; 0 where all are equal
  rank,    ///< 1 - rank / count, with rank 0 for the highest; equal scores share the better rank
};

/// Scales the scores of one request in place. All of them are finite.
void scale(std::span<double> scores, Scaling how);

/// Scaling::minmax within each row, on any device.
/// @param score  float64 [B, K]
/// @param known  bool [B, K], the scores that count
/// @return float64 [B, K], anything where not `known`
at::Tensor between_worst_and_best(const at::Tensor& score, const at::Tensor& known);

}  // namespace assay::extra
