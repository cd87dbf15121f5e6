#include <ATen/TensorOperators.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <assay/extra/neural/in_batch_softmax.h>
#include <gmock/gmock.h>

#include "tiny_data.h"

namespace assay::test {
namespace {

using extra::InBatchGradients;
using extra::InBatchTargets;

at::Tensor drawn(int64_t rows) {
  return at::randn({rows, 3}, at::detail::createCPUGenerator(static_cast<uint64_t>(rows)));
}

TEST(InBatchSoftmax, GradientsAreThoseOfAutograd) {
  const InBatchTargets targets{.positive = {1, 0, 3, 3},
                               .log_q = {-1, -2.5, -0.1F, -4, -3},
                               .masked = {0 * 5 + 4, 2 * 5 + 0},
                               .weight = {1, 0.5F, 2, 1},
                               .temperature = 0.3};
  const at::Tensor queries = drawn(4).requires_grad_(), items = drawn(5).requires_grad_();
  at::Tensor scores =
      queries.matmul(items.t()) / 0.3 - at::tensor({-1., -2.5, -0.1, -4., -3.}, at::kFloat);
  scores = scores.masked_fill(
      at::tensor({0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0}, at::kLong)
          .view({4, 5})
          .to(at::kBool),
      kNone);
  const at::Tensor loss = (at::cross_entropy_loss(scores, at::tensor({1, 0, 3, 3}, at::kLong), {},
                                                  /*reduction=*/0) *
                           at::tensor({1., 0.5, 2., 1.}, at::kFloat))
                              .mean();
  loss.backward();
  const InBatchGradients found = extra::in_batch_softmax(queries.detach(), items.detach(), targets);
  EXPECT_NEAR(found.loss, loss.item<double>(), 1e-5);
  EXPECT_TRUE(found.of_queries.allclose(queries.grad(), 1e-4, 1e-6));
  EXPECT_TRUE(found.of_items.allclose(items.grad(), 1e-4, 1e-6));
}

TEST(InBatchSoftmax, ALowTemperatureLeavesTheLossFinite) {
  const InBatchTargets targets{
      .positive = {0}, .log_q = {}, .masked = {}, .weight = {}, .temperature = 1e-3};
  const at::Tensor queries = matrix({{1, 0}}), items = matrix({{-1, 0}, {1, 0}});
  EXPECT_NEAR(extra::in_batch_softmax(queries, items, targets).loss, 2000, 1e-2);
}

}  // namespace
}  // namespace assay::test
