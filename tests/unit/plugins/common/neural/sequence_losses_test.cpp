#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/empty.h>
#include <assay/extra/neural/sequence_losses.h>
#include <gmock/gmock.h>

#include <cmath>
#include <utility>

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

// Places and items enough for several pieces, the last of them a short one.
TEST(FullLoss, IsTheSoftmaxOverAllItemsWithItsGradients) {
  for (const auto& [places, items] : {std::pair{3, 5}, std::pair{150, 60000}}) {
    at::Generator generator = at::detail::createCPUGenerator(7);
    const at::Tensor hidden = at::empty({places, 8}).normal_(0, 1, generator).requires_grad_();
    const at::Tensor table = at::empty({items, 8}).normal_(0, 1, generator).requires_grad_();
    const at::Tensor next = at::empty({places}, at::kLong).random_(0, items, generator);
    const at::Tensor expected = at::cross_entropy_loss(hidden.matmul(table.t()), next);
    expected.backward();
    const extra::FullLoss found = extra::full_loss(hidden.detach(), table.detach(), next);
    EXPECT_NEAR(found.value, expected.item<double>(), 1e-5);
    EXPECT_TRUE(found.of_hidden.allclose(hidden.grad(), 1e-4, 1e-6));
    EXPECT_TRUE(found.of_table.allclose(table.grad(), 1e-4, 1e-6));
  }
}

}  // namespace
}  // namespace assay::test
