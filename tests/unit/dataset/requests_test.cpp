#include "dataset/requests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "dataset/split.h"
#include "sample_events.h"

namespace assay::dataset {
namespace {

using task::Population;
using task::RequestUnit;
using task::SplitMethod;

using test::events_of;
using test::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr uint8_t T = 0, R = 1, V = 2, X = 3;

std::vector<int64_t> row(const RaggedColumns& rows, int64_t r) {
  return {rows.row(r).begin(), rows.row(r).end()};
}

RequestSet requests(const Events& events, task::Window window, const task::EvaluateOn& on = {},
                    const task::TrafficSpec& traffic = {}) {
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
  EXPECT_THAT(requests(log(), task::Window::rank).user, ElementsAre(0));
  EXPECT_THAT(requests(log(), task::Window::validation).user, ElementsAre(0));
  EXPECT_THAT(requests(log(), task::Window::test).user, ElementsAre(0, 1));
}

TEST(Requests, HistoryIsThePositivesOfEarlierWindowsOldestFirstWithRepeats) {
  EXPECT_THAT(row(requests(log(), task::Window::rank).history, 0), ElementsAre(4, 4));
  EXPECT_THAT(row(requests(log(), task::Window::test).history, 0), ElementsAre(4, 4, 2, 3));
}

TEST(Requests, HistoryCanBeCutToTheNewest) {
  task::TrafficSpec traffic;
  traffic.history_length = 2;
  EXPECT_THAT(row(requests(log(), task::Window::test, {}, traffic).history, 0), ElementsAre(2, 3));
  EXPECT_THAT(row(requests(log(), task::Window::test, {}, traffic).history, 1), ElementsAre(1));
}

TEST(Requests, ExcludedIsEverySeenItemOfTheNamedEarlierWindows) {
  EXPECT_THAT(row(requests(log(), task::Window::test).excluded, 0), ElementsAre(1, 2, 3, 4))
      << "1 was seen, but is no positive";
  task::TrafficSpec traffic;
  traffic.exclude_seen = {task::Window::train};
  EXPECT_THAT(row(requests(log(), task::Window::test, {}, traffic).excluded, 0), ElementsAre(1, 4));
  traffic.exclude_seen = {};
  EXPECT_THAT(row(requests(log(), task::Window::test, {}, traffic).excluded, 0), IsEmpty());
  EXPECT_THAT(row(requests(log(), task::Window::validation).excluded, 0), ElementsAre(1, 2, 4))
      << "not what validation itself holds";
}

TEST(Requests, TruthIsThePositivesOfTheWindow) {
  EXPECT_THAT(row(requests(log(), task::Window::test).truth, 0), ElementsAre(2));
  EXPECT_THAT(row(requests(log(), task::Window::test).truth, 1), ElementsAre(0));
}

TEST(Requests, TimeIsThatOfTheUsersFirstEventOfTheWindow) {
  EXPECT_THAT(seconds(requests(log(), task::Window::test).time_us), ElementsAre(60, 70));
  Events events = log();
  events.time_us.clear();
  EXPECT_THAT(requests(events, task::Window::test).time_us, ElementsAre(-1, -1));
}

TEST(Requests, CanBeOfWarmOrColdUsersAndItems) {
  Events events = events_of({{0, 0, 1}, {0, 1, 2}, {0, 2, 3}, {1, 0, 4}, {1, 2, 5}});
  events.window = {T, X, X, X, X};
  events.window[0] = T;
  const RequestSet warm_users =
      requests(events, task::Window::test, {Population::warm, Population::all});
  EXPECT_THAT(warm_users.user, ElementsAre(0));
  EXPECT_EQ(warm_users.users_left_out, 1);
  EXPECT_EQ(warm_users.truth_left_out, 2);
  EXPECT_THAT(requests(events, task::Window::test, {Population::cold, Population::all}).user,
              ElementsAre(1));
  const RequestSet warm_items =
      requests(events, task::Window::test, {Population::all, Population::warm});
  EXPECT_THAT(warm_items.user, ElementsAre(1)) << "user 0 has no warm item left";
  EXPECT_THAT(row(warm_items.truth, 0), ElementsAre(0));
  EXPECT_THAT(
      row(requests(events, task::Window::test, {Population::all, Population::cold}).truth, 1),
      ElementsAre(2));
}

TEST(Requests, CarryTheItemsOfFurtherTargets) {
  Events events = log();
  events.targets.push_back({0, 0, 0, 0, 0, 0, 1, kTargetMissing, 1});
  const RequestSet test = requests(events, task::Window::test);
  ASSERT_EQ(test.targets.size(), 1);
  EXPECT_THAT(row(test.targets[0], 0), ElementsAre(5));
  EXPECT_THAT(row(test.targets[0], 1), ElementsAre(0));
}

task::TrafficSpec traffic_of(RequestUnit requests) {
  task::TrafficSpec traffic;
  traffic.requests = requests;
  return traffic;
}

TEST(PerEventRequests, AreThePositivesOfTheWindowWithTheirPastAsHistory) {
  // User 0: 4 train, then 2, 1 (no positive), 2 again and 3 in the test; user 1: one of each.
  Events events = events_of({{0, 4, 10, 5},
                             {1, 0, 11, 5},
                             {0, 2, 20, 5},
                             {0, 1, 30, 1},
                             {1, 4, 31, 5},
                             {0, 2, 40, 5},
                             {0, 3, 40, 5}},
                            true, true);
  events.window = {T, T, X, X, X, X, X};
  const RequestSet set =
      requests(events, task::Window::test, {}, traffic_of(RequestUnit::per_event));
  EXPECT_THAT(set.user, ElementsAre(0, 0, 0, 1)) << "the event of item 1 is no positive";
  EXPECT_THAT(seconds(set.time_us), ElementsAre(20, 40, 40, 31));
  EXPECT_THAT(set.truth.values, ElementsAre(2, 2, 3, 4));
  EXPECT_THAT(row(set.history, 0), ElementsAre(4));
  EXPECT_THAT(row(set.history, 1), ElementsAre(4, 2));
  EXPECT_THAT(row(set.history, 2), ElementsAre(4, 2, 2)) << "equal times keep file order";
  EXPECT_THAT(row(set.history, 3), ElementsAre(0));
  EXPECT_THAT(row(set.excluded, 0), ElementsAre(4));
  EXPECT_THAT(row(set.excluded, 1), ElementsAre(1, 2, 4)) << "seen in the window itself before";
}

TEST(PerEventRequests, ExcludeNothingWhereTheListIsEmptyAndCutTheHistory) {
  Events events = events_of({{0, 0, 1}, {0, 1, 2}, {0, 2, 3}, {0, 3, 4}});
  events.window = {T, T, X, X};
  task::TrafficSpec traffic = traffic_of(RequestUnit::per_event);
  traffic.exclude_seen = {};
  traffic.history_length = 2;
  const RequestSet set = requests(events, task::Window::test, {}, traffic);
  EXPECT_THAT(row(set.history, 0), ElementsAre(0, 1));
  EXPECT_THAT(row(set.history, 1), ElementsAre(1, 2)) << "the newest";
  EXPECT_THAT(set.excluded.values, IsEmpty());
}

TEST(PerEventRequests, SeeNoLaterEventWhateverItsWindow) {
  // A drawn split: events of train and validation stand before and behind the test event.
  Events events = events_of({{0, 0, 1}, {0, 1, 2}, {0, 2, 3}, {0, 3, 4}, {0, 4, 5}});
  events.window = {T, V, X, T, X};
  const RequestSet set =
      requests(events, task::Window::test, {}, traffic_of(RequestUnit::per_event));
  EXPECT_THAT(row(set.history, 0), ElementsAre(0, 1));
  EXPECT_THAT(row(set.excluded, 0), ElementsAre(0, 1));
  EXPECT_THAT(row(set.history, 1), ElementsAre(0, 1, 2, 3));
  const RequestSet early =
      requests(events, task::Window::validation, {}, traffic_of(RequestUnit::per_event));
  EXPECT_THAT(row(early.history, 0), ElementsAre(0)) << "later windows are not seen";
}

TEST(PerEventRequests, CountWhatEvaluateOnLeavesOut) {
  Events events = events_of({{0, 0, 1}, {0, 0, 2}, {0, 1, 3}, {1, 0, 4}});
  events.window = {T, X, X, X};
  const RequestSet warm = requests(events, task::Window::test, {Population::warm, Population::warm},
                                   traffic_of(RequestUnit::per_event));
  EXPECT_THAT(warm.user, ElementsAre(0));
  EXPECT_THAT(warm.truth.values, ElementsAre(0));
  EXPECT_EQ(warm.truth_left_out, 2) << "the cold item of user 0, the event of the cold user 1";
  EXPECT_EQ(warm.users_left_out, 1);
}

TEST(PerSessionRequests, BeginWhereAPauseIsLongerThanTheGap) {
  Events events = events_of({{0, 0, 0, 5},
                             {0, 1, 100, 5},
                             {0, 2, 110, 1},
                             {0, 3, 120, 5},
                             {0, 4, 131, 5},
                             {0, 5, 200, 1}},
                            true, true);
  events.window = {T, X, X, X, X, X};
  task::TrafficSpec traffic = traffic_of(RequestUnit::per_session);
  traffic.session_gap_s = 10;
  const RequestSet set = requests(events, task::Window::test, {}, traffic);
  EXPECT_THAT(seconds(set.time_us), ElementsAre(100, 131))
      << "11 s is a new session; the last has no truth";
  EXPECT_THAT(row(set.truth, 0), ElementsAre(1, 3));
  EXPECT_THAT(row(set.history, 0), ElementsAre(0));
  EXPECT_THAT(row(set.truth, 1), ElementsAre(4));
  EXPECT_THAT(row(set.history, 1), ElementsAre(0, 1, 3));
  EXPECT_THAT(row(set.excluded, 1), ElementsAre(0, 1, 2, 3)) << "2 was seen, but is no positive";
  traffic.session_gap_s = 11;
  EXPECT_EQ(requests(events, task::Window::test, {}, traffic).size(), 1);
}

TEST(PerSessionRequests, DoNotJoinEventsOfTwoWindows) {
  Events events = events_of({{0, 0, 0}, {0, 1, 1}, {0, 2, 2}});
  events.window = {T, X, X};
  const RequestSet set =
      requests(events, task::Window::test, {}, traffic_of(RequestUnit::per_session));
  EXPECT_THAT(row(set.truth, 0), ElementsAre(1, 2));
  EXPECT_THAT(row(set.history, 0), ElementsAre(0));
}

TEST(Requests, OfAnySplitKeepTheirPromises) {
  const std::array kinds = {RequestUnit::per_user, RequestUnit::per_event,
                            RequestUnit::per_session};
  for (uint32_t seed = 0; seed < 12; ++seed) {
    for (const SplitMethod method : {SplitMethod::global_time, SplitMethod::leave_last_out,
                                     SplitMethod::row_hash, SplitMethod::random}) {
      Events events = test::random_events(seed, 800);
      task::SplitSpec split{.method = method, .rank = 0.1, .validation = 0.1, .test = 0.2};
      if (split.method == SplitMethod::leave_last_out)
        split.rank = split.validation = split.test = 1;
      events.window = split_events(events, split, seed);
      for (task::Window window :
           {task::Window::rank, task::Window::validation, task::Window::test}) {
        const RequestSet set = requests(events, window, {}, traffic_of(kinds[seed % 3]));
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
}  // namespace assay::dataset
