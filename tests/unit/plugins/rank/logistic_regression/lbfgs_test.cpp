#include "rank/logistic_regression/lbfgs.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/linalg_solve.h>
#include <ATen/ops/mv.h>
#include <gmock/gmock.h>

#include "tiny_data.h"

namespace assay::test {
namespace {

using namespace logistic_regression;

at::Tensor doubles(const std::vector<double>& values) { return at::tensor(values, at::kDouble); }

TEST(Lbfgs, FindsTheMinimumOfABadlyScaledBowl) {
  const at::Tensor a = matrix({{1000, 3, 0}, {3, 1, 0.1}, {0, 0.1, 0.02}}, at::kDouble);
  const at::Tensor b = doubles({1, -2, 0.5});
  const Minimum found = minimise_lbfgs(
      [&](const at::Tensor& x) {
        const at::Tensor ax = at::mv(a, x);
        return std::pair(((x * ax).sum() / 2 - (b * x).sum()).item<double>(), ax - b);
      },
      at::zeros({3}, at::kDouble), {.tolerance = 1e-9});
  EXPECT_TRUE(found.converged);
  EXPECT_TRUE(found.x.allclose(at::linalg_solve(a, b), 1e-6, 1e-8));
}

TEST(Lbfgs, StopsAtTheGivenNumberOfIterations) {
  const Minimum found = minimise_lbfgs(
      [](const at::Tensor& x) { return std::pair(x.pow(4).sum().item<double>(), x.pow(3) * 4); },
      doubles({0.7, 0.2}), {.iterations = 3, .tolerance = 1e-12});
  EXPECT_FALSE(found.converged);
  EXPECT_EQ(found.iterations, 3);
}

TEST(Lbfgs, StartingAtTheMinimumStaysThere) {
  const Minimum found = minimise_lbfgs(
      [](const at::Tensor& x) { return std::pair(x.square().sum().item<double>(), x * 2); },
      at::zeros({2}, at::kDouble), {});
  EXPECT_TRUE(found.converged);
  EXPECT_EQ(found.iterations, 0);
}

}  // namespace
}  // namespace assay::test
