#include "kernels/rough_dot.h"

#include <ATen/Parallel.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/randn.h>
#include <assay/kernels.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "unit/kernels/requests.h"

namespace assay::kernels {
namespace {

using assay::testing::Lists;
using assay::testing::requests;

constexpr float kInfinity = std::numeric_limits<float>::infinity();

float round_all(const at::Tensor& from, RoughItems& to) {
  return to.round(from.const_data_ptr<float>(), from.size(1), 0, from.size(0));
}

// Vectors of lengths that differ by orders of magnitude, as factors of popular and rare items do.
at::Tensor uneven(int64_t rows, int64_t width) {
  return at::randn({rows, width}).mul(at::randn({rows, 1}).mul(2).exp()).contiguous();
}

CandidateBatch one_by_one(const at::Tensor& queries, const at::Tensor& items, int64_t k,
                          const std::optional<Lists>& excluded = {}) {
  std::vector<at::Tensor> item, score;
  for (int64_t row = 0; row < queries.size(0); ++row) {
    const auto batch = excluded ? requests(1, Lists{(*excluded)[row]}) : requests(1);
    const CandidateBatch one = top_k_dot(queries.slice(0, row, row + 1), items, k, batch);
    item.push_back(one.item);
    score.push_back(one.score);
  }
  return {.item = at::cat(item), .score = at::cat(score)};
}

void expect_as_one_by_one(const at::Tensor& queries, const at::Tensor& items, int64_t k,
                          const std::optional<Lists>& excluded = {}) {
  const int64_t rows = queries.size(0);
  const CandidateBatch all = top_k_dot(queries, items, k, requests(rows, excluded)),
                       one = one_by_one(queries, items, k, excluded);
  EXPECT_TRUE(at::equal(all.item, one.item));
  EXPECT_TRUE(at::equal(all.score, one.score));
}

class OneThread : public ::testing::Test {
 protected:
  void SetUp() override {
    at::manual_seed(11);
    at::set_num_threads(1);
  }
  void TearDown() override { at::set_num_threads(threads_); }
  int threads_ = at::get_num_threads();
};
using RoughDot = OneThread;
using TopKDotInIntegers = OneThread;

TEST_F(RoughDot, AScoreIsNeverFurtherOffThanItsErrorSays) {
  for (const int64_t width : {1, 3, 16, 64, 301}) {
    const at::Tensor queries = uneven(40, width), items = uneven(200, width);
    RoughItems rough(200, width);
    const float longest = round_all(items, rough);
    const RoughQueries asked(queries.const_data_ptr<float>(), 40, width, rough, longest);
    RoughPool pool(40, 1);
    std::vector<int8_t> steps(static_cast<size_t>(rough.width));
    double largest_share = 0;
    for (int64_t q = 0; q < 40; ++q) {
      const float* const query = queries.const_data_ptr<float>() + q * width;
      const Rounded in_steps = round_vector(query, width, steps.data());
      for (int64_t i = 0; i < 200; ++i) {
        int32_t sum = 0;
        for (int64_t d = 0; d < width; ++d) sum += steps[d] * rough.value[i * rough.width + d];
        const double score = score_one(items.const_data_ptr<float>() + i * width, query, width),
                     off = std::abs(score / in_steps.scale - double(sum) * rough.scale[i]);
        const RoughPanel panel(rough, asked, pool, q / kRoughPanel * kRoughPanel);
        const float error = panel.error(q % kRoughPanel, i);
        ASSERT_LE(off, error) << width;
        largest_share = std::max(largest_share, off / error);
      }
    }
    EXPECT_GT(largest_share, width == 1 ? 0 : 0.1) << "the bound is of the size of what is lost";
  }
}

TEST_F(RoughDot, InstructionsForIntegersDoWhatPlainLoopsDo) {
  if (!has_vnni()) GTEST_SKIP() << "this machine has no AVX-512 VNNI";
  for (const int64_t width : {4, 17, 64}) {
    const int64_t items = 307, rows = 40, k = 20;
    const at::Tensor item = at::randn({items, width}), query = at::randn({rows, width});
    RoughItems rough(items, width);
    const float longest = round_all(item, rough);
    const RoughQueries asked(query.const_data_ptr<float>(), rows, width, rough, longest);
    RoughPool fast(rows, k), plain(rows, k);
    for (RoughPool* pool : {&fast, &plain})
      for (int64_t r = 0; r < rows; ++r) pool->begin(r, {});
    for (int64_t r = 0; r < rows; r += kRoughPanel) {
      scan_rough_vnni({rough, asked, fast, r}, 0, items);
      scan_rough_plain({rough, asked, plain, r}, 0, items);
    }
    for (int64_t r = 0; r < rows; ++r) {
      EXPECT_THAT(fast[r].candidates(), ::testing::ElementsAreArray(plain[r].candidates()));
      EXPECT_GE(fast[r].candidates().size(), static_cast<size_t>(k));
      EXPECT_LT(fast[r].candidates().size(), static_cast<size_t>(items / 2));
    }
  }
}

TEST_F(RoughDot, WhatCannotBeToldApartIsGivenUp) {
  const at::Tensor items = at::full({500, 16}, 0.5F), query = at::full({1, 16}, 0.25F);
  RoughItems rough(500, 16);
  const float longest = round_all(items, rough);
  const RoughQueries asked(query.const_data_ptr<float>(), 1, 16, rough, longest);
  RoughPool pool(1, 10);
  pool.begin(0, {});
  scan_rough_plain({rough, asked, pool, 0}, 0, 500);
  EXPECT_TRUE(pool[0].gave_up());
  EXPECT_THAT(pool[0].candidates(), ::testing::IsEmpty());
}

TEST_F(RoughDot, VectorsWithoutAScaleAndThoseThatAreNotFiniteAreSaid) {
  at::Tensor vectors = at::randn({3, 16});
  vectors[0].zero_();
  vectors[1][5] = kInfinity;
  RoughItems items(10, 16), infinite(3, 16);
  const float longest = round_all(at::randn({10, 16}), items);
  const RoughQueries asked(vectors.const_data_ptr<float>(), 3, 16, items, longest);
  EXPECT_EQ(asked.by_norm[0], kInfinity);
  EXPECT_EQ(asked.by_norm[1], kInfinity);
  EXPECT_LT(asked.by_norm[2], kInfinity);
  EXPECT_LT(longest, kInfinity);
  EXPECT_EQ(round_all(vectors, infinite), kInfinity);
}

TEST_F(TopKDotInIntegers, GivesTheItemsAndScoresOfFloats) {
  for (const int64_t width : {16, 19, 64}) {
    expect_as_one_by_one(at::randn({150, width}), at::randn({6000, width}), 20);
    expect_as_one_by_one(uneven(150, width), uneven(6000, width), 60);
  }
  expect_as_one_by_one(at::randn({300, 32}), at::randn({3000, 32}), 1);
}

TEST_F(TopKDotInIntegers, LeavesOutWhatIsExcluded) {
  const at::Tensor queries = at::randn({130, 24}), items = at::randn({4000, 24});
  const CandidateBatch best = top_k_dot(queries, items, 30, requests(130));
  Lists excluded;
  for (int64_t row = 0; row < 130; ++row) {
    excluded.push_back(assay::testing::integers(best.item[row]));
    std::ranges::sort(excluded.back());
  }
  expect_as_one_by_one(queries, items, 30, excluded);
}

TEST_F(TopKDotInIntegers, ScoresThatAreEqualOrNearlySoKeepTheirOrder) {
  at::Tensor items = at::randn({1, 32}).add(at::randn({5000, 32}).mul(1e-4)).contiguous();
  items.slice(0, 100, 4000).copy_(items.slice(0, 0, 1).expand({3900, 32}));
  expect_as_one_by_one(at::randn({140, 32}), items, 20);
}

TEST_F(TopKDotInIntegers, QueriesOfNoValueAndOfAnyLengthAreAnswered) {
  at::Tensor queries = at::randn({140, 16}), items = at::randn({2000, 16});
  queries[3].zero_();
  queries[4].fill_(std::numeric_limits<float>::quiet_NaN());
  queries[5].mul_(1e30F);
  queries[6].mul_(1e-35F);
  queries[138].fill_(-std::numeric_limits<float>::infinity());
  items[7].zero_();
  items[8].mul_(1e-38F);
  expect_as_one_by_one(queries, items, 10);
  items[9].mul_(1e20F);
  expect_as_one_by_one(queries, items, 10);
  items[10][3] = std::numeric_limits<float>::quiet_NaN();
  expect_as_one_by_one(queries, items, 10);
}

}  // namespace
}  // namespace assay::kernels
