#include "dataset/future_value.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <set>

#include "dataset/split.h"
#include "sample_events.h"

namespace assay::dataset {
namespace {

using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;

auto says(const std::string& part) { return Field(&FutureFeature::text, HasSubstr(part)); }

/// 3000 events, the newest fifth of them test.
Events log(uint32_t seed = 3) {
  Events events = test::random_events(seed, 3000);
  task::SplitSpec split{
      .method = task::SplitMethod::global_time, .rank = 0, .validation = 0, .test = 0.2};
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
  EXPECT_THAT(
      future_by_value(events, {{"item", "n", count}, {"item", "rank", falling}}),
      ElementsAre(
          says("item feature n correlates with the number of events including the test window"),
          says("item feature rank correlates with the number of events")));
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
    t = static_cast<float>(seconds_of(events.time_us[e]));
  });
  const std::vector<float> likes =
      feature(events.user, events.users, liked, [](size_t, float& n) { ++n; });
  EXPECT_THAT(
      future_by_value(events,
                      {{"item", "stars", sum}, {"user", "seen", last}, {"user", "likes", likes}}),
      ElementsAre(says("user feature seen correlates with the time of the last event"),
                  says("user feature likes correlates with the number of positives"),
                  says("item feature stars correlates with the mean value")));
}

/// What each item has in the windows for which `counts` holds: events, and the sum of values.
struct Counted {
  std::vector<float> events, mean;
};

template <typename Counts>
Counted counted(const Events& events, Counts counts) {
  Counted out{feature(events.item, events.items, counts, [](size_t, float& n) { ++n; }),
              feature(events.item, events.items, counts,
                      [&](size_t e, float& s) { s += events.value[e]; })};
  for (size_t i = 0; i < out.mean.size(); ++i) out.mean[i] /= out.events[i];
  return out;
}

TEST(FutureByValue, FindsWhatTheTestWindowAloneTells) {
  const Events events = log();
  const Counted test =
      counted(events, [&](size_t e) { return events.window_of(e) == task::Window::test; });
  std::vector<float> noisy;
  std::mt19937 random(1);
  for (const float n : test.events)
    noisy.push_back(n * (1 + 0.02f * static_cast<float>(random() % 3)));
  const std::vector<float> last = feature(
      events.user, events.users, [](size_t) { return true; },
      [&](size_t e, float& t) { t = static_cast<float>(seconds_of(events.time_us[e])); });
  const auto found = future_by_value(events, {{"item", "n", test.events},
                                              {"item", "about_n", noisy},
                                              {"item", "stars", test.mean},
                                              {"user", "seen", last}});
  EXPECT_THAT(found,
              ElementsAre(says("user feature seen correlates with the time of the last event"),
                          says("item feature n correlates with the number of events in the test "
                               "window (rank correlation 1.0000; at most 0."),
                          says("item feature about_n correlates with the number of events in the"),
                          says("item feature stars correlates with the mean value in the test")));
  EXPECT_EQ(found[1].kind, "item");
  EXPECT_EQ(found[1].name, "n");
}

TEST(FutureByValue, FindsHowManyUsersAnItemHasAndWhatTheLastWeeksTell) {
  const Events events = log();
  std::vector<std::set<int32_t>> users(events.items);
  for (size_t e = 0; e < events.size(); ++e) users[events.item[e]].insert(events.user[e]);
  std::vector<float> distinct;
  for (const auto& one : users) distinct.push_back(static_cast<float>(one.size()));
  const std::vector<float> late = counted(events, [&](size_t e) { return e > 2100; }).events;
  const std::vector<float> past = counted(events, [&](size_t e) {
                                    return e > 2100 && events.window_of(e) != task::Window::test;
                                  }).events;
  EXPECT_THAT(
      future_by_value(events,
                      {{"item", "fans", distinct}, {"item", "late", late}, {"item", "past", past}}),
      ElementsAre(says("item feature fans correlates with the number of users including the test"),
                  says("item feature late correlates with the number of events over the last "
                       "events, test")));
}

TEST(FutureByValue, FindsWhatAllLaterWindowsTell) {
  Events events = log();
  task::SplitSpec split{
      .method = task::SplitMethod::global_time, .rank = 0.1, .validation = 0.1, .test = 0.1};
  events.window = split_events(events, split, 1);
  const auto counts = [&](bool test) {
    return counted(events,
                   [&](size_t e) {
                     const task::Window window = events.window_of(e);
                     return window == task::Window::rank || window == task::Window::validation ||
                            (test && window == task::Window::test);
                   })
        .events;
  };
  EXPECT_THAT(future_by_value(events, {{"item", "later", counts(true)}}),
              ElementsAre(says("number of events after the training window")));
  EXPECT_THAT(future_by_value(events, {{"item", "known", counts(false)}}), IsEmpty());
}

