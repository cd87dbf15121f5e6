#include <gmock/gmock.h>

#include <cmath>

#include "shipped_plugin.h"
#include "tiny_data.h"

namespace assay::test {
namespace {

TEST(Random, DrawsEveryItemEquallyOften) {
  constexpr int64_t kRequests = 20000, kItems = 5;
  const auto random = make_recall("random");
  const CandidateBatch drawn =
      recalled(*random, training_of(Lists{{0}}, kItems), requests_of(Lists(kRequests)), 2);
  std::vector<double> first(kItems, 0), second(kItems, 0);
  for (const auto& list : lists(drawn.item)) ++first[list[0]], ++second[list[1]];
  const double expected = kRequests / kItems;
  const double five_sigma = 5 * std::sqrt(expected * (1 - 1.0 / kItems));
  EXPECT_THAT(first, testing::Each(testing::DoubleNear(expected, five_sigma)));
  EXPECT_THAT(second, testing::Each(testing::DoubleNear(expected, five_sigma)));
}

TEST(Random, AnotherSeedGivesOtherLists) {
  const auto random = make_recall("random");
  TinyFit fit;
  random->fit(training_of(Lists{{0}}, 100), fit);
  const RequestBatch requests = requests_of(Lists(10));
  EXPECT_FALSE(random->recall(requests, 10, tiny_serve(1))
                   .item.equal(random->recall(requests, 10, tiny_serve(2)).item));
}

TEST(Random, SaysThatItDraws) {
  EXPECT_TRUE(shipped_plugin("recall", "random").traits.draws_in_serving);
}

}  // namespace
}  // namespace assay::test
