#pragma once

/// Factors and a row that saw some of them, for the solvers of als.

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/linalg_solve.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/randn.h>

#include <cstdint>
#include <numeric>
#include <vector>

#include "recall/als/gram.h"

namespace assay::test {

inline constexpr float kConfidence = 11;

// float32 [rows, padded_width(factors)], normal numbers.
inline at::Tensor some_rows(int64_t rows, int64_t factors) {
  return als::padded(at::randn({rows, factors}, at::detail::createCPUGenerator(1)));
}

// The equations of a row that saw the first `seen` rows of `y`, solved by LAPACK in float64.
inline at::Tensor expected(const at::Tensor& y, int64_t factors, int64_t seen, double lambda) {
  const at::Tensor all = y.slice(1, 0, factors).to(at::kDouble), known = all.slice(0, 0, seen);
  const at::Tensor left = als::gram(y).slice(0, 0, factors).slice(1, 0, factors).to(at::kDouble) +
                          (kConfidence - 1) * known.t().matmul(known) +
                          lambda * at::eye(factors, at::kDouble);
  return at::linalg_solve(left, kConfidence * known.sum(0));
}

struct Row {
  explicit Row(int64_t seen) : columns(seen), confidence(seen, kConfidence) {
    std::iota(columns.begin(), columns.end(), 0);
  }
  std::vector<int64_t> columns;
  std::vector<float> confidence;
};

}  // namespace assay::test
