#include <assay/extra/neighbours/equal_scores.h>
#include <gmock/gmock.h>

#include "tiny_data.h"

namespace assay::test {
namespace {

bool are_equal(const std::vector<double>& scores, const std::vector<int64_t>& excluded,
               const std::optional<std::vector<int64_t>>& allowed = std::nullopt) {
  RequestBatch requests = requests_of({{}});
  requests.excluded = ragged({excluded});
  if (allowed) requests.allowed = ragged({*allowed});
  return extra::EqualScores(requests)(0, std::ssize(scores),
                                      [&](int64_t item) { return scores[item]; });
}

TEST(EqualScores, OnlyItemsThatMayBeServedMatter) {
  EXPECT_FALSE(are_equal({1, 1, 2}, {}));
  EXPECT_TRUE(are_equal({1, 1, 2}, {2}));
  EXPECT_TRUE(are_equal({1, 1, 2, 2}, {0}, std::vector<int64_t>{0, 2, 3}));
  EXPECT_FALSE(are_equal({1, 1, 2, 2}, {0}, std::vector<int64_t>{0, 1, 3}));
}

TEST(EqualScores, ASingleItemSaysSomethingUnlessItsScoreIsZero) {
  EXPECT_FALSE(are_equal({1, 3}, {0}));
  EXPECT_TRUE(are_equal({1, 0}, {0}));
}

TEST(EqualScores, WhereNothingMayBeServedAllAreEqual) {
  EXPECT_TRUE(are_equal({1, 2}, {0, 1}));
  EXPECT_TRUE(are_equal({1, 2}, {}, std::vector<int64_t>{}));
}

}  // namespace
}  // namespace assay::test
