#include <gmock/gmock.h>

#include <numeric>
#include <set>

#include "analysis/metric_guardrail.h"
#include "unit/report/faked_quickstart.h"

namespace assay::analysis {
namespace {

using faked::FakedRun;
using faked::lines;
using faked::measured;
using faked::number;
using faked::p99_guardrail;
using faked::time_variant;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// control and ease; ease's metrics lie `effect` above control's.
struct Guardrails : ::testing::Test {
  FakedRun run;

  void fill(int n, double effect, double coverage = 0.4) {
    run.data("ml100k");
    for (const char* name : {"control", "ease"}) run.variant(name);
    run.trial("control", "ml100k", std::nullopt, measured(n, 0.0, 0.0, 10, 0.5));
    run.trial("ease", "ml100k", std::nullopt, measured(n, effect, 0.0, 11, coverage));
  }
  void guard(task::GuardrailSpec spec) {
    run.settings.compare.guardrails.push_back(std::move(spec));
  }
  std::vector<std::string> verdicts(const std::string& metric) {
    return lines(run.database, "SELECT verdict, reason FROM comparisons WHERE metric = '" + metric +
                                   "' AND family IN ('confirmatory', 'guardrail')");
  }
};

task::GuardrailSpec recall_may_fall(std::optional<double> absolute,
                                    std::optional<double> relative) {
  task::GuardrailSpec spec;
  spec.metric = "recall@10";
  spec.max_decrease = absolute;
  spec.max_decrease_relative = relative;
  return spec;
}

TEST_F(Guardrails, ADropBeyondTheLimitBreaksIt) {
  guard(recall_may_fall(0.02, std::nullopt));
  fill(500, -0.05);
  run.finish();
  EXPECT_THAT(verdicts("recall"), ElementsAre("guardrail broken|allowed: at most 0.02 lower"));
  EXPECT_THAT(run.text(), HasSubstr("; recall@10 breaks its guardrail (-0.0"));
}

TEST_F(Guardrails, ADropWithinTheLimitKeepsIt) {
  guard(recall_may_fall(std::nullopt, 0.1));
  fill(500, -0.005);
  run.finish();
  EXPECT_THAT(verdicts("recall"), ElementsAre("guardrail kept|allowed: at most 10 % lower"));
  EXPECT_THAT(run.text(), HasSubstr("; recall@10 keeps its guardrail."));
}

TEST_F(Guardrails, ADropThatIsAsLargeAsTheLimitIsUndecided) {
  guard(recall_may_fall(0.02, std::nullopt));
  fill(500, -0.02);
  run.finish();
  EXPECT_THAT(
      verdicts("recall"),
      ElementsAre(
          "undecided|the interval includes values beyond the guardrail: at most 0.02 lower"));
}

// 0.95 of the baseline's mean of 0.35 is 0.3325: the limit lies 0.0175 below.
TEST_F(Guardrails, ARelativeLimitIsAShareOfTheBaseline) {
  guard(recall_may_fall(std::nullopt, 0.05));
  fill(2000, -0.0175);
  run.finish();
  EXPECT_THAT(verdicts("recall"), ElementsAre(HasSubstr("undecided|")));
  EXPECT_NEAR(number(run.database, "SELECT relative FROM comparisons WHERE metric = 'recall'"),
              -0.05, 0.003);
}

TEST_F(Guardrails, TheTestIsOneSided) {
  guard(recall_may_fall(0.02, std::nullopt));
  fill(500, 0.05);
  run.finish();
  EXPECT_LT(number(run.database, "SELECT p FROM comparisons WHERE metric = 'recall'"), 0.01);
}

TEST_F(Guardrails, ARiseCanBeLimitedToo) {
  task::GuardrailSpec spec;
  spec.metric = "recall@10";
  spec.max_increase = 0.01;
  guard(spec);
  fill(500, 0.05);
  run.finish();
  EXPECT_THAT(verdicts("recall"), ElementsAre("guardrail broken|allowed: at most 0.01 higher"));
}

TEST_F(Guardrails, FewRequestsBreakNothing) {
  guard(recall_may_fall(0.02, std::nullopt));
  fill(60, -0.2);
  run.finish();
  EXPECT_THAT(verdicts("recall"),
              ElementsAre("too few requests|60 requests; a verdict needs at least 200"));
}

TEST_F(Guardrails, ACatalogueMetricHasNoInterval) {
  task::GuardrailSpec spec;
  spec.metric = "item_coverage@10";
  spec.max_decrease_relative = 0.1;
  guard(spec);
  fill(500, 0.0, 0.44);
  run.finish();
  EXPECT_THAT(verdicts("item_coverage"),
              ElementsAre("guardrail broken|allowed: at most 10 % lower"));
  EXPECT_NEAR(
      number(run.database, "SELECT relative FROM comparisons WHERE metric = 'item_coverage'"),
      -0.12, 1e-9);
  EXPECT_THAT(
      run.text(),
      HasSubstr(
          "item_coverage@10 breaks its guardrail (-0.06, -12 %; allowed: at most 10 % lower)."));
  EXPECT_THAT(run.text(), HasSubstr("       44.0 % !"));
}

/// Lists of 5 of `few` items, by chance, with the coverage of 200 that they have.
faked::TrialValues listed(int n, int few, uint64_t stream) {
  faked::TrialValues left = measured(n, 0.0, 0.0, stream);
  std::set<int32_t> shown;
  left.size = 5;
  for (int i = 0; i < 5 * n; ++i) {
    const double u = faked::uniform(stream, static_cast<uint64_t>(i));
    // Some items are shown often, many seldom: which of these is chance.
    left.items.push_back(static_cast<int32_t>(u * u * u * few));
    shown.insert(left.items.back());
  }
  left.catalogue[{"served", faked::kCoverage, 10}] = static_cast<double>(shown.size()) / 200.0;
  return left;
}

/// control and ease with lists, of users who ask once.
void fill_lists(FakedRun& run, int few) {
  constexpr int n = 400;
  run.data("ml100k");
  std::vector<std::string> items, ids(n, "someone");
  for (int i = 0; i < 200; ++i) items.push_back(std::to_string(i));
  std::vector<int32_t> users(n);
  std::iota(users.begin(), users.end(), 0);
  const std::vector<int64_t> times(n, 0), offsets(n + 1, 0);
  run.database.write(results::RequestSetRow{.request_set = "requests-ml100k",
                                            .prepared_hash = "h",
                                            .fold = "all",
                                            .window = "test",
                                            .user_ids = ids,
                                            .users = users,
                                            .times = times,
                                            .truth_offsets = offsets});
  run.database.write(results::CatalogueRow{"h", items});
  for (const char* name : {"control", "ease"}) run.variant(name);
  run.trial("control", "ml100k", std::nullopt, listed(n, 200, 10));
  run.trial("ease", "ml100k", std::nullopt, listed(n, few, 11));
  run.finish();
}

task::GuardrailSpec coverage_may_fall(double relative) {
  task::GuardrailSpec spec;
  spec.metric = "item_coverage@10";
  spec.max_decrease_relative = relative;
  return spec;
}

TEST_F(Guardrails, ACatalogueMetricHasBoundsOverUsersWhereListsWereKept) {
  guard(coverage_may_fall(0.3));
  fill_lists(run, 80);
  EXPECT_THAT(verdicts("item_coverage"),
              ElementsAre("guardrail broken|allowed: at most 30 % lower"));
  EXPECT_THAT(
      lines(run.database,
            "SELECT n, ci_low < difference AND difference < ci_high, method FROM comparisons "
            "WHERE metric = 'item_coverage'"),
      ElementsAre("400|1|bootstrap of users, normal, 1000 resamples, one-sided against the "
                  "guardrail, 95 % bounds"));
}

TEST_F(Guardrails, OfACatalogueMetricChanceBreaksNothing) {
  guard(coverage_may_fall(0.3));
  fill_lists(run, 200);
  EXPECT_THAT(verdicts("item_coverage"), ElementsAre("guardrail kept|allowed: at most 30 % lower"));
  EXPECT_LE(
      number(run.database, "SELECT p_adjusted FROM comparisons WHERE metric = 'item_coverage'"),
      0.05);
}

TEST_F(Guardrails, OfACatalogueMetricALimitThatIsTooNarrowToTellIsUndecided) {
  guard(coverage_may_fall(0.001));
  fill_lists(run, 200);
  EXPECT_THAT(verdicts("item_coverage"), ElementsAre(HasSubstr("undecided|")));
}

TEST_F(Guardrails, OneOnThePrimaryMetricIsCoveredByItsVerdict) {
  task::GuardrailSpec spec = recall_may_fall(0.001, std::nullopt);
  spec.metric = "ndcg@10";
  guard(spec);
  fill(500, -0.05);
  run.finish();
  EXPECT_THAT(verdicts("ndcg"), ElementsAre("worse|NULL"));
}

TEST_F(Guardrails, AnotherDefinitionIsFoundByItsBraces) {
  EXPECT_EQ(analysis::allowance_text(recall_may_fall(0.5, 0.1)),
            "at most 0.5 lower, at most 10 % lower");
}

// -- Times

TEST_F(Guardrails, SlowerTimesBreakTheirs) {
  guard(p99_guardrail());
  fill(300, 0.0);
  time_variant(run, "control", std::nullopt, 2.0, 100, true);
  time_variant(run, "ease", std::nullopt, 2.5, 200);
  run.finish();
  EXPECT_THAT(verdicts("latency_ms"), ElementsAre("guardrail broken|above the guardrail of 10 %"));
}

TEST_F(Guardrails, EqualTimesAreNotSlower) {
  guard(p99_guardrail());
  fill(300, 0.0);
  time_variant(run, "control", std::nullopt, 2.0, 100, true);
  time_variant(run, "ease", std::nullopt, 2.0, 200);
  run.finish();
  EXPECT_THAT(verdicts("latency_ms"), ElementsAre("not slower|within the guardrail of 10 %"));
}

TEST_F(Guardrails, ALittleSlowerIsWithinTheGuardrail) {
  guard(p99_guardrail());
  fill(300, 0.0);
  time_variant(run, "control", std::nullopt, 2.0, 100, true);
  time_variant(run, "ease", std::nullopt, 2.1, 200);
  run.finish();
  EXPECT_THAT(verdicts("latency_ms"),
              ElementsAre("slower within guardrail|within the guardrail of 10 %"));
  EXPECT_THAT(run.text(), HasSubstr("it is slower (p99 under single_stream"));
}

TEST_F(Guardrails, ALimitInMillisecondsIsHeldAgainstTheDifference) {
  task::GuardrailSpec spec = p99_guardrail();
  spec.max_increase_relative.reset();
  spec.max_increase = 0.3;
  guard(spec);
  fill(300, 0.0);
  time_variant(run, "control", std::nullopt, 2.0, 100, true);
  time_variant(run, "ease", std::nullopt, 2.5, 200);  // p99 0.65 ms later
  run.finish();
  EXPECT_THAT(verdicts("latency_ms"),
              ElementsAre("guardrail broken|above the guardrail of 0.3 ms"));
  run.settings.compare.guardrails[0].max_increase = 0.9;
  run.finish();
  EXPECT_THAT(verdicts("latency_ms"),
              ElementsAre("slower within guardrail|within the guardrail of 0.9 ms"));
}

TEST_F(Guardrails, WhatWasNotTimedIsNotMeasured) {
  guard(p99_guardrail());
  fill(300, 0.0);
  run.finish();
  EXPECT_THAT(verdicts("latency_ms"),
              ElementsAre("not measured|p99 of single_stream was not timed"));
  EXPECT_THAT(run.text(),
              HasSubstr("not shown to be as fast (p99 of single_stream was not timed)"));
}

/// Times four times those of control, of a plugin that is built without optimisation.
void time_debug_build(FakedRun& run, const std::string& variant) {
  run.database.write(results::PluginStateRow{.run_id = run.id(),
                                             .variant = variant,
                                             .plugin = "my_als",
                                             .kind = "recall",
                                             .build_type = "Debug",
                                             .optimised = false});
  time_variant(run, "control", std::nullopt, 2.0, 100, true);
  time_variant(run, "ease", std::nullopt, 8.0, 300);
  run.finish();
}

TEST_F(Guardrails, TimesOfADebugBuildAreToldAndNotJudged) {
  guard(p99_guardrail());
  fill(300, 0.0);
  time_debug_build(run, "ease");
  EXPECT_THAT(verdicts("latency_ms"), ElementsAre("not judged|my_als is a Debug build"));
  EXPECT_GT(number(run.database,
                   "SELECT relative FROM comparisons WHERE metric = 'latency_ms' AND "
                   "family = 'guardrail'"),
            2.0);
  EXPECT_THAT(lines(run.database,
                    "SELECT DISTINCT verdict, p, p_adjusted FROM comparisons WHERE "
                    "metric = 'latency_ms' AND baseline <> variant"),
              ElementsAre("not judged|NULL|NULL"));
}

TEST_F(Guardrails, NothingIsFastAgainstABaselineThatIsADebugBuild) {
  guard(p99_guardrail());
  fill(300, 0.0);
  time_debug_build(run, "control");
  EXPECT_THAT(verdicts("latency_ms"), ElementsAre("not judged|my_als is a Debug build"));
  EXPECT_THAT(run.text(), HasSubstr("its latency is not judged: my_als is a Debug build"));
}

TEST_F(Guardrails, FewTimesDecideNothing) {
  guard(p99_guardrail());
  fill(300, 0.0);
  run.timed("control", "ml100k", std::nullopt, 0, faked::times(100, 2.0, 1));
  run.timed("ease", "ml100k", std::nullopt, 0, faked::times(100, 4.0, 2));
  run.finish();
  EXPECT_THAT(verdicts("latency_ms"),
              ElementsAre("too few requests|p99 needs at least 299 values, there are 100"));
}

TEST_F(Guardrails, ADifferenceWithinTheNoiseFloorBreaksNothing) {
  guard(p99_guardrail());
  fill(300, 0.0);
  for (int round = 0; round < 3; ++round) {
    const auto stream = static_cast<uint64_t>(round);
    run.timed("control", "ml100k", std::nullopt, round, faked::times(400, 2.0, 100 + stream));
    run.timed("control", "ml100k", std::nullopt, round, faked::times(400, 3.0, 110 + stream), true);
    run.timed("ease", "ml100k", std::nullopt, round, faked::times(400, 2.5, 120 + stream));
  }
  run.finish();
  EXPECT_THAT(
      verdicts("latency_ms"),
      ElementsAre("undecided|above the guardrail, but within the noise floor of this machine"));
}

}  // namespace
}  // namespace assay::analysis
