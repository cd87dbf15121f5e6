#include "recall/multi_interest/interests.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>

namespace assay::multi_interest {
namespace {

constexpr InterestSettings kSmall{.width = 6, .interests = 3, .attention = 8, .length = 5};

struct World {
  Interests network{kSmall};
  extra::NamedTensors weights = network.draw(at::detail::createCPUGenerator(1));
  at::Tensor rows = at::randn({2, 5, 6}, at::detail::createCPUGenerator(2), at::kFloat);
  at::Tensor position = at::arange(5, at::kLong).repeat({2, 1});
};

TEST(Interests, AreTheSoftmaxOverAllPlacesSoFar) {
  const World world;
  const at::Tensor all = world.network.at_each_place(world.rows, world.position, world.weights);
  for (int64_t n = 1; n <= 5; ++n) {
    // As the paper writes it, for the first n items alone.
    const at::Tensor placed = world.rows.slice(1, 0, n) + world.weights[0].second.slice(0, 0, n);
    const at::Tensor share =
        at::linear(at::linear(placed, world.weights[1].second).tanh(), world.weights[2].second)
            .softmax(1);
    const at::Tensor expected = share.transpose(1, 2).matmul(world.rows.slice(1, 0, n));
    EXPECT_LT((all.select(1, n - 1) - expected).abs().max().item<double>(), 1e-5) << n;
  }
}

TEST(Interests, WhatStandsBehindChangesNothing) {
  const World world;
  at::Tensor other = world.rows.clone();
  other.slice(1, 3).fill_(7);
  const auto first = [&](const at::Tensor& rows) {
    return world.network.at_each_place(rows, world.position, world.weights).slice(1, 0, 3);
  };
  EXPECT_TRUE(first(world.rows).equal(first(other)));
}

TEST(Interests, TheNearestIsTheOneWithTheLargestProduct) {
  const at::Tensor interests =
      at::tensor({1.0, 0.0, 0.0, 1.0, -3.0, 0.0}, at::kFloat).view({1, 3, 2});
  const auto nearest = [&](double x, double y) {
    return Interests::nearest(interests, at::tensor({x, y}, at::kFloat).view({1, 2}));
  };
  EXPECT_TRUE(nearest(2, 1).equal(interests.select(1, 0)));
  EXPECT_TRUE(nearest(1, 2).equal(interests.select(1, 1)));
  EXPECT_TRUE(nearest(-1, 2).equal(interests.select(1, 2)));
}

}  // namespace
}  // namespace assay::multi_interest
