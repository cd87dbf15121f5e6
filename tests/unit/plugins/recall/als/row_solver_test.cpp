#include "recall/als/row_solver.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>
#include <assay/error.h>
#include <gmock/gmock.h>

#include <vector>

#include "some_rows.h"

namespace assay::test {
namespace {

using namespace als;

// Three items do not determine twenty factors: what is left of the pivots is rounding.
TEST(RowSolver, TakesDoublesWhereFloatsAreTooCoarse) {
  constexpr int64_t kFactors = 20;
  constexpr double kLambda = 1e-6;
  const at::Tensor y = some_rows(3, kFactors), products = gram(y);
  const Row row(2);
  at::Tensor x = at::zeros({y.size(1)});
  float* const to = x.mutable_data_ptr<float>();
  EXPECT_FALSE(FloatCholesky(products, y, kLambda).solve(row.columns, row.confidence, to));
  EXPECT_EQ(x.count_nonzero().item<int64_t>(), 0);
  const Gram both(y, kFactors);
  RowSolver(both, kLambda).solve(row.columns, row.confidence, to);
  const at::Tensor all = y.slice(1, 0, kFactors).to(at::kDouble);
  EXPECT_TRUE(all.matmul(x.slice(0, 0, kFactors).to(at::kDouble))
                  .allclose(all.matmul(expected(y, kFactors, 2, kLambda)), 1e-4, 1e-4));
}

// Sums of floats are rounded by more than such a lambda adds.
TEST(RowSolver, SolvesLargeVectorsWithATinyLambda) {
  constexpr int64_t kFactors = 64;
  const at::Tensor y = some_rows(20, kFactors) * 30;
  const Gram products(y, kFactors);
  const Row row(7);
  at::Tensor x = at::zeros({y.size(1)});
  RowSolver(products, 1e-7).solve(row.columns, row.confidence, x.mutable_data_ptr<float>());
  const at::Tensor scores = y.matmul(x);
  EXPECT_TRUE(scores.slice(0, 0, 7).allclose(at::ones({7}), 1e-3, 1e-3)) << scores;
  EXPECT_TRUE(scores.slice(0, 7).allclose(at::zeros({13}), 1e-3, 1e-3)) << scores;
}

TEST(RowSolver, SaysThatLambdaIsTooSmall) {
  const Gram products(some_rows(2, 20) * 1e6, 20);
  const Row row(2);
  std::vector<float> x(static_cast<size_t>(products.width()));
  RowSolver solver(products, 1e-9);
  EXPECT_THROW(solver.solve(row.columns, row.confidence, x.data()), InvalidInput);
}

}  // namespace
}  // namespace assay::test
