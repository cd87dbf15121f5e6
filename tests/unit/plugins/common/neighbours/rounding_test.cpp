#include <ATen/ops/tensor.h>
#include <assay/extra/neighbours/rounding.h>
#include <gmock/gmock.h>

#include <vector>

namespace assay::test {
namespace {

using namespace extra;

TEST(Rounding, RoundsHalfToEvenOrNotAtAll) {
  EXPECT_EQ(Rounding(1)(0.25), 0.2);
  EXPECT_EQ(Rounding(2)(-1.2345), -1.23);
  EXPECT_EQ(Rounding(0)(1.23456789), 1.23456789);
  const at::Tensor values = at::tensor(std::vector<double>{0.1 + 0.2, 0.3}, at::kDouble);
  EXPECT_NE(values[0].item<double>(), values[1].item<double>());
  EXPECT_EQ(Rounding(10)(values)[0].item<double>(), Rounding(10)(values)[1].item<double>());
}

}  // namespace
}  // namespace assay::test
