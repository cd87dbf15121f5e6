#include <ATen/TensorOperators.h>
#include <ATen/ops/randn.h>
#include <assay/extra/neural/products.h>
#include <gmock/gmock.h>

#include "tiny_data.h"

namespace assay::test {
namespace {

at::Tensor drawn(at::IntArrayRef shape) {
  return at::randn(shape, at::detail::createCPUGenerator(3), at::kFloat);
}

TEST(LinearProduct, InBfloat16IsNearToFloat32WithGradientsOfTheSameType) {
  const at::Tensor rows = drawn({8, 16}), bias = drawn({4});
  const at::Tensor exact = drawn({4, 16}).requires_grad_(), rough = drawn({4, 16}).requires_grad_();
  const at::Tensor one = extra::linear_product(rows, exact, bias, false);
  const at::Tensor two = extra::linear_product(rows, rough, bias, true);
  EXPECT_EQ(two.scalar_type(), at::kFloat);
  EXPECT_TRUE(two.allclose(one, 0.02, 0.1));
  EXPECT_FALSE(two.equal(one));
  one.square().sum().backward();
  two.square().sum().backward();
  EXPECT_EQ(rough.grad().scalar_type(), at::kFloat);
  EXPECT_TRUE(rough.grad().allclose(exact.grad(), 0.05, 2));
}

TEST(LinearProduct, AMeasurementIsAShareAboveZero) {
  EXPECT_GT(extra::bf16_share_of_time(at::kCPU), 0);
}

}  // namespace
}  // namespace assay::test
