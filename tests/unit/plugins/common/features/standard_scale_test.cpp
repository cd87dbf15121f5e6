#include <assay/extra/features/standard_scale.h>
#include <gmock/gmock.h>

#include "tiny_data.h"

namespace assay::test {
namespace {

using namespace extra;
using testing::ElementsAre;

TEST(StandardScale, ScalesKnownValuesAndPutsTheMeanWhereUnknown) {
  const at::Tensor values = matrix({{1, 5}, {3, 5}, {kNaN, 5}});
  const StandardScale scale = StandardScale::of(values);
  EXPECT_THAT(numbers(scale(values)),
              ElementsAre(ElementsAre(-1, 0), ElementsAre(1, 0), ElementsAre(0, 0)));
}

TEST(StandardScale, LeavesColumnsWithoutValuesAtZero) {
  const at::Tensor values = matrix({{kNaN}, {kNaN}});
  EXPECT_THAT(numbers(StandardScale::of(values)(values)),
              ElementsAre(ElementsAre(0), ElementsAre(0)));
}

}  // namespace
}  // namespace assay::test
