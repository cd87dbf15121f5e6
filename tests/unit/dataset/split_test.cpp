#include "dataset/split.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sample_events.h"

namespace assay::dataset {
namespace {

using task::SplitBoundary;
using task::SplitMethod;
using task::SplitOver;

using test::events_of;
using test::random_events;
using test::windows;
using testing::Each;
using testing::ElementsAre;

constexpr int T = 0, R = 1, V = 2, X = 3;  // train, rank, validation, test

task::SplitSpec split(SplitMethod method, double rank, double validation, double test) {
  task::SplitSpec out;
  out.method = method;
  out.rank = rank;
  out.validation = validation;
  out.test = test;
  return out;
}

std::string error_of(const Events& events, const task::SplitSpec& spec) {
  return test::error_of([&] { split_events(events, spec, 1, "exp.yaml:7:5"); });
}

int64_t count(const std::vector<uint8_t>& window, int which) {
  return std::ranges::count(window, which);
}

TEST(GlobalTime, GivesTheNewestSharesToTheLaterWindows) {
  const Events events = events_of({{0, 0, 1},
                                   {1, 1, 2},
                                   {0, 2, 3},
                                   {1, 3, 4},
                                   {0, 4, 5},
                                   {1, 5, 6},
                                   {0, 6, 7},
                                   {1, 7, 8},
                                   {0, 8, 9},
                                   {1, 9, 10}});
  EXPECT_THAT(windows(split_events(events, split(SplitMethod::global_time, 0.1, 0.2, 0.3), 1)),
              ElementsAre(T, T, T, T, R, V, V, X, X, X));
}

TEST(GlobalTime, KeepsEqualTimesTogetherUnlessCutByRow) {
  const Events events = events_of({{0, 0, 1}, {1, 1, 2}, {0, 2, 3}, {1, 3, 3}, {0, 4, 3}});
  task::SplitSpec spec = split(SplitMethod::global_time, 0, 0, 0.2);
  EXPECT_THAT(windows(split_events(events, spec, 1)), ElementsAre(T, T, X, X, X));
  spec.boundary = SplitBoundary::row;
  EXPECT_THAT(windows(split_events(events, spec, 1)), ElementsAre(T, T, T, T, X));
}

TEST(GlobalTime, LeavesAWindowWithoutAShareEmpty) {
  const Events events = random_events(1, 500);
  const auto window = split_events(events, split(SplitMethod::global_time, 0, 0, 0.5), 1);
  EXPECT_EQ(count(window, R) + count(window, V), 0);
}

TEST(GlobalTime, NeedsTimes) {
  EXPECT_EQ(
      error_of(events_of({{0, 0}, {0, 1}}, false), split(SplitMethod::global_time, 0, 0, 0.5)),
      "exp.yaml:7:5: split.method global_time needs a time column, and the events have none; "
      "use leave_last_out "
      "(file order counts), row_hash or given");
}

TEST(GlobalTime, WindowsFollowEachOtherInTimeWhateverTheLog) {
  for (uint32_t seed = 0; seed < 20; ++seed) {
    const Events events = random_events(seed, 50 + seed * 37);
    for (const SplitBoundary boundary : {SplitBoundary::time, SplitBoundary::row}) {
      for (const SplitOver over : {SplitOver::all, SplitOver::positives}) {
        task::SplitSpec spec = split(SplitMethod::global_time, 0.1, 0.1, 0.2);
        spec.boundary = boundary;
        spec.over = over;
        const auto window = split_events(events, spec, 1);
        ASSERT_EQ(window.size(), events.size());
        EXPECT_TRUE(std::ranges::is_sorted(window));
        EXPECT_LE(*std::ranges::max_element(window), X);
        for (size_t e = 1; e < events.size() && spec.boundary == SplitBoundary::time; ++e) {
          EXPECT_TRUE(window[e] == window[e - 1] || events.time_us[e] > events.time_us[e - 1]);
        }
      }
    }
  }
}

TEST(GlobalTime, CountsPositivesOnlyWhereItIsAskedTo) {
  // Positives at times 1, 4, 6, 8: half of them are test.
  const Events events = events_of({{0, 0, 1, 5},
                                   {0, 1, 2, 1},
                                   {0, 2, 3, 1},
                                   {0, 3, 4, 5},
                                   {0, 4, 5, 1},
                                   {0, 5, 6, 5},
                                   {0, 6, 7, 1},
                                   {0, 7, 8, 5}},
                                  true, true);
  task::SplitSpec spec = split(SplitMethod::global_time, 0, 0, 0.5);
  spec.over = SplitOver::positives;
  EXPECT_THAT(windows(split_events(events, spec, 1)), ElementsAre(T, T, T, T, T, X, X, X));
}

TEST(LeaveLastOut, TakesFromTheEndTestThenValidationThenRank) {
  const Events events =
      events_of({{0, 0, 1}, {0, 1, 2}, {0, 2, 3}, {0, 3, 4}, {0, 4, 5}, {0, 5, 6}, {0, 6, 7}});
  EXPECT_THAT(windows(split_events(events, split(SplitMethod::leave_last_out, 3, 2, 1), 1)),
              ElementsAre(T, R, R, R, V, V, X));
}

TEST(LeaveLastOut, GoesByFileOrderAtEqualTimesAndWithoutTimes) {
  const task::SplitSpec spec = split(SplitMethod::leave_last_out, 0, 0, 1);
  EXPECT_THAT(windows(split_events(events_of({{0, 9, 5}, {0, 3, 5}, {0, 4, 5}}), spec, 1)),
              ElementsAre(T, T, X));
  EXPECT_THAT(windows(split_events(events_of({{0, 9}, {1, 3}, {0, 4}}, false), spec, 1)),
              ElementsAre(T, X, X));
}

TEST(LeaveLastOut, TestComesFirstForAUserWithTooFewEvents) {
  const Events events = events_of({{0, 0, 1}, {1, 1, 2}, {1, 2, 3}});
  EXPECT_THAT(windows(split_events(events, split(SplitMethod::leave_last_out, 1, 1, 1), 1)),
              ElementsAre(X, V, X));
}

TEST(LeaveLastOut, OverPositivesLeavesOtherEventsBehindTheLastPositive) {
  // +, -, +, -, +, -: the last positive is test; what follows a positive stays with it.
  const Events events = events_of(
      {{0, 0, 1, 5}, {0, 1, 2, 1}, {0, 2, 3, 5}, {0, 3, 4, 1}, {0, 4, 5, 5}, {0, 5, 6, 1}}, true,
      true);
  task::SplitSpec spec = split(SplitMethod::leave_last_out, 0, 1, 1);
  spec.over = SplitOver::positives;
  EXPECT_THAT(windows(split_events(events, spec, 1)), ElementsAre(T, T, V, V, X, X));
}

TEST(LeaveLastOut, OverPositivesKeepsAUserWithoutPositivesInTrain) {
  const Events events =
      events_of({{0, 0, 1, 1}, {0, 1, 2, 1}, {1, 1, 3, 1}, {1, 2, 4, 5}}, true, true);
  task::SplitSpec spec = split(SplitMethod::leave_last_out, 0, 0, 1);
  spec.over = SplitOver::positives;
  EXPECT_THAT(windows(split_events(events, spec, 1)), ElementsAre(T, T, T, X));
}

TEST(LeaveLastOut, WindowsFollowEachOtherForEveryUserWithTheAskedCounts) {
  for (uint32_t seed = 0; seed < 20; ++seed) {
    for (const bool times : {true, false}) {
      const Events events = random_events(seed, 600, times);
      for (const SplitOver over : {SplitOver::all, SplitOver::positives}) {
        task::SplitSpec spec = split(SplitMethod::leave_last_out, 2, 1, 3);
        spec.over = over;
        const auto window = split_events(events, spec, 1);
        std::vector<int> last(events.users, 0), counted(events.users, 0), test(events.users, 0);
        for (size_t e = 0; e < events.size(); ++e) {
          const bool counts = spec.over == SplitOver::all || events.positive(e);
          EXPECT_GE(window[e], last[events.user[e]]);
          last[events.user[e]] = window[e];
          counted[events.user[e]] += counts;
          test[events.user[e]] += counts && window[e] == X;
        }
        for (int64_t user = 0; user < events.users; ++user)
          EXPECT_EQ(test[user], std::min(counted[user], 3));
      }
    }
  }
}

TEST(LeaveLastOut, CountsAreWholeNumbers) {
  EXPECT_EQ(error_of(events_of({{0, 0, 1}}), split(SplitMethod::leave_last_out, 0, 0, 0.1)),
            "exp.yaml:7:5: split.test is 0.1; with leave_last_out it is a number of events per "
            "user: 0, 1, 2, ...");
}

task::SplitSpec fold(int64_t which, int64_t folds, double rank, double validation, double test) {
  task::SplitSpec out = split(SplitMethod::walk_forward, rank, validation, test);
  out.fold = which;
  out.folds = folds;
  return out;
}

TEST(WalkForward, EachFoldTestsTheBlockAfterTheLastOne) {
  std::vector<test::Row> rows;
  for (int i = 0; i < 10; ++i) rows.push_back({i % 2, i, i});
  const Events events = events_of(rows);
  constexpr int L = kLater;
  EXPECT_THAT(windows(split_events(events, fold(1, 3, 0.1, 0.1, 0.2), 1)),
              ElementsAre(T, T, R, V, X, X, L, L, L, L));
  EXPECT_THAT(windows(split_events(events, fold(2, 3, 0.1, 0.1, 0.2), 1)),
              ElementsAre(T, T, T, T, R, V, X, X, L, L));
  EXPECT_THAT(windows(split_events(events, fold(3, 3, 0.1, 0.1, 0.2), 1)),
              ElementsAre(T, T, T, T, T, T, R, V, X, X));
}

TEST(WalkForward, TheLastFoldIsTheSplitByGlobalTimeAndEqualTimesStayTogether) {
  for (uint32_t seed = 0; seed < 10; ++seed) {
    const Events events = random_events(seed, 400);
    EXPECT_EQ(split_events(events, fold(4, 4, 0.05, 0.05, 0.1), 1),
              split_events(events, split(SplitMethod::global_time, 0.05, 0.05, 0.1), 1));
    for (int64_t which = 1; which <= 4; ++which) {
      const auto window = split_events(events, fold(which, 4, 0.05, 0.05, 0.1), 1);
      EXPECT_TRUE(std::ranges::is_sorted(window));
      EXPECT_NEAR(static_cast<double>(count(window, X)), 40, 6);
      for (size_t e = 1; e < events.size(); ++e)
        EXPECT_TRUE(window[e] == window[e - 1] || events.time_us[e] > events.time_us[e - 1]);
    }
  }
}

TEST(WalkForward, EveryEventOfTheTestedShareIsTestedOnce) {
  const Events events = random_events(8, 500);
  std::vector<int> tested(events.size(), 0);
  for (int64_t which = 1; which <= 5; ++which) {
    const auto window = split_events(events, fold(which, 5, 0, 0, 0.1), 1);
    for (size_t e = 0; e < events.size(); ++e) tested[e] += window[e] == X;
  }
  EXPECT_TRUE(std::ranges::is_sorted(tested));
  EXPECT_EQ(tested.back(), 1);
  EXPECT_NEAR(static_cast<double>(std::ranges::count(tested, 1)), 250, 4);
}

TEST(WalkForward, RefusesFoldsThatLeaveNothingForTrain) {
  EXPECT_EQ(error_of(random_events(1, 50), fold(1, 4, 0.1, 0.1, 0.2)),
            "exp.yaml:7:5: split.rank, split.validation and 4 folds of split.test add up to 1; "
            "they must add up to less than 1, to leave events for train");
  EXPECT_THAT(error_of(events_of({{0, 0}}, false), fold(1, 2, 0, 0, 0.2)),
              testing::HasSubstr("split.method walk_forward needs a time column"));
}

TEST(PerUserTime, CutsEachUsersOwnEventsByRoundedShares) {
  // User 0 has ten events, user 1 five, user 2 one; user 1 lies wholly before user 0's test.
  std::vector<test::Row> rows;
  for (int i = 0; i < 5; ++i) rows.push_back({1, i, i});
  rows.push_back({2, 9, 7});
  for (int i = 0; i < 10; ++i) rows.push_back({0, i, 10 + i});
  EXPECT_THAT(
      windows(split_events(events_of(rows), split(SplitMethod::per_user_time, 0.1, 0.2, 0.3), 1)),
      ElementsAre(T, R, V, X, X, T, T, T, T, T, R, V, V, X, X, X))
      << "5 * 0.1 is half an event and rounds up, 1 * 0.3 rounds to none";
}

TEST(PerUserTime, KeepsAUsersEqualTimesTogetherUnlessCutByRow) {
  const Events events =
      events_of({{0, 0, 1}, {0, 1, 2}, {1, 0, 3}, {0, 2, 3}, {0, 3, 3}, {1, 1, 3}, {0, 4, 4}});
  task::SplitSpec spec = split(SplitMethod::per_user_time, 0, 0, 0.4);
  EXPECT_THAT(windows(split_events(events, spec, 1)), ElementsAre(T, T, X, X, X, X, X));
  spec.boundary = SplitBoundary::row;
  EXPECT_THAT(windows(split_events(events, spec, 1)), ElementsAre(T, T, T, T, X, X, X));
}

TEST(PerUserTime, GoesByFileOrderWithoutTimesAndCountsPositivesWhereAsked) {
  const task::SplitSpec spec = split(SplitMethod::per_user_time, 0, 0, 0.5);
  EXPECT_THAT(windows(split_events(events_of({{0, 3}, {1, 3}, {0, 1}}, false), spec, 1)),
              ElementsAre(T, X, X))
      << "half of one event is rounded up";
  task::SplitSpec positives = spec;
  positives.over = SplitOver::positives;
  const Events events =
      events_of({{0, 0, 1, 5}, {0, 1, 2, 1}, {0, 2, 3, 5}, {0, 3, 4, 1}, {1, 1, 5, 1}}, true, true);
  EXPECT_THAT(windows(split_events(events, positives, 1)), ElementsAre(T, T, X, X, T))
      << "a user without a positive stays in train";
}

TEST(PerUserTime, WindowsFollowEachOtherForEveryUserWhateverTheLog) {
  for (uint32_t seed = 0; seed < 20; ++seed) {
    const Events events = random_events(seed, 600, seed % 2 == 0);
    for (const SplitBoundary boundary : {SplitBoundary::time, SplitBoundary::row}) {
      task::SplitSpec spec = split(SplitMethod::per_user_time, 0.1, 0.1, 0.2);
      spec.boundary = boundary;
      const auto window = split_events(events, spec, 1);
      std::vector<int> last(events.users, 0);
      for (size_t e = 0; e < events.size(); ++e) {
        EXPECT_GE(window[e], last[events.user[e]]);
        last[events.user[e]] = window[e];
      }
      EXPECT_GT(count(window, X), 0);
      EXPECT_GT(count(window, T), 0);
    }
  }
}

TEST(RandomSplit, DrawsSharesOfTheRowsByTheSeed) {
  const Events events = random_events(5, 20000);
  const task::SplitSpec spec = split(SplitMethod::random, 0.05, 0.1, 0.2);
  const auto window = split_events(events, spec, 1);
  EXPECT_NEAR(static_cast<double>(count(window, R)) / 20000, 0.05, 0.005);
  EXPECT_NEAR(static_cast<double>(count(window, V)) / 20000, 0.1, 0.007);
  EXPECT_NEAR(static_cast<double>(count(window, X)) / 20000, 0.2, 0.01);
  EXPECT_EQ(split_events(events, spec, 1), window);
  const auto other = split_events(events, spec, 2);
  int64_t both = 0;
  for (size_t e = 0; e < events.size(); ++e) both += window[e] == X && other[e] == X;
  EXPECT_NEAR(static_cast<double>(both) / 20000, 0.04, 0.006) << "seeds draw apart";
  const auto test_only = split_events(events, split(SplitMethod::random, 0, 0, 0.2), 1);
  for (size_t e = 0; e < events.size(); ++e) EXPECT_EQ(test_only[e] == X, window[e] == X);
}

TEST(RandomSplit, LeavesOtherEventsInTrainOverPositives) {
  const Events events = random_events(5, 5000);
  task::SplitSpec spec = split(SplitMethod::random, 0, 0, 0.5);
  spec.over = SplitOver::positives;
  const auto window = split_events(events, spec, 1);
  for (size_t e = 0; e < events.size(); ++e) EXPECT_TRUE(window[e] == T || events.positive(e));
}

TEST(LeaveKOut, HoldsOutTheAskedCountsOfEachUserWhereverTheyStand) {
  const Events events = random_events(4, 600);
  const task::SplitSpec spec = split(SplitMethod::leave_k_out, 1, 2, 3);
  const auto window = split_events(events, spec, 1);
  std::vector<std::array<int, 4>> counts(events.users);
  bool before_train = false;
  for (size_t e = 0; e < events.size(); ++e) ++counts[events.user[e]][window[e]];
  for (size_t e = 1; e < events.size(); ++e) before_train |= window[e - 1] == X && window[e] == T;
  for (const auto& user : counts) {
    const int all = user[T] + user[R] + user[V] + user[X];
    EXPECT_EQ(user[X], std::min(all, 3)) << "test comes first for a user with too few events";
    EXPECT_EQ(user[V], std::clamp(all - 3, 0, 2));
    EXPECT_EQ(user[R], std::clamp(all - 5, 0, 1));
  }
  EXPECT_TRUE(before_train) << "drawn events are not the last ones";
  EXPECT_NE(split_events(events, spec, 2), window);
  EXPECT_EQ(error_of(events, split(SplitMethod::leave_k_out, 0, 0, 0.5)),
            "exp.yaml:7:5: split.test is 0.5; with leave_k_out it is a number of events per user: "
            "0, 1, 2, ...");
}

TEST(LeaveKOut, EveryEventOfAUserIsDrawnAboutAsOften) {
  const Events events = events_of({{0, 0, 1}, {0, 1, 2}, {0, 2, 3}, {0, 3, 4}});
  std::array<int, 4> held{};
  for (uint64_t seed = 0; seed < 2000; ++seed) {
    const auto window = split_events(events, split(SplitMethod::leave_k_out, 0, 0, 1), seed);
    for (size_t e = 0; e < 4; ++e) held[e] += window[e] == X;
  }
  for (const int times : held) EXPECT_NEAR(times, 500, 80) << "4 standard deviations";
}

// Windows of each user or item: exactly one, and in the asked shares.
void expect_held_out_whole(const Events& events, const LargeVector<int32_t>& id, int64_t ids,
                           SplitMethod method) {
  const auto window = split_events(events, split(method, 0.1, 0.1, 0.2), 1);
  std::vector<int> window_of(ids, -1);
  for (size_t e = 0; e < events.size(); ++e) {
    if (window_of[id[e]] < 0) window_of[id[e]] = window[e];
    EXPECT_EQ(window_of[id[e]], window[e]) << name_of(method) << " splits " << id[e];
  }
  const auto known = static_cast<double>(ids - std::ranges::count(window_of, -1));
  EXPECT_EQ(std::ranges::count(window_of, X), std::llround(0.2 * known));
  EXPECT_EQ(std::ranges::count(window_of, V), std::llround(0.1 * known));
  EXPECT_EQ(std::ranges::count(window_of, R), std::llround(0.1 * known));
  EXPECT_NE(split_events(events, split(method, 0.1, 0.1, 0.2), 2), window);
}

TEST(ColdSplits, HoldOutDrawnUsersOrItemsWithAllTheirEvents) {
  Events events = random_events(6, 900);
  events.users += 7;  // known from a feature file only: no part of the shares
  expect_held_out_whole(events, events.user, events.users, SplitMethod::cold_users);
  expect_held_out_whole(events, events.item, events.items, SplitMethod::cold_items);
}

TEST(RowHash, SendsARowByItsPlaceInTheFileAlone) {
  Events events = random_events(3, 400);
  const task::SplitSpec spec = split(SplitMethod::row_hash, 0, 0, 0);
  const auto window = split_events(events, spec, 1);
  for (size_t e = 0; e < events.size(); ++e) {
    const uint64_t hash =
        (static_cast<uint64_t>(events.row[e]) * 2654435761u) % (uint64_t{1} << 32);
    EXPECT_EQ(window[e], hash % 5 == 0 ? X : T);
  }
  EXPECT_EQ(split_events(events, spec, 2), window) << "nothing is drawn";
}

TEST(RowHash, TakesAnotherModulusAndResidue) {
  const Events events = random_events(3, 4000);
  task::SplitSpec spec = split(SplitMethod::row_hash, 0, 0, 0);
  spec.modulus = 10;
  spec.test_residue = 7;
  const auto window = split_events(events, spec, 1);
  EXPECT_NEAR(static_cast<double>(count(window, X)) / 4000, 0.1, 0.02);
  spec.test_residue = 10;
  EXPECT_EQ(error_of(events, spec),
            "exp.yaml:7:5: split.test is 10; with row_hash it is a remainder, 0 to 9");
  spec.modulus = 1;
  EXPECT_EQ(error_of(events, spec), "exp.yaml:7:5: split.modulus is 1; it must be at least 2");
}

TEST(DrawnShares, HaveTheirSizeAndDependOnTheSeed) {
  const Events events = random_events(5, 20000);
  const task::SplitSpec spec = split(SplitMethod::row_hash, 0.2, 0.1, 0);
  const auto window = split_events(events, spec, 1);
  const double train_part = static_cast<double>(20000 - count(window, X));
  EXPECT_NEAR(static_cast<double>(count(window, R)) / train_part, 0.2, 0.01);
  EXPECT_NEAR(static_cast<double>(count(window, V)) / train_part, 0.1, 0.01);
  EXPECT_EQ(split_events(events, spec, 1), window);
  const auto other = split_events(events, spec, 2);
  EXPECT_NE(other, window);
  for (size_t e = 0; e < events.size(); ++e) EXPECT_EQ(other[e] == X, window[e] == X);
}

TEST(DrawnShares, GrowWithoutMovingWhatWasDrawnBefore) {
  const Events events = random_events(5, 5000);
  const auto small = split_events(events, split(SplitMethod::row_hash, 0.1, 0, 0), 1);
  const auto large = split_events(events, split(SplitMethod::row_hash, 0.2, 0, 0), 1);
  for (size_t e = 0; e < events.size(); ++e) EXPECT_TRUE(small[e] != R || large[e] == R);
}

TEST(Given, FollowsTheFilesAndDrawsFromTheTrainPart) {
  Events events = random_events(7, 1000);
  for (size_t e = 0; e < events.size(); ++e) events.part.push_back(e % 4 == 0);
  const auto plain = split_events(events, split(SplitMethod::given, 0, 0, 0.1), 1);
  const auto drawn = split_events(events, split(SplitMethod::given, 0.5, 0, 0.1), 1);
  for (size_t e = 0; e < events.size(); ++e) {
    EXPECT_EQ(plain[e], e % 4 == 0 ? X : T);
    EXPECT_EQ(drawn[e] == X, e % 4 == 0);
  }
  EXPECT_NEAR(static_cast<double>(count(drawn, R)), 375, 60);
}

TEST(Given, NeedsFilesThatAreSplit) {
  EXPECT_EQ(error_of(events_of({{0, 0, 1}}), split(SplitMethod::given, 0, 0, 0)),
            "exp.yaml:7:5: split.method given needs files that are split: name them with "
            "split.train_file and "
            "split.test_file");
}

TEST(Split, RefusesSharesThatLeaveNothingForTrain) {
  const Events events = events_of({{0, 0, 1}, {0, 1, 2}});
  EXPECT_EQ(error_of(events, split(SplitMethod::global_time, 0.5, 0.3, 0.2)),
            "exp.yaml:7:5: the shares of split add up to 1; they must add up to less than 1, to "
            "leave events for train");
  EXPECT_EQ(
      error_of(events, split(SplitMethod::global_time, 0, 0, 1)),
      "exp.yaml:7:5: split.test is 1; with global_time it is a share, at least 0 and below 1");
  EXPECT_EQ(
      error_of(events, split(SplitMethod::row_hash, -0.1, 0, 0)),
      "exp.yaml:7:5: split.rank is -0.1; with row_hash it is a share, at least 0 and below 1");
}

}  // namespace
}  // namespace assay::dataset
