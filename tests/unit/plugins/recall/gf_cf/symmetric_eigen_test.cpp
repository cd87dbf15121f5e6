#include <ATen/TensorOperators.h>
#include <ATen/ops/diag.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/linalg_eigh.h>
#include <ATen/ops/rand.h>
#include <gtest/gtest.h>
#include <recall/gf_cf/symmetric_eigen.h>

#include "tiny_data.h"

namespace assay::test {
namespace {

// The matrix that the pairs make up.
void expect_pairs_of(const at::Tensor& matrix) {
  const int64_t n = matrix.size(0);
  const at::Tensor held = matrix.contiguous();
  const double* const values = held.const_data_ptr<double>();
  gf_cf::EigenPairs pairs = gf_cf::symmetric_eigen({values, values + n * n}, n);
  const at::Tensor v = at::from_blob(pairs.vectors.data(), {n, n}, at::kDouble);
  const at::Tensor d = at::from_blob(pairs.values.data(), {n}, at::kDouble);
  const double size = matrix.abs().max().item<double>() + 1;
  EXPECT_TRUE(v.mm(v.t()).allclose(at::eye(n, at::kDouble), 0, 1e-12)) << n;
  EXPECT_TRUE(v.t().mm(at::diag(d)).mm(v).allclose(matrix, 0, 1e-12 * size)) << n;
  const at::Tensor expected = std::get<0>(at::linalg_eigh(matrix)).flip(0);
  EXPECT_TRUE(d.allclose(expected, 0, 1e-12 * size)) << n;
}

TEST(SymmetricEigen, PairsAreThoseOfLapack) {
  for (const int64_t n : {1, 2, 3, 7, 40, 133}) {
    const at::Tensor half =
        at::rand({n, n}, at::detail::createCPUGenerator(7), at::TensorOptions().dtype(at::kDouble));
    expect_pairs_of(half + half.t());
  }
}

TEST(SymmetricEigen, EqualEigenvaluesHaveOrthogonalVectors) {
  expect_pairs_of(at::eye(9, at::kDouble));
  expect_pairs_of(at::zeros({4, 4}, at::kDouble));
  expect_pairs_of(matrix({{2, 0, 0, 1}, {0, 2, 1, 0}, {0, 1, 2, 0}, {1, 0, 0, 2}}, at::kDouble));
}

TEST(SymmetricEigen, OfNothingIsNothing) {
  EXPECT_TRUE(gf_cf::symmetric_eigen({}, 0).values.empty());
}

}  // namespace
}  // namespace assay::test
