#include "analysis/timings.h"

#include <gmock/gmock.h>

#include <cmath>

#include "unit/report/faked_quickstart.h"

namespace assay::analysis {
namespace {

using faked::FakedRun;
using faked::lines;
using faked::measured;
using faked::number;
using faked::time_variant;
using faked::times;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

struct Timings : ::testing::Test {
  FakedRun run;

  Timings() {
    run.data("ml100k");
    for (const char* name : {"control", "ease"}) {
      run.variant(name);
      run.trial(name, "ml100k", std::nullopt, measured(300, 0.0, 0.0, 10));
    }
  }
  double p50(const std::string& variant) {
    return number(run.database,
                  "SELECT ms FROM latency_summary WHERE stage = 'served' AND quantile = "
                  "0.5 AND variant = '" +
                      variant + "'");
  }
};

// 1 .. 10 ms in two rounds: p50 is the value of rank ceil(0.5 * 10) = 5.
TEST_F(Timings, RoundsArePooled) {
  run.timed("control", "ml100k", std::nullopt, 0, {1, 3, 5, 7, 9});
  run.timed("control", "ml100k", std::nullopt, 1, {10, 8, 6, 4, 2});
  run.finish();
  EXPECT_EQ(p50("control"), 5.0);
  EXPECT_THAT(lines(run.database,
                    "SELECT requests, achieved_qps, seed FROM latency_summary WHERE "
                    "quantile = 0.5"),
              ElementsAre("10|100.5|NULL"));
}

// Poisson arrivals are as many as they are: what was offered differs from round to round.
TEST_F(Timings, RatesAreMeansOverTheSameRounds) {
  int round = 0;
  for (const double qps : {89.0, 114.0, 83.5}) {
    run.loaded("ml100k", {.of = "control",
                          .round = round,
                          .offered_qps = qps,
                          .achieved_qps = qps,
                          .ms = times(50, 2.0, 1)});
    run.loaded("ml100k", {.of = "control",
                          .round = round++,
                          .offered_qps = 500.0,
                          .achieved_qps = 1.0,
                          .ms = times(50, 2.0, 1),
                          .repeat = true});
  }
  run.finish();
  EXPECT_THAT(lines(run.database,
                    "SELECT offered_qps, achieved_qps FROM latency_summary WHERE quantile = 0.5"),
              ElementsAre("95.5|95.5"));
}

TEST_F(Timings, QuantilesThatTheSampleCannotHoldAreNull) {
  run.timed("control", "ml100k", std::nullopt, 0, times(400, 2.0, 1));
  run.finish();
  EXPECT_THAT(lines(run.database, "SELECT quantile, ms IS NULL, reason FROM latency_summary"),
              ElementsAre("0.5|0|NULL", "0.9|0|NULL", "0.95|0|NULL", "0.99|0|NULL",
                          "0.999|1|p99.9 needs at least 2995 values, there are 400"));
}

TEST_F(Timings, IntervalsAreOrderStatistics) {
  std::vector<float> ms;
  for (int i = 1; i <= 100; ++i) ms.push_back(static_cast<float>(i));
  run.timed("control", "ml100k", std::nullopt, 0, ms);
  run.finish();
  // Conover's ranks for n = 100, q = 0.5: 40 and 61.
  EXPECT_THAT(lines(run.database,
                    "SELECT ms, ci_low_ms, ci_high_ms FROM latency_summary WHERE "
                    "quantile = 0.5"),
              ElementsAre("50|40|61"));
}

TEST_F(Timings, StagesHaveTheirOwnRows) {
  run.timed("control", "ml100k", std::nullopt, 0, times(50, 2.0, 1));
  run.timed("control", "ml100k", std::nullopt, 1, times(50, 1.5, 2), false, "recall[0]");
  run.timed("control", "ml100k", std::nullopt, 1, times(50, 0.5, 3), false, "rank[0]");
  run.finish();
  EXPECT_THAT(
      lines(run.database,
            "SELECT stage, requests FROM latency_summary WHERE quantile = 0.5 ORDER BY stage"),
      ElementsAre("rank[0]|50", "recall[0]|50", "served|50"));
}

TEST_F(Timings, ThePassThatTimedAllVariantsIsTaken) {
  for (const char* name : {"control", "ease"}) {
    run.timed(name, "ml100k", std::nullopt, 0, std::vector<float>(20, 2.0F), false, "served",
              "whole");
  }
  run.timed("control", "ml100k", std::nullopt, 0, std::vector<float>(20, 9.0F), false, "served",
            "later");
  run.finish();
  EXPECT_EQ(p50("control"), 2.0);
}

TEST_F(Timings, OfSeveralWholePassesTheLatestIsTaken) {
  for (const auto& [pass, ms] : {std::pair{"z-first", 2.0F}, std::pair{"a-second", 3.0F}}) {
    for (const char* name : {"control", "ease"}) {
      run.timed(name, "ml100k", std::nullopt, 0, std::vector<float>(20, ms), false, "served", pass);
    }
  }
  run.finish();
  EXPECT_EQ(p50("control"), 3.0);
}

TEST_F(Timings, APassThatWasBrokenOffIsNotTaken) {
  for (const auto& [pass, ms] : {std::pair{"z-first", 2.0F}, std::pair{"a-second", 3.0F}}) {
    for (const char* name : {"control", "ease"}) {
      run.timed(name, "ml100k", std::nullopt, 0, std::vector<float>(20, ms), false, "served", pass);
    }
  }
  run.timed("control", "ml100k", std::nullopt, 1, std::vector<float>(20, 3.0F), false, "served",
            "a-second");
  run.finish();
  EXPECT_EQ(p50("control"), 2.0);
}

// Every fold is timed in a pass of its own; together they are what a verdict over the folds is
// about.
TEST_F(Timings, PooledFoldsHaveTheTimesOfAllFolds) {
  run.data("shop");
  for (const char* fold : {"1", "2"}) {
    run.fold = fold;
    for (const char* name : {"control", "ease"})
      run.trial(name, "shop", std::nullopt, measured(300, 0.0, 0.0, 10));
    const std::vector<float> ms(100, *fold == '1' ? 2.0F : 8.0F);
    run.timed("control", "shop", std::nullopt, 0, ms, false, "served", std::string("pass-") + fold);
    run.timed("control", "shop", std::nullopt, 0, ms, true, "served", std::string("pass-") + fold);
  }
  run.timed("ease", "shop", std::nullopt, 0, std::vector<float>(100, 5.0F), false, "served",
            "pass-2");
  run.finish();
  const std::string of = "SELECT fold, requests, ms FROM latency_summary WHERE quantile = 0.9 AND ";
  EXPECT_THAT(lines(run.database, of + "variant = 'control' ORDER BY fold"),
              ElementsAre("1|100|2", "2|100|8", "all|200|8"));
  EXPECT_THAT(lines(run.database, of + "variant = 'ease' ORDER BY fold"), ElementsAre("2|100|5"))
      << "the first fold was not timed";
  EXPECT_THAT(lines(run.database,
                    "SELECT fold, n FROM comparison WHERE verdict = 'noise floor' AND quantile = "
                    "0.5 ORDER BY fold"),
              ElementsAre("1|100", "2|100", "all|200"));
}

TEST_F(Timings, AVariantThatThePassLeftOutHasNoTimes) {
  run.variant("late");
  run.trial("late", "ml100k", std::nullopt, measured(300, 0.0, 0.0, 10));
  time_variant(run, "control", std::nullopt, 2.0, 1, true);
  time_variant(run, "ease", std::nullopt, 2.0, 20);
  run.timed("late", "ml100k", std::nullopt, 0, times(400, 2.0, 9), false, "served", "another day");
  run.finish();
  EXPECT_THAT(lines(run.database, "SELECT * FROM latency_summary WHERE variant = 'late'"),
              IsEmpty());
  EXPECT_THAT(lines(run.database,
                    "SELECT * FROM comparisons WHERE variant = 'late' AND metric = 'latency_ms'"),
              IsEmpty());
}

TEST_F(Timings, TheNoiseFloorIsAtLeastTheBaselineAgainstItself) {
  time_variant(run, "control", std::nullopt, 2.0, 100, true);
  time_variant(run, "ease", std::nullopt, 2.0, 200);
  run.finish();
  const auto rows =
      lines(run.database,
            "SELECT variant, baseline, quantile, verdict, correction FROM comparisons "
            "WHERE family = 'noise floor' ORDER BY quantile");
  EXPECT_THAT(rows, ElementsAre("control|control|0.5|noise floor|none",
                                "control|control|0.99|noise floor|none"));
  std::vector<float> first, second;
  for (uint64_t round = 0; round < 3; ++round) {
    for (float ms : times(400, 2.0, 100 + round)) first.push_back(ms);
    for (float ms : times(400, 2.0, 110 + round)) second.push_back(ms);
  }
  std::ranges::sort(first);
  std::ranges::sort(second);
  // Rank ceil(0.99 * 1200) = 1188.
  EXPECT_GE(number(run.database,
                   "SELECT difference FROM comparisons WHERE family = 'noise floor' "
                   "AND quantile = 0.99"),
            std::abs(second[1187] - first[1187]));
}

// Rounds of 2 and 8 ms beside rounds of 4 and 4: s^2 = 2 (ln 2)^2 / 2 with 2 degrees of freedom,
// t(.975, 2) = 4.302653, and means of two rounds differ by s sqrt(2/2); p50 of the baseline is 2 ms.
TEST_F(Timings, TheNoiseFloorIsAlsoTheSpreadOfTheRoundsOfAllVariants) {
  for (const bool repeat : {false, true}) {
    for (const auto& [round, ms] : {std::pair{0, 2.0F}, std::pair{1, 2.0F}})
      run.timed("control", "ml100k", std::nullopt, round, std::vector<float>(10, ms), repeat);
  }
  run.timed("ease", "ml100k", std::nullopt, 0, std::vector<float>(10, 2.0F));
  run.timed("ease", "ml100k", std::nullopt, 1, std::vector<float>(10, 8.0F));
  run.finish();
  // control has four rounds alike (3 degrees of freedom), ease two (1).
  const double deviation = std::sqrt(2 * std::pow(std::log(2.0), 2) / 4);
  EXPECT_NEAR(number(run.database,
                     "SELECT difference FROM comparisons WHERE family = 'noise floor' AND "
                     "quantile = 0.5"),
              2.0 * 2.776445 * deviation, 1e-5)
      << "t(.975, 4) = 2.776445";
}

TEST_F(Timings, RoundsOfEarlierPassesCountForTheNoiseFloor) {
  for (const auto& [pass, spread] : {std::pair{"a-first", 6.0F}, std::pair{"b-second", 0.0F}}) {
    for (const char* name : {"control", "ease"}) {
      for (const int round : {0, 1})
        run.timed(name, "ml100k", std::nullopt, round,
                  std::vector<float>(10, 2.0F + static_cast<float>(round) * spread), false,
                  "served", pass);
    }
    run.timed("control", "ml100k", std::nullopt, 0, std::vector<float>(10, 2.0F), true, "served",
              pass);
  }
  run.finish();
  EXPECT_EQ(p50("control"), 2.0) << "times are those of the later pass";
  EXPECT_GT(number(run.database,
                   "SELECT difference FROM comparisons WHERE family = 'noise floor' AND "
                   "quantile = 0.5"),
            1.0);
}

TEST_F(Timings, RoundsThatTheMachineDisturbedAreLeftOutWhereTwoOthersAreThere) {
  for (const int round : {0, 1, 2}) {
    run.disturbance.others_cpu_share = round == 1 ? 0.5 : 0.0;
    run.timed("control", "ml100k", std::nullopt, round,
              std::vector<float>(20, round == 1 ? 9.0F : 2.0F));
  }
  run.finish();
  EXPECT_THAT(
      lines(run.database, "SELECT ms, requests FROM latency_summary WHERE quantile IN (0.5, 0.9)"),
      ElementsAre("2|40", "2|40"));
}

TEST_F(Timings, ABusyMachineGetsNoVerdict) {
  for (const int round : {0, 1, 2}) {
    run.disturbance.others_cpu_share = round == 2 ? 0.0 : 0.46;
    run.timed("control", "ml100k", std::nullopt, round, times(400, 2.0, 1 + round));
    run.timed("control", "ml100k", std::nullopt, round, times(400, 2.0, 5 + round), true);
    run.disturbance = {};
    run.timed("ease", "ml100k", std::nullopt, round, times(400, 4.0, 9 + round));
  }
  run.finish();
  EXPECT_THAT(lines(run.database,
                    "SELECT DISTINCT verdict, p IS NULL, reason FROM comparisons WHERE metric = "
                    "'latency_ms' AND variant = 'ease'"),
              ElementsAre("not judged|1|the machine was busy: other processes took 46 % of the "
                          "cores' time"));
}

TEST(ScenarioKind, IsReadFromItsJson) {
  EXPECT_EQ(analysis::scenario_kind(faked::kSingleStream), "single_stream");
  EXPECT_EQ(analysis::scenario_kind("offline"), "offline");
  EXPECT_EQ(analysis::scenario_kind("{}"), "{}");
}

}  // namespace
}  // namespace assay::analysis
