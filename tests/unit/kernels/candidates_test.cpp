#include <assay/kernels.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "unit/kernels/requests.h"

namespace assay {
namespace {

using ::testing::ElementsAre;
using testing::floats;
using testing::integers;
using testing::matrix;

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

CandidateBatch some_candidates() {
  return {
      .item = at::tensor({4, 2, 9, -1, 7, 8, -1, -1}, at::kLong).view({2, 4}),
      .score = matrix({{0.9f, 0.8f, 0.7f, -kInf}, {0.5f, 0.4f, -kInf, -kInf}}),
      .source_score = at::tensor({1, 10, 2, 20, 3, 30, 0, 0, 4, 40, 5, 50, 0, 0, 0, 0}, at::kFloat)
                          .view({2, 4, 2}),
      .propensity = matrix({{1, 1, 1, 1}, {1, 1, 1, 1}})};
}

TEST(ByScore, OrdersByScoreThenByTheSmallerId) {
  const CandidateBatch got = by_score(some_candidates(), matrix({{1, 1, 2, 99}, {0, 3, 99, 99}}));
  EXPECT_THAT(integers(got.item), ElementsAre(9, 2, 4, -1, 8, 7, -1, -1));
  EXPECT_THAT(floats(got.score), ElementsAre(2, 1, 1, -kInf, 3, 0, -kInf, -kInf));
}

TEST(ByScore, SourceScoresMoveAlongAndThePropensityIsDropped) {
  const CandidateBatch got = by_score(some_candidates(), matrix({{1, 1, 2, 0}, {0, 3, 0, 0}}));
  EXPECT_THAT(floats(got.source_score->slice(1, 0, 3)[0]), ElementsAre(3, 30, 2, 20, 1, 10));
  EXPECT_FALSE(got.propensity);
}

TEST(ByScore, MinusInfinityAndNanStandBeforePaddingAndKeepTheirItems) {
  const CandidateBatch got =
      by_score(some_candidates(), matrix({{kNan, -kInf, 2, 0}, {-kInf, 3, kInf, kInf}}));
  EXPECT_THAT(integers(got.item), ElementsAre(9, 2, 4, -1, 8, 7, -1, -1));
  EXPECT_TRUE(std::isnan(floats(got.score)[2]));
}

TEST(ByScore, NoRequestsAndNoCandidatesStayThat) {
  const CandidateBatch none{.item = at::tensor(std::vector<int64_t>{}, at::kLong).view({0, 4}),
                            .score = matrix({}).view({0, 4})};
  EXPECT_EQ(by_score(none, none.score).item.sizes(), (std::vector<int64_t>{0, 4}));
}

TEST(ByScore, AnotherShapeIsNamed) {
  try {
    by_score(some_candidates(), matrix({{1, 2}}));
    FAIL();
  } catch (const std::invalid_argument& error) {
    EXPECT_STREQ(error.what(),
                 "by_score: score must have the shape of the candidates, Long [2, 4] on cpu; got "
                 "Float [1, 2] on cpu");
  }
}

TEST(Pick, TakesCandidatesByPlaceAndPadsWithMinusOne) {
  const CandidateBatch got =
      pick(some_candidates(), at::tensor({2, 0, -1, 1, -1, -1}, at::kLong).view({2, 3}));
  EXPECT_THAT(integers(got.item), ElementsAre(9, 4, -1, 8, -1, -1));
  EXPECT_THAT(floats(got.score), ElementsAre(0.7f, 0.9f, -kInf, 0.4f, -kInf, -kInf));
  EXPECT_THAT(floats(got.source_score->slice(1, 0, 2)[0]), ElementsAre(3, 30, 1, 10));
  EXPECT_TRUE(std::isnan(got.source_score->select(0, 0)[2][1].item<float>()));
  EXPECT_FALSE(got.propensity);
}

TEST(Pick, LeavesItsInputAsItWas) {
  const CandidateBatch given = some_candidates();
  pick(given, at::tensor({-1, -1}, at::kLong).view({2, 1}));
  EXPECT_THAT(integers(given.item[0]), ElementsAre(4, 2, 9, -1));
}

TEST(Pick, FromNoCandidatesOnlyPaddingCanBePicked) {
  const CandidateBatch none{.item = at::tensor(std::vector<int64_t>{}, at::kLong).view({2, 0}),
                            .score = matrix({}).view({2, 0})};
  EXPECT_THAT(integers(pick(none, at::tensor({-1, -1}, at::kLong).view({2, 1})).item),
              ElementsAre(-1, -1));
  EXPECT_THROW(pick(none, at::tensor({-1, 0}, at::kLong).view({2, 1})), std::invalid_argument);
}

}  // namespace
}  // namespace assay
