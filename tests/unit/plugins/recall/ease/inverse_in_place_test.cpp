#include "recall/ease/inverse_in_place.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/linalg_inv.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "tiny_data.h"

namespace assay::ease {
namespace {

at::Tensor definite(int64_t size, at::ScalarType dtype = at::kDouble) {
  const at::Tensor x = at::randn({2 * size, size}, at::detail::createCPUGenerator(7),
                                 at::TensorOptions(at::kDouble));
  return (at::matmul(x.t(), x) + at::eye(size, at::kDouble)).to(dtype);
}

const auto kGoOn = [](double) { return true; };

class InvertInPlace : public testing::TestWithParam<int64_t> {};

TEST_P(InvertInPlace, GivesTheInverseInTheSameMemory) {
  at::Tensor matrix = definite(GetParam());
  const at::Tensor expected = at::linalg_inv(matrix);
  const void* const memory = matrix.const_data_ptr();
  EXPECT_EQ(invert_in_place(matrix, kGoOn), Inversion::done);
  EXPECT_EQ(matrix.const_data_ptr(), memory);
  EXPECT_TRUE(matrix.allclose(expected, 1e-9, 1e-12));
  EXPECT_TRUE(matrix.equal(matrix.t())) << "symmetric to the bit";
}

// Below, at and above a block of columns, and more than two of them.
INSTANTIATE_TEST_SUITE_P(Sizes, InvertInPlace,
                         testing::Values(0, 1, 2, kColumnsAtOnce - 1, kColumnsAtOnce,
                                         kColumnsAtOnce + 1, 2 * kColumnsAtOnce + 77));

TEST(InvertInPlaceOf, ReadsTheLowerTriangleAlone) {
  at::Tensor whole = definite(300), lower = whole.tril().add_(at::full_like(whole, 9).triu_(1));
  invert_in_place(whole, kGoOn);
  invert_in_place(lower, kGoOn);
  EXPECT_TRUE(lower.equal(whole));
}

TEST(InvertInPlaceOf, Float32IsAsExactAsItsDigits) {
  at::Tensor matrix = definite(600, at::kFloat);
  const at::Tensor expected = at::linalg_inv(definite(600));
  EXPECT_EQ(invert_in_place(matrix, kGoOn), Inversion::done);
  const double error = (matrix.to(at::kDouble) - expected).abs().max().item<double>();
  EXPECT_LT(error, 1e-5 * expected.abs().max().item<double>());
}

TEST(InvertInPlaceOf, GivesTheSameBitsAgain) {
  at::Tensor once = definite(400, at::kFloat), again = once.clone();
  invert_in_place(once, kGoOn);
  invert_in_place(again, kGoOn);
  EXPECT_TRUE(once.equal(again));
}

TEST(InvertInPlaceOf, SaysThatAMatrixIsNotPositiveDefinite) {
  at::Tensor matrix = definite(kColumnsAtOnce + 40);
  matrix[kColumnsAtOnce + 3][kColumnsAtOnce + 3] = -1;
  EXPECT_EQ(invert_in_place(matrix, kGoOn), Inversion::not_positive_definite);
  at::Tensor nan = definite(5);
  nan[2][1] = test::kNaN;
  EXPECT_EQ(invert_in_place(nan, kGoOn), Inversion::not_positive_definite);
}

TEST(InvertInPlaceOf, TellsHowFarItIsAndStops) {
  at::Tensor matrix = definite(2 * kColumnsAtOnce);
  std::vector<double> shares;
  EXPECT_EQ(invert_in_place(matrix,
                            [&](double share) {
                              shares.push_back(share);
                              return shares.size() < 3;
                            }),
            Inversion::stopped);
  EXPECT_EQ(shares.size(), 3);
  EXPECT_TRUE(std::ranges::is_sorted(shares));
  EXPECT_LT(shares.back(), 1);
}

}  // namespace
}  // namespace assay::ease
