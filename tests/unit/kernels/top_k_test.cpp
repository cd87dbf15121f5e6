#include <ATen/Parallel.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>
#include <assay/kernels.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <set>

#include "kernels/top_k_aten.h"
#include "unit/kernels/requests.h"

namespace assay {
namespace {

using ::testing::ElementsAre;
using testing::integers;
using testing::Lists;
using testing::matrix;
using testing::requests;

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

// The definition, word by word.
std::vector<int64_t> plain_top_k(const at::Tensor& row, int64_t k,
                                 const std::vector<int64_t>* excluded,
                                 const std::vector<int64_t>* allowed) {
  const at::Tensor scores = row.to(at::kDouble).contiguous();
  const double* score = scores.const_data_ptr<double>();
  std::vector<int64_t> ids;
  for (int64_t i = 0; i < scores.size(0); ++i) {
    if (std::isnan(score[i]) || score[i] == -kInf) continue;
    if (excluded && std::binary_search(excluded->begin(), excluded->end(), i)) continue;
    if (allowed && !std::binary_search(allowed->begin(), allowed->end(), i)) continue;
    ids.push_back(i);
  }
  std::stable_sort(ids.begin(), ids.end(),
                   [&](int64_t a, int64_t b) { return score[a] > score[b]; });
  ids.resize(static_cast<size_t>(std::min<int64_t>(k, ids.size())));
  ids.resize(static_cast<size_t>(k), -1);
  return ids;
}

void expect_scores_of_items(const CandidateBatch& got, const at::Tensor& scores) {
  const auto items = integers(got.item);
  const auto values = testing::floats(got.score);
  for (size_t i = 0; i < items.size(); ++i) {
    const int64_t row = static_cast<int64_t>(i) / got.width();
    const float expected = items[i] < 0 ? -kInf : scores[row][items[i]].item<float>();
    ASSERT_EQ(values[i], expected);
  }
}

void expect_plain(const at::Tensor& scores, int64_t k, const RequestBatch& batch,
                  const Lists* excluded, const Lists* allowed) {
  const CandidateBatch got = top_k(scores, k, batch), aten = kernels::top_k_aten(scores, k, batch);
  ASSERT_EQ(got.item.sizes(), (std::vector<int64_t>{scores.size(0), k}));
  ASSERT_EQ(got.score.scalar_type(), at::kFloat);
  for (int64_t r = 0; r < scores.size(0); ++r) {
    const auto expected = plain_top_k(scores[r], k, excluded ? &(*excluded)[r] : nullptr,
                                      allowed ? &(*allowed)[r] : nullptr);
    ASSERT_EQ(integers(got.item[r]), expected) << "row " << r;
    ASSERT_EQ(integers(aten.item[r]), expected) << "row " << r << " through ATen";
  }
  EXPECT_TRUE(at::equal(got.score, aten.score));
  expect_scores_of_items(got, scores);
}

Lists random_rows(int64_t rows, int64_t items, double share, std::mt19937& random) {
  Lists lists(static_cast<size_t>(rows));
  std::bernoulli_distribution in(share);
  for (auto& row : lists) {
    for (int64_t i = 0; i < items; ++i) {
      if (in(random)) row.push_back(i);
    }
  }
  return lists;
}

TEST(TopK, IsWhatItsDefinitionSaysForTiedScoresOfAllSizes) {
  std::mt19937 random(5);
  for (const auto type : {at::kFloat, at::kDouble}) {
    for (const int64_t items : {1, 7, 31, 32, 33, 100, 1000, 3706}) {
      for (const int64_t k : {1, 2, 10, 100, 2000}) {
        const at::Tensor scores = at::randint(-20, 20, {9, items}, at::kFloat).to(type);
        expect_plain(scores, k, requests(9), nullptr, nullptr);
        const Lists excluded = random_rows(9, items, 0.3, random),
                    allowed = random_rows(9, items, 0.4, random);
        expect_plain(scores, k, requests(9, excluded), &excluded, nullptr);
        expect_plain(scores, k, requests(9, excluded, allowed), &excluded, &allowed);
      }
    }
  }
}

TEST(TopK, IsWhatItsDefinitionSaysForScoresWithoutTies) {
  for (const auto type : {at::kFloat, at::kDouble}) {
    const at::Tensor scores = at::randn({20, 5000}, type);
    for (const int64_t k : {1, 20, 101}) expect_plain(scores, k, requests(20), nullptr, nullptr);
  }
}

TEST(TopK, RisingAndFallingScoresAreTheWorstAndBestCase) {
  at::Tensor rising = at::zeros({1, 4000}, at::kFloat);
  for (int64_t i = 0; i < 4000; ++i) rising[0][i] = static_cast<float>(i);
  expect_plain(rising, 100, requests(1), nullptr, nullptr);
  expect_plain(rising.neg(), 100, requests(1), nullptr, nullptr);
}

TEST(TopK, NanAndMinusInfinityAreNeverChosenAndPlusInfinityIs) {
  const CandidateBatch got = top_k(matrix({{kNan, -kInf, 1, kInf, kNan, -1}}), 5, requests(1));
  EXPECT_THAT(integers(got.item), ElementsAre(3, 2, 5, -1, -1));
  EXPECT_THAT(testing::floats(got.score), ElementsAre(kInf, 1, -1, -kInf, -kInf));
  expect_plain(matrix({{kNan, -kInf, 1, kInf, kNan, -1}}), 5, requests(1), nullptr, nullptr);
  expect_plain(matrix({{kNan, kNan}}), 2, requests(1), nullptr, nullptr);
}

TEST(TopK, BothZerosAreOneScore) {
  expect_plain(matrix({{-0.0f, 0.0f, -0.0f, 0.0f}}), 3, requests(1), nullptr, nullptr);
  EXPECT_THAT(integers(top_k(matrix({{-0.0f, 0.0f, -0.0f}}), 3, requests(1)).item),
              ElementsAre(0, 1, 2));
}

TEST(TopK, DoublesAreComparedAsDoubles) {
  at::Tensor scores = at::zeros({1, 3}, at::kDouble);
  scores[0][0] = 1.0;
  scores[0][1] = 1.0 + 1e-12;
  scores[0][2] = 1.0 + 2e-12;
  EXPECT_THAT(integers(top_k(scores, 3, requests(1)).item), ElementsAre(2, 1, 0));
  EXPECT_THAT(integers(kernels::top_k_aten(scores, 3, requests(1)).item), ElementsAre(2, 1, 0));
  EXPECT_EQ(top_k(scores, 3, requests(1)).score.scalar_type(), at::kFloat);
}

TEST(TopK, EverythingExcludedOrNothingAllowedGivesPaddingOnly) {
  const Lists all = {{0, 1, 2}, {0, 1, 2}}, none = {{}, {}};
  const at::Tensor scores = matrix({{1, 2, 3}, {3, 2, 1}});
  expect_plain(scores, 2, requests(2, all), &all, nullptr);
  expect_plain(scores, 2, requests(2, none, none), &none, &none);
  EXPECT_THAT(integers(top_k(scores, 2, requests(2, all)).item), ElementsAre(-1, -1, -1, -1));
}

TEST(TopK, NoRequestNoItemOrNoPlaceIsAnEmptyAnswer) {
  EXPECT_EQ(top_k(at::zeros({0, 5}), 3, requests(0)).item.sizes(), (std::vector<int64_t>{0, 3}));
  EXPECT_EQ(top_k(at::zeros({2, 5}), 0, requests(2)).item.sizes(), (std::vector<int64_t>{2, 0}));
  EXPECT_THAT(integers(top_k(at::zeros({1, 0}), 2, requests(1)).item), ElementsAre(-1, -1));
  EXPECT_THAT(integers(kernels::top_k_aten(at::zeros({1, 0}), 2, requests(1)).item),
              ElementsAre(-1, -1));
  EXPECT_THAT(integers(top_k_dot(at::zeros({1, 4}), at::zeros({0, 4}), 2, requests(1)).item),
              ElementsAre(-1, -1));
}

TEST(TopK, RowsMayBeTheSameMemoryOrNotNeighbours) {
  const at::Tensor one = at::randint(0, 9, {1, 300}, at::kFloat);
  expect_plain(one.expand({5, 300}), 20, requests(5), nullptr, nullptr);
  expect_plain(at::randint(0, 9, {300, 6}, at::kFloat).t(), 20, requests(6), nullptr, nullptr);
  expect_plain(at::randint(0, 9, {6, 300}, at::kFloat).slice(1, 3, 200), 20, requests(6), nullptr,
               nullptr);
}

TEST(TopK, WrongArgumentsAreNamed) {
  const auto problem = [](const at::Tensor& scores, const RequestBatch& batch) -> std::string {
    try {
      top_k(scores, 3, batch);
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(problem(at::zeros({2, 3}, at::kLong), requests(2)),
            "top_k: scores must be float32 or float64 [B, N]; got Long [2, 3] on cpu");
  EXPECT_EQ(problem(at::zeros({2, 3}), requests(5)),
            "top_k: one row for each of the 5 requests; got Float [2, 3] on cpu");
  EXPECT_EQ(problem(at::zeros({2, 3}), requests(2, Lists{{1}})),
            "top_k: excluded and allowed must have 2 rows; got Long [2] on cpu");
  EXPECT_EQ(problem(at::zeros({1, 3}), requests(1, {}, Lists{{7}})),
            "top_k: allowed names item 7 of 3");
}

// Small whole numbers: products are exact, so that ties are the same however they are computed.
void expect_dot(int64_t rows, int64_t items, int64_t width, int64_t k, const RequestBatch& batch) {
  const at::Tensor queries = at::randint(-3, 4, {rows, width}, at::kFloat),
                   vectors = at::randint(-3, 4, {items, width}, at::kFloat);
  const CandidateBatch expected = top_k(at::matmul(queries, vectors.t()), k, batch);
  const CandidateBatch got = top_k_dot(queries, vectors, k, batch),
                       aten = kernels::top_k_dot_aten(queries, vectors, k, batch);
  EXPECT_TRUE(at::equal(got.item, expected.item)) << rows << " x " << items << " k " << k;
  EXPECT_TRUE(at::equal(got.score, expected.score));
  EXPECT_TRUE(at::equal(aten.item, expected.item));
}

TEST(TopKDot, IsTopKOfTheProduct) {
  std::mt19937 random(6);
  for (const int64_t rows : {1, 2, 3, 63, 64, 65, 130}) {
    for (const int64_t items : {1, 500, 1023, 1024, 1025, 5000}) {
      for (const int64_t k : {1, 10, 600}) {
        expect_dot(rows, items, 8, k, requests(rows));
        const Lists excluded = random_rows(rows, items, 0.2, random),
                    allowed = random_rows(rows, items, 0.3, random);
        expect_dot(rows, items, 8, k, requests(rows, excluded));
        if (rows < 4) expect_dot(rows, items, 8, k, requests(rows, excluded, allowed));
      }
    }
  }
}

TEST(TopKDot, EveryWidthIsSummedToItsEnd) {
  for (const int64_t width : {0, 1, 3, 7, 8, 9, 15, 16, 64, 65, 100}) {
    for (const int64_t rows : {1, 2, 3, 4, 5, 8, 9, 40})
      expect_dot(rows, 333, width, 20, requests(rows));
  }
}

TEST(TopKDot, ARequestGetsTheSameBitsInAnyBatch) {
  const at::Tensor queries = at::randn({200, 67}), items = at::randn({5000, 67});
  const CandidateBatch all = top_k_dot(queries, items, 50, requests(200));
  for (const int64_t size : {1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 100, 199}) {
    const CandidateBatch some = top_k_dot(queries.slice(0, 1, 1 + size), items, 50, requests(size));
    EXPECT_TRUE(at::equal(some.item, all.item.slice(0, 1, 1 + size))) << size;
    EXPECT_TRUE(at::equal(some.score, all.score.slice(0, 1, 1 + size))) << size;
  }
  Lists everything(3);
  for (auto& row : everything) {
    for (int64_t i = 0; i < 5000; ++i) row.push_back(i);
  }
  const CandidateBatch allowed =
      top_k_dot(queries.slice(0, 0, 3), items, 50, requests(3, {}, everything));
  EXPECT_TRUE(at::equal(allowed.score, all.score.slice(0, 0, 3)));
}

TEST(TopKDot, ScoresAreThoseOfTheProductUpToRounding) {
  const at::Tensor queries = at::randn({70, 64}), items = at::randn({3000, 64});
  const CandidateBatch got = top_k_dot(queries, items, 100, requests(70));
  const at::Tensor product = at::matmul(queries, items.t()).gather(1, got.item);
  EXPECT_LT(product.sub(got.score).abs().max().item<float>(), 2e-5f);
}

TEST(TopKDot, GivesTheSameWithAnyNumberOfThreads) {
  const int threads = at::get_num_threads();
  for (const int count : {1, 2, 3, 7}) {
    at::set_num_threads(count);
    for (const int64_t rows : {1, 5, 100}) expect_dot(rows, 20'000, 4, 50, requests(rows));
  }
  at::set_num_threads(threads);
}

TEST(TopKDot, ItemsOfNoValueAreNeverChosen) {
  at::Tensor items = at::randint(1, 4, {50, 4}, at::kFloat);
  items[7].fill_(kNan);
  const CandidateBatch got =
      top_k_dot(at::randint(1, 4, {3, 4}, at::kFloat), items, 50, requests(3));
  for (const int64_t item : integers(got.item)) EXPECT_NE(item, 7);
}

TEST(TopKDot, WidthsThatDoNotMatchAreNamed) {
  try {
    top_k_dot(at::zeros({2, 3}), at::zeros({5, 4}), 1, requests(2));
    FAIL();
  } catch (const std::invalid_argument& error) {
    EXPECT_STREQ(error.what(),
                 "top_k_dot: items must be float32 [N, D] with the D of queries, Float [2, 3] on "
                 "cpu; got Float [5, 4] on cpu");
  }
}

TEST(TopK, OneRowForAllRequestsIsARowForEach) {
  std::mt19937 draw(21);
  at::Tensor row = at::zeros({1, 400}, at::TensorOptions().dtype(at::kDouble));
  double* const score = row.mutable_data_ptr<double>();
  for (int64_t item = 0; item < 400; ++item)
    score[item] = item % 50 == 7 ? kNan : item % 60 == 9 ? -kInf : draw() % 30;
  Lists excluded(40);
  for (size_t request = 0; request < excluded.size(); ++request)
    for (int64_t item = 0; item < 400; ++item)
      if (draw() % 40 < request) excluded[request].push_back(item);
  for (const int64_t k : {0, 1, 20, 390, 400}) {
    const CandidateBatch one = top_k(row.expand({40, -1}), k, requests(40, excluded));
    const CandidateBatch each = top_k(row.repeat({40, 1}), k, requests(40, excluded));
    EXPECT_TRUE(at::equal(one.item, each.item)) << k;
    EXPECT_TRUE(at::equal(one.score, each.score)) << k;
  }
}

}  // namespace
}  // namespace assay