TEST(FutureByValue, FindsACategoryMadeOfSuchANumber) {
  const Events events = log();
  const std::vector<float> n =
      counted(events, [&](size_t e) { return events.window_of(e) == task::Window::test; }).events;
  const std::vector<float> past =
      counted(events, [&](size_t e) { return events.window_of(e) != task::Window::test; }).events;
  // Labels have no order: 7 n mod 101 hides that of the numbers.
  std::vector<int32_t> label, known;
  for (const float one : n) label.push_back(static_cast<int32_t>(one) * 7 % 101);
  for (const float one : past) known.push_back(static_cast<int32_t>(one));
  EXPECT_THAT(
      future_by_value(events, {{"item", "shelf", {}, label}}),
      ElementsAre(says("item feature shelf correlates with the number of events in the test")));
  std::vector<int32_t> own(events.items), chance(events.items);
  std::mt19937 random(3);
  for (int32_t i = 0; i < events.items; ++i) {
    own[i] = i;
    chance[i] = static_cast<int32_t>(random() % 5);
  }
  EXPECT_THAT(future_by_value(events, {{"item", "past", {}, known},
                                       {"item", "id", {}, own},
                                       {"item", "chance", {}, chance},
                                       {"item", "one", {}, std::vector<int32_t>(events.items, 0)}}),
              IsEmpty());
}

TEST(FutureByValue, ReadsTheNumbersThatLabelsHold) {
  const auto numbers = [](std::vector<std::string> labels) {
    TextColumn column;
    for (const std::string& label : labels) column.add(label);
    return numbers_of(column.view());
  };
  EXPECT_THAT(numbers({"c3", "c12", "c4.5"}), ElementsAre(3, 12, 4.5));
  EXPECT_THAT(numbers({"3", "-12"}), ElementsAre(3, -12));
  EXPECT_THAT(numbers({"c3", "d12"}), IsEmpty());
  EXPECT_THAT(numbers({"c3", "c12b"}), IsEmpty());
  EXPECT_THAT(numbers({"c3", "c"}), IsEmpty());
  EXPECT_THAT(numbers({}), IsEmpty());
}

TEST(FutureByValue, ChanceIsNoFuture) {
  // 40 logs, each with numbers and labels of chance.
  for (uint32_t seed = 0; seed < 40; ++seed) {
    const Events events = log(seed);
    std::mt19937 random(seed);
    std::vector<FeatureValues> features;
    for (int f = 0; f < 10; ++f) {
      for (const char* kind : {"user", "item"}) {
        const int64_t ids = kind[0] == 'u' ? events.users : events.items;
        FeatureValues number{kind, "n", std::vector<float>(ids)}, label{kind, "c", {}};
        for (int64_t i = 0; i < ids; ++i) {
          number.number[i] = static_cast<float>(random() % (f % 2 ? 4 : 100000));
          label.category.push_back(static_cast<int32_t>(random() % (2 + 5 * f)));
        }
        features.push_back(number);
        features.push_back(label);
      }
    }
    EXPECT_THAT(future_by_value(events, features), IsEmpty()) << "seed " << seed;
  }
}

TEST(FutureByValue, LetsPassWhatWasKnownBeforeTheTest) {
  for (uint32_t seed = 0; seed < 10; ++seed) {
    const Events events = log(seed);
    const auto past = [&](size_t e) { return events.window_of(e) != task::Window::test; };
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
  for (size_t e = 0; e < events.size(); ++e)
    events.window.push_back(events.time_us[e] == 2 * kMicroseconds ? 3 : 0);
  const std::vector<float> count = feature(
      events.item, events.items, [](size_t) { return true; }, [](size_t, float& n) { ++n; });
  EXPECT_THAT(future_by_value(events, {{"item", "n", count}}), IsEmpty());
}

TEST(FutureByValue, MissingValuesAreLeftOut) {
  const Events events = log();
  std::vector<float> count = feature(
      events.item, events.items, [](size_t) { return true; }, [](size_t, float& n) { ++n; });
  for (size_t i = 0; i < count.size(); i += 3) count[i] = std::nanf("");
  EXPECT_THAT(future_by_value(events, {{"item", "n", count}}), ElementsAre(says("item feature n")));
}

}  // namespace
}  // namespace assay::dataset
