#include <assay/extra/neighbours/item_weights.h>
#include <gmock/gmock.h>

#include "tiny_data.h"

namespace assay::test {
namespace {

using namespace extra;
using testing::ElementsAre;

TEST(ItemWeights, TransposedTwiceIsTheSameMatrix) {
  const ItemWeights weights{at::tensor(std::vector<int64_t>{0, 2, 2, 3}, at::kLong),
                            at::tensor(std::vector<int>{1, 2, 0}, at::kInt),
                            at::tensor(std::vector<double>{.1, .2, .3}, at::kDouble)};
  const ItemWeights turned = weights.transposed();
  EXPECT_THAT(lists(turned.offsets.unsqueeze(0))[0], ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(lists(turned.target.to(at::kLong).unsqueeze(0))[0], ElementsAre(2, 0, 0));
  EXPECT_TRUE(turned.transposed().weight.equal(weights.weight));
  EXPECT_TRUE(turned.transposed().target.equal(weights.target));
}

}  // namespace
}  // namespace assay::test
