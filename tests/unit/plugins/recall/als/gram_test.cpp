#include "recall/als/gram.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>

#include <thread>
#include <vector>

#include "some_rows.h"

namespace assay::test {
namespace {

using namespace als;
using testing::Each;

TEST(Gram, IsTheProductOfTheTransposedRowsWithThem) {
  for (const int64_t factors : {1, 16, 37}) {
    const at::Tensor y = some_rows(300, factors), wide = y.to(at::kDouble);
    EXPECT_TRUE(gram(y).to(at::kDouble).allclose(wide.t().matmul(wide), 1e-5, 1e-4)) << factors;
  }
}

TEST(Gram, OfFewerRowsThanFactorsIsPositiveDefiniteInDoublesWithAnyLambda) {
  constexpr int64_t kFactors = 20;
  const Gram both(some_rows(3, kFactors), kFactors);
  const std::vector<double>& lower = both.doubles();
  const at::Tensor all = both.y().slice(1, 0, kFactors).to(at::kDouble);
  const at::Tensor expected = all.t().matmul(all);
  for (int64_t a = 0; a < kFactors; ++a) {
    for (int64_t b = 0; b <= a; ++b)
      EXPECT_NEAR(lower[a * kFactors + b], expected[a][b].item<double>(), 1e-12);
  }
}

TEST(Gram, OfNoRowsIsZero) {
  const Gram none(at::zeros({0, padded_width(5)}), 5);
  EXPECT_EQ(none.floats().count_nonzero().item<int64_t>(), 0);
  EXPECT_THAT(none.doubles(), Each(0));
}

TEST(Gram, HasTheSameBitsWithAnyNumberOfThreads) {
  const at::Tensor y = some_rows(1000, 32);
  const at::Tensor many = gram(y);
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const at::Tensor one = gram(y);
  at::set_num_threads(threads);
  EXPECT_TRUE(one.equal(many));
}

TEST(Gram, PaddingIsZeroAndKeepsTheFactors) {
  const at::Tensor y = some_rows(4, 5);
  EXPECT_EQ(y.size(1), padded_width(5));
  EXPECT_EQ(y.slice(1, 5).count_nonzero().item<int64_t>(), 0);
  EXPECT_EQ(padded_width(16), 16);
  EXPECT_EQ(padded_width(17), 32);
}

}  // namespace
}  // namespace assay::test
