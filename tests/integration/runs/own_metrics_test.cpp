#include <fmt/format.h>
#include <gmock/gmock.h>

#include "error/error.h"
#include "integration/runs/workbench.h"

namespace assay::testing {
namespace {

using ::testing::HasSubstr;

std::string experiment(const Workbench& bench) {
  return bench.experiment("plugins: [" ASSAY_BUILD_DIR
                          "/test_plugins/fake_everything.so, " ASSAY_BUILD_DIR
                          "/test_plugins/bad_metric.so]\n"
                          "variants:\n"
                          "  control: {recall: [{plugin: popularity, k: 30}]}\n"
                          "  near: {recall: [{plugin: item_knn, k: 30}]}\n");
}

double mean(const Workbench& bench, const std::string& metric) {
  return bench.number(
      fmt::format("select mean from leaderboard where variant = 'near' and stage = "
                  "'served' and cutoff = 10 and metric like '{}'",
                  metric));
}

// With power 0 fake_metric is the precision.
TEST(OwnMetrics, AreComputedStoredAndComparedLikeAnyOther) {
  const Workbench bench;
  const execution::RunOutcome outcome =
      bench.run(experiment(bench), {.set = {"metrics.names=[fake_metric]"}});
  EXPECT_EQ(outcome.failed.size(), 0u);
  EXPECT_NEAR(mean(bench, "fake_metric"), mean(bench, "precision"), 1e-6);
  EXPECT_THAT(bench.text("select definition from leaderboard where metric = 'fake_metric'"),
              ::testing::MatchesRegex("fake_metric\\{library=[0-9a-f]{12}\\}"));
  EXPECT_EQ(bench.text("select unit from leaderboard where metric = 'fake_metric'"), "share");
  EXPECT_EQ(bench.number("select count(*) from comparisons where metric = 'fake_metric' and cutoff "
                         "= 10 and p is not null"),
            1);
}

TEST(OwnMetrics, AreAddedToADoneTrialFromItsKeptLists) {
  const Workbench bench;
  const std::string yaml = experiment(bench);
  bench.run(yaml);
  const Workbench::Options asked{
      .set = {"metrics.names=['fake_metric{power=0.5}@10', 'fake_metric{power=0}']"}};
  const execution::RunOutcome added = bench.run(yaml, asked);
  EXPECT_EQ(added.computed, 0);
  EXPECT_EQ(added.scored, 2);
  EXPECT_GT(mean(bench, "fake_metric{power=0.5,library=%"), mean(bench, "fake_metric"))
      << "popular items count more";
  EXPECT_EQ(bench.run(yaml, asked).scored, 0);
}

TEST(OwnMetrics, CanBeThePrimaryOneAndAGuardrail) {
  const Workbench bench;
  const std::string yaml =
      experiment(bench) + "compare: {guardrails: [{metric: fake_metric@5, max_decrease: 0.1}]}\n";
  bench.run(yaml, {.set = {"metrics.primary=fake_metric@10", "metrics.names=[fake_metric]"}});
  EXPECT_EQ(bench.number("select count(*) from comparisons where metric = 'fake_metric' and family "
                         "= 'confirmatory'"),
            1);
  EXPECT_EQ(bench.number("select count(*) from comparisons where metric = 'fake_metric' and family "
                         "= 'guardrail'"),
            1);
}

std::string problem_of(const std::string& metric) {
  const Workbench bench;
  try {
    bench.run(experiment(bench), {.set = {"metrics.names=['" + metric + "']"}});
  } catch (const error::UserError& error) {
    return error.what();
  }
  return "no problem";
}

TEST(OwnMetrics, AreCheckedWithTheFile) {
  EXPECT_THAT(problem_of("fake_metrik"),
              HasSubstr("\"fake_metrik\" is not a metric; did you mean \"fake_metric\"?"));
  EXPECT_THAT(problem_of("fake_metric{powr=1}"), HasSubstr("did you mean \"power\"?"));
  EXPECT_THAT(problem_of("fake_metric{power=2}"), HasSubstr("power is 2"));
}

TEST(OwnMetrics, ThatBreakFailWhatTheyMeasureAndSayWho) {
  const std::pair<const char*, const char*> wrong[] = {{"throws", "no such measure"},
                                                       {"other_shape", "expected float32 ["},
                                                       {"infinite", "a value is infinite"},
                                                       {"random_fit", "asked for random numbers"}};
  for (const auto& [mode, reason] : wrong) {
    const Workbench bench;
    const execution::RunOutcome outcome = bench.run(
        experiment(bench), {.set = {fmt::format("metrics.names=['bad_metric{{mode={}}}']", mode)}});
    ASSERT_EQ(outcome.failed.size(), 2u) << mode;
    EXPECT_EQ(outcome.failed[0].failure.plugin, "bad_metric");
    EXPECT_THAT(outcome.failed[0].failure.reason, HasSubstr(reason));
  }
}

TEST(OwnMetrics, ThatBreakOnDoneTrialsAreNamedAndLeaveThemDone) {
  const Workbench bench;
  const std::string yaml = experiment(bench);
  bench.run(yaml);
  const execution::RunOutcome outcome =
      bench.run(yaml, {.set = {"metrics.names=['bad_metric{mode=infinite}']"}});
  ASSERT_EQ(outcome.failed.size(), 2u);
  EXPECT_EQ(outcome.failed[0].failure.plugin, "bad_metric");
  EXPECT_EQ(outcome.failed[0].failure.place, "metrics");
  EXPECT_THAT(outcome.failed[0].failure.reason, HasSubstr("a value is infinite"));
  EXPECT_EQ(bench.text("select status from run order by run_id desc limit 1"), "failed");
  EXPECT_EQ(bench.number("select count(*) from trial where status = 'done'"), 2);
}

}  // namespace
}  // namespace assay::testing
