#include <ATen/TensorOperators.h>
#include <assay/extra/factors/row_adam.h>
#include <gmock/gmock.h>

#include <cmath>

#include "tiny_data.h"

namespace assay::test {
namespace {

using extra::RowAdam;

// Kingma & Ba 2015, algorithm 1, of one number.
struct Adam {
  double value, mean = 0, square = 0;
  int step = 0;
  void move(double gradient, double rate) {
    ++step;
    mean = 0.9 * mean + 0.1 * gradient;
    square = 0.999 * square + 0.001 * gradient * gradient;
    value -= rate * (mean / (1 - std::pow(0.9, step))) /
             (std::sqrt(square / (1 - std::pow(0.999, step))) + 1e-8);
  }
};

TEST(RowAdam, MovesARowAsThePaperSays) {
  const at::Tensor table = matrix({{1, -2}, {3, 4}});
  RowAdam adam(table, {.learning_rate = 0.1});
  Adam first{.value = 3}, second{.value = 4};
  const std::vector<int64_t> rows = {1};
  for (const float gradient : {0.5F, -0.25F, 2.F}) {
    adam.step(rows, std::vector<float>{gradient, 1});
    first.move(gradient, 0.1);
    second.move(1, 0.1);
  }
  EXPECT_NEAR(table[1][0].item<double>(), first.value, 1e-5);
  EXPECT_NEAR(table[1][1].item<double>(), second.value, 1e-5);
}

TEST(RowAdam, LeavesOtherRowsAsTheyAre) {
  const at::Tensor table = matrix({{1, -2}, {3, 4}, {5, 6}});
  RowAdam adam(table, {.learning_rate = 0.1});
  const std::vector<int64_t> all = {0, 1, 2}, one = {1};
  adam.step(all, std::vector<float>(6, 1.F));
  const at::Tensor before = table.clone();
  adam.step(one, std::vector<float>(2, 1.F));
  EXPECT_TRUE(table[0].equal(before[0]));
  EXPECT_TRUE(table[2].equal(before[2]));
  EXPECT_FALSE(table[1].equal(before[1]));
}

TEST(RowAdam, AStepOfTheWholeTableIsThatOfAllItsRows) {
  const at::Tensor one = matrix({{1, -2}, {3, 4}}), two = one.clone();
  RowAdam by_rows(one, {.learning_rate = 0.1, .weight_decay = 0.5});
  RowAdam whole(two, {.learning_rate = 0.1, .weight_decay = 0.5});
  const std::vector<int64_t> rows = {0, 1};
  by_rows.step(rows, std::vector<float>{1, 2, 3, 4});
  whole.step(matrix({{1, 2}, {3, 4}}));
  EXPECT_TRUE(one.equal(two));
}

TEST(RowAdam, OperatorsOfOtherDevicesMoveRowsAsTheLoopDoes) {
  const at::Tensor one = matrix({{1, -2}, {3, 4}, {5, 6}}), two = one.clone();
  RowAdam loop(one, {.learning_rate = 0.1, .weight_decay = 0.2});
  RowAdam operators(two, {.learning_rate = 0.1, .weight_decay = 0.2, .by_operators = true});
  const at::Tensor rows = at::tensor({2, 0}, at::kLong);
  for (const double gradient : {0.5, -1.0, 2.0}) {
    loop.step(rows, matrix({{gradient, 1}, {-gradient, 2}}));
    operators.step(rows, matrix({{gradient, 1}, {-gradient, 2}}));
    loop.step(matrix({{1, 2}, {3, gradient}, {0, 0}}));
    operators.step(matrix({{1, 2}, {3, gradient}, {0, 0}}));
  }
  EXPECT_TRUE(one.allclose(two, 1e-5, 1e-5));
}

}  // namespace
}  // namespace assay::test
