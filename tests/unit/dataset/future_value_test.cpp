#include "dataset/future_value.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "dataset/split.h"
#include "sample_events.h"

namespace assay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// 3000 events, the newest fifth of them test.
Events log(uint32_t seed = 3) {
  Events events = test::random_events(seed, 3000);
  SplitSpec split{.method = "global_time", .rank = 0, .validation = 0, .test = 0.2};
  events.window = split_events(events, split, 1);
  return events;
}

/// A feature of items (or users) made from the events that `counts` takes.
template <typename Counts, typename Value>
std::vector<float> feature(const LargeVector<int32_t>& id, int64_t ids, Counts counts,
                           Value value) {
  std::vector<float> out(ids, 0);
  for (size_t e = 0; e < id.size(); ++e)
    if (counts(e)) value(e, out[id[e]]);
  return out;
}

TEST(FutureByValue, FindsAnyRisingOrFallingFunctionOfTheWholePopularity) {
  const Events events = log();
  std::vector<float> count = feature(
      events.item, events.items, [](size_t) { return true; }, [](size_t, float& n) { ++n; });
  std::vector<float> falling;
  for (float& n : count) falling.push_back(-std::log1p(n));
  EXPECT_THAT(future_by_value(events, {{"item", "n", count}, {"item", "rank", falling}}),
              ElementsAre(HasSubstr("item feature n follows the number of events"),
                          HasSubstr("item feature rank follows the number of events")));
}

TEST(FutureByValue, FindsTheMeanRatingTheLastVisitAndTheLikesOfTheWholeLog) {
  const Events events = log();
  const auto all = [](size_t) { return true; };
  const auto liked = [&](size_t e) { return events.positive(e); };
  std::vector<float> sum =
      feature(events.item, events.items, all, [&](size_t e, float& s) { s += events.value[e]; });
  const std::vector<float> count =
      feature(events.item, events.items, all, [](size_t, float& n) { ++n; });
  for (size_t i = 0; i < sum.size(); ++i) sum[i] = std::round(100 * sum[i] / count[i]) / 100;
  const std::vector<float> last = feature(events.user, events.users, all, [&](size_t e, float& t) {
    t = static_cast<float>(events.time_s[e]);
  });
  const std::vector<float> likes =
      feature(events.user, events.users, liked, [](size_t, float& n) { ++n; });
  EXPECT_THAT(
      future_by_value(events,
                      {{"item", "stars", sum}, {"user", "seen", last}, {"user", "likes", likes}}),
      ElementsAre(HasSubstr("user feature seen follows the time of the last event"),
                  HasSubstr("user feature likes follows the number of positives"),
                  HasSubstr("item feature stars follows the mean value")));
}

TEST(FutureByValue, LetsPassWhatWasKnownBeforeTheTest) {
  for (uint32_t seed = 0; seed < 10; ++seed) {
    const Events events = log(seed);
    const auto past = [&](size_t e) { return events.window_of(e) != Window::test; };
    const std::vector<float> count =
        feature(events.item, events.items, past, [](size_t, float& n) { ++n; });
    std::vector<float> chance(events.items), noisy(count);
    std::mt19937 random(seed);
    for (float& value : chance) value = static_cast<float>(random() % 1000);
    for (float& value : noisy) value += static_cast<float>(random() % 40);
    EXPECT_THAT(future_by_value(events, {{"item", "past", count},
                                         {"item", "chance", chance},
                                         {"item", "noisy", noisy},
                                         {"item", "one", std::vector<float>(events.items, 1)}}),
                IsEmpty());
  }
}

TEST(FutureByValue, FewChangesProveNothing) {
  // Nine items with an event in the test: not enough to tell.
  std::vector<test::Row> rows;
  for (int item = 0; item < 9; ++item)
    for (int n = 0; n <= 2 * item; ++n) rows.push_back({0, item, 1});
  for (int item = 0; item < 9; item += 1) rows.push_back({0, 8 - item, 2});
  Events events = test::events_of(rows);
  for (size_t e = 0; e < events.size(); ++e) events.window.push_back(events.time_s[e] == 2 ? 3 : 0);
  const std::vector<float> count = feature(
      events.item, events.items, [](size_t) { return true; }, [](size_t, float& n) { ++n; });
  EXPECT_THAT(future_by_value(events, {{"item", "n", count}}), IsEmpty());
}

TEST(FutureByValue, MissingValuesAreLeftOut) {
  const Events events = log();
  std::vector<float> count = feature(
      events.item, events.items, [](size_t) { return true; }, [](size_t, float& n) { ++n; });
  for (size_t i = 0; i < count.size(); i += 3) count[i] = std::nanf("");
  EXPECT_THAT(future_by_value(events, {{"item", "n", count}}),
              ElementsAre(HasSubstr("item feature n")));
}

}  // namespace
}  // namespace assay
