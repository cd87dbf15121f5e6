#include <ATen/ops/matmul.h>
#include <assay/extra/interactions/co_occurrence.h>
#include <gmock/gmock.h>

#include "tiny_data.h"

namespace assay::test {
namespace {

using namespace extra;

TEST(CoOccurrence, IsTheProductOfTheMatrixOfPositivesWithItself) {
  const TrainingView data = training_of({{0, 1, 4}, {1, 2}, {}, {0, 2, 3}, {3, 4}, {0, 4}}, 6);
  const at::Tensor x = data.by_user.dense(6).to(at::kDouble);
  EXPECT_TRUE(co_occurrence_matrix(data, {}, at::kDouble).equal(at::matmul(x.t(), x)));
  EXPECT_TRUE(
      co_occurrence_matrix(data, {}, at::kFloat).equal(at::matmul(x.t(), x).to(at::kFloat)));
}

TEST(CoOccurrence, OfWeightedPairsIsTheProductOfTheirMatrix) {
  // User 0 took item 1 three times; user 1 item 2 with weight 0.25.
  const TrainingView data =
      training_of({{0, 1}, {0, 0}, {0, 1}, {0, 1}, {1, 2, -1, true, 0.25F}, {1, 1}}, 2, 3);
  const at::Tensor x = matrix({{1, 3, 0}, {0, 1, 0.25}}, at::kDouble);
  const PairWeights pairs = pair_weights(data, Repeats::each);
  EXPECT_TRUE(co_occurrence_matrix(data, pairs, at::kDouble).equal(at::matmul(x.t(), x)));
}

TEST(CoOccurrence, OfNoItemsIsEmpty) {
  EXPECT_EQ(co_occurrence_matrix(training_of(Lists{{}}, 0), {}, at::kDouble).numel(), 0);
}

}  // namespace
}  // namespace assay::test
