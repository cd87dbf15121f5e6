#include "dataset/filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dataset/split.h"
#include "sample_events.h"

namespace assay::dataset {
namespace {

using test::events_of;
using testing::ElementsAre;

task::FilterSpec filter(int64_t users, int64_t items, int64_t core = 0,
                        task::FilterScope scope = task::FilterScope::train) {
  return {users, items, core, scope};
}

// User 0 has three events, 1 two, 2 one; item 0 three, 1 two, 2 one.
Events log() {
  Events events = events_of({{0, 0, 1}, {0, 1, 2}, {0, 2, 3}, {1, 0, 4}, {1, 1, 5}, {2, 0, 6}});
  events.window.assign(events.size(), 0);
  return events;
}

TEST(Filter, WithoutARuleEverybodyStays) {
  Events events = log();
  events.items = 5;  // items 3 and 4 have no event
  const Survivors who = filter_events(events, {}, {}, {});
  EXPECT_TRUE(who.all());
  EXPECT_THAT(who.item, ElementsAre(0, 1, 2, 3, 4));
}

TEST(Filter, OnePassCountsBothSidesBeforeAnyoneGoes) {
  // User 2 goes, then item 0 has two events left: counted before, it stays.
  const Survivors who = filter_events(log(), filter(2, 2), {}, {});
  EXPECT_THAT(who.user, ElementsAre(0, 1, -1));
  EXPECT_THAT(who.item, ElementsAre(0, 1, -1));
  EXPECT_EQ(who.users_removed, 1);
  EXPECT_EQ(who.items_removed, 1);
}

TEST(Filter, KCoreGoesOnUntilNobodyIsLeftWithFewer) {
  // A chain: without item 2 user 1 has one event left, without user 1 item 1 has one, without item
  // 1 user 0 has one.
  Events events = events_of(
      {{0, 0, 1}, {0, 1, 2}, {1, 1, 3}, {1, 2, 4}, {2, 5, 5}, {2, 6, 6}, {3, 5, 7}, {3, 6, 8}});
  events.window.assign(events.size(), 0);
  const Survivors who = filter_events(events, filter(0, 0, 2), {}, {});
  EXPECT_THAT(who.user, ElementsAre(-1, -1, 0, 1));
  EXPECT_THAT(who.item, ElementsAre(-1, -1, -1, -1, -1, 0, 1));
}

TEST(Filter, CountsTheTrainingWindowOnlyUnlessAskedOtherwise) {
  Events events = log();
  events.window = {0, 0, 3, 3, 3, 3};
  EXPECT_THAT(filter_events(events, filter(2, 0), {}, {}).user, ElementsAre(0, -1, -1));
  EXPECT_THAT(filter_events(events, filter(2, 0, 0, task::FilterScope::all), {}, {}).user,
              ElementsAre(0, 1, -1));
}

TEST(Filter, AnItemWhoseEventsAllWentIsForgottenUnlessTheFeatureFileListsIt) {
  Events events = events_of({{0, 0, 1}, {0, 0, 2}, {1, 1, 3}, {1, 0, 4}, {2, 2, 5}});
  events.window.assign(events.size(), 0);
  EXPECT_THAT(filter_events(events, filter(2, 0), {}, {}).item, ElementsAre(0, 1, -1));
  const std::vector<uint8_t> listed = {0, 0, 1};
  EXPECT_THAT(filter_events(events, filter(2, 0), {}, listed).item, ElementsAre(0, 1, 2));
}

TEST(Filter, KeepsNobodyBelowTheMinimumWhateverTheLog) {
  for (uint32_t seed = 0; seed < 10; ++seed) {
    Events events = test::random_events(seed, 700);
    task::SplitSpec split{
        .method = task::SplitMethod::leave_last_out, .rank = 0, .validation = 0, .test = 1};
    events.window = split_events(events, split, 1);
    const Survivors who = filter_events(events, filter(0, 0, 9), {}, {});
    const Events left = compact(events, who.user, who.item);
    std::vector<int> users(left.users, 0), items(left.items, 0);
    for (size_t e = 0; e < left.size(); ++e) {
      users[left.user[e]] += left.window[e] == 0;
      items[left.item[e]] += left.window[e] == 0;
    }
    EXPECT_THAT(users, testing::Each(testing::Ge(9)));
    EXPECT_THAT(items, testing::Each(testing::Ge(9)));
  }
}

TEST(Compact, KeepsTheOrderAndEveryColumn) {
  Events events = test::random_events(1, 100);
  events.window.assign(100, 2);
  std::vector<int32_t> users(40, -1), items(60, 0);
  users[7] = 0;
  for (int32_t i = 0; i < 60; ++i) items[i] = i;
  const Events left = compact(events, users, items);
  size_t place = 0;
  for (size_t e = 0; e < events.size(); ++e) {
    if (events.user[e] != 7) continue;
    EXPECT_EQ(left.row[place], events.row[e]);
    EXPECT_EQ(left.time_us[place], events.time_us[e]);
    EXPECT_EQ(left.value[place], events.value[e]);
    EXPECT_EQ(left.targets[0][place], events.targets[0][e]);
    EXPECT_EQ(left.window[place], 2);
    ++place;
  }
  EXPECT_EQ(left.size(), place);
  EXPECT_EQ(left.users, 1);
}

TEST(Filter, SaysItself) {
  EXPECT_EQ(filter_text(filter(5, 0, 3)),
            "min_user_events 5, k_core 3 (counted in the training window)");
  EXPECT_EQ(filter_text(filter(0, 2, 0, task::FilterScope::all)),
            "min_item_events 2 (counted in all windows)");
  EXPECT_EQ(filter_text({}), "");
}

}  // namespace
}  // namespace assay::dataset
