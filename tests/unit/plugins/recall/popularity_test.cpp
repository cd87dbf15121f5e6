#include <gmock/gmock.h>

#include <cmath>

#include "shipped_plugin.h"
#include "tiny_data.h"

namespace assay::test {
namespace {

using testing::ElementsAre;

constexpr int64_t kDay = 86'400'000'000;

TEST(Popularity, CountsUsersAndBreaksTiesByTheSmallerId) {
  const auto popularity = make_recall("popularity");
  const CandidateBatch best =
      recalled(*popularity, training_of({{2, 3}, {3, 0}, {3, 0}, {}}, 5), requests_of({{}}), 5);
  EXPECT_THAT(lists(best.item), ElementsAre(ElementsAre(3, 0, 2, 1, 4)));
  EXPECT_THAT(numbers(best.score), ElementsAre(ElementsAre(3, 2, 1, 0, 0)));
}

TEST(Popularity, CountsAUserOnceHoweverOftenTheItemCameBack) {
  const TrainingView data =
      training_of({{0, 1, 5}, {0, 1, 6}, {0, 1, 7}, {1, 0, 8}, {2, 0, 9}}, 3, 2);
  const auto popularity = make_recall("popularity");
  EXPECT_THAT(lists(recalled(*popularity, data, requests_of({{}}), 2).item),
              ElementsAre(ElementsAre(0, 1)));
}

TEST(Popularity, CountsEveryEventWithRepeatsEach) {
  const TrainingView data =
      training_of({{0, 1, 5}, {0, 1, 6}, {0, 1, 7}, {1, 0, 8}, {2, 0, 9}}, 3, 2);
  const auto popularity = make_recall("popularity", {{"repeats", std::string("each")}});
  EXPECT_THAT(numbers(recalled(*popularity, data, requests_of({{}}), 2).score),
              ElementsAre(ElementsAre(3, 2)));
}

TEST(Popularity, OfAUsersEventsTheStrongestIsTheVote) {
  // Two half-lives ago with weight 3: 0.75. Now with weight 0.5.
  const TrainingView data = training_of({{0, 1, 0, true, 3}, {0, 1, 4 * kDay, true, 0.5F}}, 1, 2);
  const auto popularity = make_recall("popularity", {{"half_life_days", 2.0}});
  EXPECT_THAT(numbers(recalled(*popularity, data, requests_of({{}}), 1).score),
              ElementsAre(ElementsAre(0.75)));
}

TEST(Popularity, IgnoresEventsThatAreNotPositive) {
  const TrainingView data = training_of({{0, 1, 5, false}, {1, 1, 6, false}, {2, 0, 7}}, 3, 2);
  for (const double half_life : {0.0, 10.0}) {
    const auto popularity = make_recall("popularity", {{"half_life_days", half_life}});
    EXPECT_THAT(numbers(recalled(*popularity, data, requests_of({{}}), 2).score),
                ElementsAre(ElementsAre(1, 0)));
  }
}

TEST(Popularity, HalvesAVoteEveryHalfLifeFromTheUsersLastEvent) {
  const TrainingView data = training_of({{0, 0, 0},          // superseded by the user's later event
                                         {1, 1, 0},          // four days old: 1/4
                                         {0, 0, 2 * kDay},   // two days old: 1/2
                                         {2, 1, 3 * kDay},   // a day old: 2^-0.5
                                         {3, 2, 4 * kDay}},  // new: 1
                                        4, 3);
  const auto popularity = make_recall("popularity", {{"half_life_days", 2.0}});
  const CandidateBatch best = recalled(*popularity, data, requests_of({{}}), 3);
  EXPECT_THAT(lists(best.item), ElementsAre(ElementsAre(2, 1, 0)));
  EXPECT_THAT(numbers(best.score)[0],
              ElementsAre(1, testing::DoubleNear(0.25 + std::exp2(-0.5), 1e-6), 0.5));
}

TEST(Popularity, HalfLifeOnDataWithoutTimesSaysWhatToDo) {
  const auto popularity = make_recall("popularity", {{"half_life_days", 2.0}});
  TinyFit fit;
  try {
    popularity->fit(training_of(Lists{{0}}, 1), fit);
    FAIL() << "expected InvalidInput";
  } catch (const InvalidInput& error) {
    EXPECT_STREQ(error.what(),
                 "popularity: half_life_days needs the times of events, and this data set has "
                 "none. Leave half_life_days out, or name a time column for the data set.");
  }
}

TEST(Popularity, WithoutAnyEventServesTheSmallestIds) {
  for (const double half_life : {0.0, 10.0}) {
    TrainingView data = training_of(std::vector<Event>{}, 2, 3);
    data.end_us = 0;
    const auto popularity = make_recall("popularity", {{"half_life_days", half_life}});
    EXPECT_THAT(lists(recalled(*popularity, data, requests_of({{}}), 3).item),
                ElementsAre(ElementsAre(0, 1, 2)));
  }
}

}  // namespace
}  // namespace assay::test
