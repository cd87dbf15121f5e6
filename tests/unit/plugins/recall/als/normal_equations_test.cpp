#include "recall/als/normal_equations.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>

#include "some_rows.h"

namespace assay::test {
namespace {

using namespace als;

TEST(NormalEquations, SolveARowAsLapackDoes) {
  for (const int64_t factors : {1, 9, 20}) {
    const Gram products(some_rows(50, factors), factors);
    NormalEquations equations(products, 0.5);
    const Row row(7);
    equations.set(row.columns, row.confidence);
    EXPECT_TRUE(at::tensor(equations.solution())
                    .to(at::kDouble)
                    .allclose(expected(products.y(), factors, 7, 0.5), 1e-4, 1e-5))
        << factors;
  }
}

TEST(NormalEquations, ResponsesAddUpToTheScore) {
  constexpr int64_t kFactors = 9;
  const Gram products(some_rows(50, kFactors), kFactors);
  NormalEquations equations(products, 0.5);
  const Row row(7);
  equations.set(row.columns, row.confidence);
  const std::vector<double> solution = equations.solution();
  const std::vector<double> response = equations.response(30);
  const float* const y = products.y().const_data_ptr<float>();
  const auto dot = [&](const std::vector<double>& a, int64_t item) {
    return std::inner_product(a.begin(), a.end(), y + item * products.width(), 0.0);
  };
  double sum = 0;
  for (size_t n = 0; n < row.columns.size(); ++n)
    sum += row.confidence[n] * dot(response, row.columns[n]);
  EXPECT_NEAR(sum, dot(solution, 30), 1e-9);
}

}  // namespace
}  // namespace assay::test
