#include "dataset/clean.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "sample_events.h"

namespace assay::dataset {
namespace {

using test::events_of;
using test::Row;
using testing::ElementsAre;

Cleaned run(const Events& events, const task::CleanSpec& clean,
            std::vector<uint8_t> listed_items = {}) {
  return clean_events(events, clean, true, {}, listed_items, "exp.yaml:4:3");
}

/// What a rule took: reason, users, events.
void expect_removed(const Cleaned& cleaned, size_t rule, const std::string& reason, int64_t users,
                    int64_t events) {
  ASSERT_LT(rule, cleaned.removed.size());
  const nlohmann::json& row = cleaned.removed[rule];
  EXPECT_EQ(row.at("reason"), reason);
  EXPECT_EQ(row.at("users"), users);
  EXPECT_EQ(row.at("events"), events);
}

TEST(Clean, TakesRepeatsOfUserItemAndTimeAndKeepsTheFirst) {
  const Events events = events_of({{0, 0, 1}, {1, 0, 1}, {0, 0, 1}, {0, 0, 2}, {0, 0, 2}});
  task::CleanSpec clean;
  clean.duplicates = true;
  const Cleaned cleaned = run(events, clean);
  EXPECT_THAT(cleaned.events.row, ElementsAre(0, 1, 3));
  expect_removed(cleaned, 0, "duplicates (user, item and time)", 0, 2);
  EXPECT_THAT(run(events_of({{0, 0}, {0, 1}, {0, 0}}, false), clean).events.row, ElementsAre(0, 1))
      << "without times the pair is all there is";
}

TEST(Clean, TakesMissingAndOutlyingValues) {
  const float missing = std::numeric_limits<float>::quiet_NaN();
  const Events events =
      events_of({{0, 0, 1, missing}, {0, 1, 2, 0.5}, {0, 1, 3, 1}, {0, 1, 4, 5}, {0, 1, 5, 5.5}});
  task::CleanSpec clean;
  clean.value_at_least = 1;
  clean.value_at_most = 5;
  EXPECT_THAT(run(events, clean).events.row, ElementsAre(0, 2, 3)) << "missing is no outlier";
  clean.missing_values = true;
  const Cleaned cleaned = run(events, clean);
  EXPECT_THAT(cleaned.events.row, ElementsAre(2, 3));
  EXPECT_THAT(cleaned.who.item, ElementsAre(-1, 0)) << "item 0 lost its last event";
  expect_removed(cleaned, 0, "missing_values", 0, 1);
  expect_removed(cleaned, 1, "value_at_least 1", 0, 1);
  expect_removed(cleaned, 2, "value_at_most 5", 0, 1);
  EXPECT_THAT(run(events, clean, {1, 1}).who.item, ElementsAre(0, 1)) << "but it is listed";
}

TEST(Clean, TakesUsersWithTooManyEventsWhole) {
  const Events events = events_of({{0, 0, 1}, {1, 0, 1}, {0, 1, 2}, {1, 1, 3}, {0, 2, 4}});
  task::CleanSpec clean;
  clean.max_user_events = 2;
  const Cleaned cleaned = run(events, clean);
  EXPECT_THAT(cleaned.who.user, ElementsAre(-1, 0));
  EXPECT_THAT(cleaned.events.user, ElementsAre(0, 0));
  EXPECT_EQ(cleaned.events.users, 1);
  EXPECT_EQ(cleaned.who.users_removed, 1);
  expect_removed(cleaned, 0, "max_user_events 2", 1, 3);
}

TEST(Clean, ARateIsCountedInEveryHourNotOnlyInFullOnes) {
  // User 0: three events within 3599 s across a full hour; user 1: three within 3600 s.
  const Events events = events_of(
      {{0, 0, 3000}, {1, 0, 3000}, {0, 1, 4000}, {1, 1, 4000}, {0, 2, 6599}, {1, 2, 6600}});
  task::CleanSpec clean;
  clean.max_events_per_hour = 2;
  const Cleaned cleaned = run(events, clean);
  EXPECT_THAT(cleaned.who.user, ElementsAre(-1, 0));
  expect_removed(cleaned, 0, "max_events_per_hour 2", 1, 3);
}

TEST(Clean, TakesWhatAsksByTheClock) {
  // User 0 asks every 60 s, user 1 at pauses of 1, 2, ..., user 2 as user 0 but too seldom to tell.
  std::vector<Row> rows;
  for (int i = 0; i < 30; ++i) rows.push_back({0, i, 60 * i});
  for (int i = 0; i < 30; ++i) rows.push_back({1, i, 10000 + i * (i + 1) / 2});
  for (int i = 0; i < 19; ++i) rows.push_back({2, i, 20000 + 60 * i});
  task::CleanSpec clean;
  clean.min_gap_entropy = 1;
  EXPECT_THAT(run(events_of(rows), clean).who.user, ElementsAre(-1, 0, 1));
  clean.min_gap_entropy = 4.85;  // 29 different pauses have log2(29) = 4.858 bits
  EXPECT_THAT(run(events_of(rows), clean).who.user, ElementsAre(-1, 0, 1));
  clean.min_gap_entropy = 4.86;
  EXPECT_THAT(run(events_of(rows), clean).who.user, ElementsAre(-1, -1, 0));
}

TEST(Clean, RulesCountWhatTheOnesBeforeThemLeft) {
  task::CleanSpec clean;
  clean.duplicates = true;
  clean.max_user_events = 2;
  EXPECT_THAT(run(events_of({{0, 0, 1}, {0, 0, 1}, {0, 1, 2}}), clean).who.user, ElementsAre(0));
}

TEST(Clean, SaysWhatItNeeds) {
  const auto error = [](const Events& events, const task::CleanSpec& clean, bool has_value) {
    return test::error_of([&] { clean_events(events, clean, has_value, {}, {}, "exp.yaml:4:3"); });
  };
  task::CleanSpec clean;
  clean.missing_values = true;
  EXPECT_EQ(error(events_of({{0, 0, 1}}), clean, false),
            "exp.yaml:4:3: clean needs values of events, and they have none; name a column with "
            "source.columns.value or as that of the first target");
  clean = {};
  clean.min_gap_entropy = 1;
  EXPECT_EQ(error(events_of({{0, 0}}, false), clean, true),
            "exp.yaml:4:3: clean.max_events_per_hour and clean.min_gap_entropy need times, and the "
            "events have none; use clean.max_user_events");
  clean = {};
  clean.value_at_least = 9;
  EXPECT_EQ(error(events_of({{0, 0, 1}}), clean, true),
            "exp.yaml:4:3: clean removes all events; relax its limits");
}

}  // namespace
}  // namespace assay::dataset
