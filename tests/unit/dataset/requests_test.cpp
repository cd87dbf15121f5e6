#include "dataset/requests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "dataset/split.h"
#include "sample_events.h"

namespace assay {
namespace {

using test::events_of;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr uint8_t T = 0, R = 1, V = 2, X = 3;

std::vector<int64_t> row(const Rows& rows, int64_t r) {
  return {rows.row(r).begin(), rows.row(r).end()};
}

RequestSet requests(const Events& events, Window window, const EvaluateOn& on = {},
                    const TrafficSpec& traffic = {}) {
  return build_requests(events, find_warm(events), window, on, traffic);
}

// User 0 in all windows, user 1 in train and test; value below 3 is no positive.
Events log() {
  Events events = events_of({{0, 4, 10, 5},
                             {0, 1, 20, 1},
                             {1, 1, 21, 5},
                             {0, 4, 30, 5},
                             {0, 2, 40, 5},
                             {0, 3, 50, 4},
                             {0, 5, 60, 1},
                             {0, 2, 61, 5},
                             {1, 0, 70, 5}},
                            true, true);
  events.window = {T, T, T, T, R, V, X, X, X};
  return events;
}

TEST(Requests, HoldTheUsersWithAPositiveInTheWindow) {
  EXPECT_THAT(requests(log(), Window::rank).user, ElementsAre(0));
  EXPECT_THAT(requests(log(), Window::validation).user, ElementsAre(0));
  EXPECT_THAT(requests(log(), Window::test).user, ElementsAre(0, 1));
}

TEST(Requests, HistoryIsThePositivesOfEarlierWindowsOldestFirstWithRepeats) {
  EXPECT_THAT(row(requests(log(), Window::rank).history, 0), ElementsAre(4, 4));
  EXPECT_THAT(row(requests(log(), Window::test).history, 0), ElementsAre(4, 4, 2, 3));
}

TEST(Requests, HistoryCanBeCutToTheNewest) {
  TrafficSpec traffic;
  traffic.history_length = 2;
  EXPECT_THAT(row(requests(log(), Window::test, {}, traffic).history, 0), ElementsAre(2, 3));
  EXPECT_THAT(row(requests(log(), Window::test, {}, traffic).history, 1), ElementsAre(1));
}

TEST(Requests, ExcludedIsEverySeenItemOfTheNamedEarlierWindows) {
  EXPECT_THAT(row(requests(log(), Window::test).excluded, 0), ElementsAre(1, 2, 3, 4))
      << "1 was seen, but is no positive";
  TrafficSpec traffic;
  traffic.exclude_seen = {Window::train};
  EXPECT_THAT(row(requests(log(), Window::test, {}, traffic).excluded, 0), ElementsAre(1, 4));
  traffic.exclude_seen = {};
  EXPECT_THAT(row(requests(log(), Window::test, {}, traffic).excluded, 0), IsEmpty());
  EXPECT_THAT(row(requests(log(), Window::validation).excluded, 0), ElementsAre(1, 2, 4))
      << "not what validation itself holds";
}

TEST(Requests, TruthIsThePositivesOfTheWindow) {
  EXPECT_THAT(row(requests(log(), Window::test).truth, 0), ElementsAre(2));
  EXPECT_THAT(row(requests(log(), Window::test).truth, 1), ElementsAre(0));
}

TEST(Requests, TimeIsThatOfTheUsersFirstEventOfTheWindow) {
  EXPECT_THAT(requests(log(), Window::test).time_s, ElementsAre(60, 70));
  Events events = log();
  events.time_s.clear();
  EXPECT_THAT(requests(events, Window::test).time_s, ElementsAre(-1, -1));
}

TEST(Requests, CanBeOfWarmOrColdUsersAndItems) {
  Events events = events_of({{0, 0, 1}, {0, 1, 2}, {0, 2, 3}, {1, 0, 4}, {1, 2, 5}});
  events.window = {T, X, X, X, X};
  events.window[0] = T;
  const RequestSet warm_users = requests(events, Window::test, {"warm", "all"});
  EXPECT_THAT(warm_users.user, ElementsAre(0));
  EXPECT_EQ(warm_users.users_left_out, 1);
  EXPECT_EQ(warm_users.truth_left_out, 2);
  EXPECT_THAT(requests(events, Window::test, {"cold", "all"}).user, ElementsAre(1));
  const RequestSet warm_items = requests(events, Window::test, {"all", "warm"});
  EXPECT_THAT(warm_items.user, ElementsAre(1)) << "user 0 has no warm item left";
  EXPECT_THAT(row(warm_items.truth, 0), ElementsAre(0));
  EXPECT_THAT(row(requests(events, Window::test, {"all", "cold"}).truth, 1), ElementsAre(2));
}

TEST(Requests, CarryTheItemsOfFurtherTargets) {
  Events events = log();
  events.targets.push_back({0, 0, 0, 0, 0, 0, 1, kTargetMissing, 1});
  const RequestSet test = requests(events, Window::test);
  ASSERT_EQ(test.targets.size(), 1);
  EXPECT_THAT(row(test.targets[0], 0), ElementsAre(5));
  EXPECT_THAT(row(test.targets[0], 1), ElementsAre(0));
}

TEST(Requests, OfAnySplitKeepTheirPromises) {
  for (uint32_t seed = 0; seed < 10; ++seed) {
    for (const char* method : {"global_time", "leave_last_out", "row_hash"}) {
      Events events = test::random_events(seed, 800);
      SplitSpec split{.method = method, .rank = 0.1, .validation = 0.1, .test = 0.2};
      if (split.method == "leave_last_out") split.rank = split.validation = split.test = 1;
      events.window = split_events(events, split, seed);
      for (Window window : {Window::rank, Window::validation, Window::test}) {
        const RequestSet set = requests(events, window);
        EXPECT_TRUE(std::ranges::is_sorted(set.user));
        ASSERT_EQ(set.truth.size(), set.size());
        ASSERT_EQ(set.history.size(), set.size());
        ASSERT_EQ(set.excluded.size(), set.size());
        for (int64_t r = 0; r < set.size(); ++r) {
          const std::vector<int64_t> truth = row(set.truth, r), excluded = row(set.excluded, r);
          EXPECT_FALSE(truth.empty());
          EXPECT_EQ(std::ranges::adjacent_find(truth, std::greater_equal<>()), truth.end())
              << "ascending, none twice";
          EXPECT_EQ(std::ranges::adjacent_find(excluded, std::greater_equal<>()), excluded.end());
          for (int64_t item : set.history.row(r))
            EXPECT_TRUE(std::ranges::binary_search(excluded, item));
        }
      }
    }
  }
}

}  // namespace
}  // namespace assay
