#include "recall/als/row_system.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/linalg_solve.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>
#include <assay/error.h>
#include <gmock/gmock.h>

#include <numeric>

#include "recall/als/implicit_least_squares.h"

namespace assay::test {
namespace {

using namespace als;

constexpr float kConfidence = 11;

// float32 [rows, padded_width(factors)], normal numbers.
at::Tensor some_rows(int64_t rows, int64_t factors) {
  const at::Tensor values = at::randn({rows, factors}, at::detail::createCPUGenerator(1));
  return at::constant_pad_nd(values, {0, padded_width(factors) - factors});
}

// The equations of a row that saw the first `seen` rows of `y`, solved by LAPACK in float64.
at::Tensor expected(const at::Tensor& y, int64_t factors, int64_t seen, double lambda) {
  const at::Tensor all = y.slice(1, 0, factors).to(at::kDouble), known = all.slice(0, 0, seen);
  const at::Tensor left = gram(y).slice(0, 0, factors).slice(1, 0, factors).to(at::kDouble) +
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

TEST(FloatRowSystem, SolvesAsDoublesDo) {
  for (const int64_t factors : {1, 16, 37, 64}) {
    const at::Tensor y = some_rows(300, factors), products = gram(y);
    FloatRowSystem system(products, y, 0.5);
    for (const int64_t seen : {1, 3, 64, 150}) {
      const Row row(seen);
      at::Tensor x = at::zeros({y.size(1)});
      ASSERT_TRUE(system.solve(row.columns, row.confidence, x.mutable_data_ptr<float>()));
      EXPECT_TRUE(x.slice(0, 0, factors)
                      .to(at::kDouble)
                      .allclose(expected(y, factors, seen, 0.5), 1e-4, 1e-6))
          << factors << " factors, " << seen << " seen";
      EXPECT_EQ(x.slice(0, factors).count_nonzero().item<int64_t>(), 0);
    }
  }
}

// Three items do not determine twenty factors: what is left of the pivots is rounding.
TEST(RowSolver, TakesDoublesWhereFloatsAreTooCoarse) {
  constexpr int64_t kFactors = 20;
  constexpr double kLambda = 1e-6;
  const at::Tensor y = some_rows(3, kFactors), products = gram(y);
  const Row row(2);
  at::Tensor x = at::zeros({y.size(1)});
  float* const to = x.mutable_data_ptr<float>();
  EXPECT_FALSE(FloatRowSystem(products, y, kLambda).solve(row.columns, row.confidence, to));
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
