#include <ATen/TensorOperators.h>
#include <assay/extra/neural/sequence_losses.h>
#include <gmock/gmock.h>

#include <cmath>

#include "tiny_data.h"

namespace assay::test {
namespace {

using extra::NextItemLoss;

double sigma(double x) { return 1 / (1 + std::exp(-x)); }

double loss(NextItemLoss kind, const Numbers& positive, const Numbers& negatives,
            int64_t items = 101, double calibration = 0.75) {
  return extra::sampled_loss(kind, matrix(positive).flatten(), matrix(negatives), items,
                             calibration)
      .item<double>();
}

TEST(SampledLoss, BceIsThatOfTheNextItemAndTheMeanOfItsNegatives) {
  const double expected =
      -std::log(sigma(2)) - (std::log(1 - sigma(0.5)) + std::log(1 - sigma(-1))) / 2;
  EXPECT_NEAR(loss(NextItemLoss::bce, {{2}}, {{0.5, -1}}), expected, 1e-6);
}

TEST(SampledLoss, SampledSoftmaxCountsTheNextItemAmongItsNegatives) {
  const double expected = std::log(std::exp(2) + std::exp(0.5) + std::exp(-1)) - 2;
  EXPECT_NEAR(loss(NextItemLoss::sampled_softmax, {{2}}, {{0.5, -1}}), expected, 1e-6);
}

TEST(SampledLoss, AnInfiniteNegativeIsNone) {
  for (const NextItemLoss kind :
       {NextItemLoss::bce, NextItemLoss::sampled_softmax, NextItemLoss::gbce}) {
    const double with = loss(kind, {{1}}, {{0.5, kNone}});
    const double without =
        kind == NextItemLoss::sampled_softmax ? loss(kind, {{1}}, {{0.5}}) : with;
    EXPECT_TRUE(std::isfinite(with));
    EXPECT_NEAR(with, without, 1e-6);
  }
}

// Petrov & Macdonald 2023, equations 9 and 10: with t = 0 it is bce (summed over the negatives).
TEST(SampledLoss, GbceRaisesThePositiveToAPower) {
  EXPECT_DOUBLE_EQ(extra::gbce_power(10, 101, 0), 1);
  EXPECT_DOUBLE_EQ(extra::gbce_power(10, 101, 1), 0.1);
  EXPECT_DOUBLE_EQ(extra::gbce_power(10, 101, 0.5), 0.55);
  const double power = extra::gbce_power(2, 101, 0.75);
  const double expected =
      -power * std::log(sigma(2)) - std::log(1 - sigma(0.5)) - std::log(1 - sigma(-1));
  EXPECT_NEAR(loss(NextItemLoss::gbce, {{2}}, {{0.5, -1}}), expected, 1e-6);
}

TEST(FullLoss, IsTheSoftmaxOverAllItems) {
  const at::Tensor scores = matrix({{1, 2, 3}, {0, 0, 0}});
  const double expected =
      (std::log(std::exp(1) + std::exp(2) + std::exp(3)) - 1 + std::log(3.0)) / 2;
  EXPECT_NEAR(extra::full_loss(scores, at::tensor({0, 2}, at::kLong)).item<double>(), expected,
              1e-6);
}

}  // namespace
}  // namespace assay::test
