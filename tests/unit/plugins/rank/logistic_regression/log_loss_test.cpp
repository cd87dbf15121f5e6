#include "rank/logistic_regression/log_loss.h"

#include <ATen/TensorOperators.h>
#include <gmock/gmock.h>

#include <cmath>

#include "tiny_data.h"

namespace assay::test {
namespace {

using namespace logistic_regression;

at::Tensor ids(const std::vector<int64_t>& values) { return at::tensor(values, at::kLong); }
at::Tensor doubles(const std::vector<double>& values) { return at::tensor(values, at::kDouble); }

// Two requests of two users with four candidates; every part has a column or more.
LinearExamples examples() {
  LinearExamples e;
  e.layout = {.candidate = 2, .request = 1, .user = 1, .item = 2};
  e.inputs = matrix({{0.5, -1}, {1.5, 0}, {-0.3, 2}, {0.1, 0.7}}, at::kDouble);
  e.request = ids({0, 0, 1, 1});
  e.user = ids({0, 0, 1, 1});
  e.item = ids({0, 1, 1, 2});
  e.requests = {2, 1, ids({0, 1}), ids({0, 0}), doubles({0.4, -0.6})};
  e.users = {2, 1, ids({1}), ids({0}), doubles({1})};
  e.items = {3, 2, ids({0, 1, 2}), ids({0, 1, 0}), doubles({1, 1, 0.5})};
  e.label = doubles({1, 0, 0, 1});
  e.weight = doubles({1, 2, 1, 3});
  return e;
}

TEST(LogLoss, GradientIsTheSlopeOfTheValue) {
  const LinearExamples e = examples();
  const LogLoss loss(e, 0.8);
  const at::Tensor at = doubles({0.2, -0.5, 0.3, 0.9, -0.7, 0.1, 0.4});
  const at::Tensor gradient = loss(at).second;
  for (int64_t i = 0; i < at.size(0); ++i) {
    at::Tensor up = at.clone(), down = at.clone();
    up[i] += 1e-6;
    down[i] -= 1e-6;
    EXPECT_NEAR(gradient[i].item<double>(), (loss(up).first - loss(down).first) / 2e-6, 1e-8)
        << "weight " << i;
  }
}

TEST(LogLoss, IsTheWeightedMeanOfSurprisesPlusThePenalty) {
  const LinearExamples e = examples();
  const at::Tensor at = doubles({0.7, 0, 0, 0, 0, 0, 2});
  const double plus = -std::log(1 / (1 + std::exp(-0.7)));
  const double with_item = -std::log(1 - 1 / (1 + std::exp(-2.7)));
  EXPECT_NEAR(LogLoss(e, 0.5)(at).first,
              (plus * 1 + with_item * 3 + plus * 3) / 7 + 0.5 / 7 / 2 * 4, 1e-12);
}

TEST(LogLoss, HugeLogitsGiveFiniteValues) {
  const LinearExamples e = examples();
  const auto [value, gradient] = LogLoss(e, 0)(doubles({1e5, 0, 0, 0, 0, 0, 0}));
  EXPECT_NEAR(value, 1e5 * 3 / 7, 1e-6);
  EXPECT_TRUE(gradient.isfinite().all().item<bool>());
}

}  // namespace
}  // namespace assay::test
