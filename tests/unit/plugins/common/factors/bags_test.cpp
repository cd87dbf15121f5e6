#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/zeros.h>
#include <assay/extra/factors/bags.h>
#include <assay/extra/factors/touched_rows.h>
#include <gmock/gmock.h>

#include "tiny_data.h"

namespace assay::test {
namespace {

using extra::Bags;
using testing::ElementsAre;

Bags three() {
  Bags bags;
  bags.add(2, 0.5F);
  bags.add(0, 2);
  bags.close();
  bags.close();
  bags.add(1, 1);
  bags.add(1, 3);
  bags.close();
  return bags;
}

at::Tensor dense(const Bags& bags, int64_t rows) {
  at::Tensor out = at::zeros({bags.size(), rows});
  for (int64_t bag = 0; bag < bags.size(); ++bag)
    for (int64_t at = bags.offsets[bag]; at < bags.offsets[bag + 1]; ++at)
      out[bag][bags.rows[at]] += bags.weights[at];
  return out;
}

TEST(Bags, SumWeightedRowsAndAnEmptyBagIsZero) {
  const at::Tensor table = matrix({{1, 2}, {3, 4}, {10, 20}});
  EXPECT_THAT(numbers(three().sums(table)),
              ElementsAre(ElementsAre(7, 14), ElementsAre(0, 0), ElementsAre(12, 16)));
}

TEST(Bags, TransposedBagsGiveTheGradientOfTheTable) {
  const at::Tensor gradient = matrix({{1, -1}, {5, 5}, {2, 0.5}});
  const at::Tensor expected = dense(three(), 4).t().matmul(gradient);
  EXPECT_TRUE(three().transposed(4).sums(gradient).equal(expected));
}

TEST(TouchedRows, KeepTheOrderOfTheFirstTouchAndForgetAll) {
  extra::TouchedRows rows(10);
  EXPECT_EQ(rows.place(7), 0);
  EXPECT_EQ(rows.place(3), 1);
  EXPECT_EQ(rows.place(7), 0);
  EXPECT_EQ(rows.find(4), -1);
  EXPECT_THAT(rows.rows(), ElementsAre(7, 3));
  rows.clear();
  EXPECT_EQ(rows.find(7), -1);
  EXPECT_EQ(rows.place(3), 0);
}

}  // namespace
}  // namespace assay::test
