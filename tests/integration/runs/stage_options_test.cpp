#include <fmt/format.h>
#include <gmock/gmock.h>

#include "error/error.h"
#include "integration/runs/workbench.h"

namespace assay::testing {
namespace {

using ::testing::HasSubstr;

std::string with_fakes(const std::string& rest) {
  return "plugins: [" ASSAY_BUILD_DIR "/test_plugins/fake_everything.so]\n" + rest;
}

TEST(Lists, OfAnotherToolAreServedAsASource) {
  const Workbench bench;
  std::string run;
  for (int user = 0; user < 150; ++user) {
    for (int rank = 0; rank < 15; ++rank) {
      run +=
          fmt::format("{} Q0 {} {} {} mine\n", user, (user + rank * 7) % 60, rank + 1, 100 - rank);
    }
  }
  bench.write("mine.run", run);
  const std::string yaml = bench.experiment(R"(
variants:
  mine: {recall: [{lists: mine, k: 12}]}
  both: {recall: [{lists: mine, k: 12}, {plugin: popularity, k: 20}]}
)");
  const execution::RunOutcome outcome =
      bench.run(yaml, {.set = {"datasets.log.lists={mine: mine.run}"}});
  EXPECT_EQ(outcome.computed, 2);
  EXPECT_EQ(outcome.fits, 1);  // popularity
  const results::Slates slates = bench.slates("mine", std::nullopt);
  ASSERT_GT(slates.requests, 0);
  // Scores fall from 100 in the order of the file; what is excluded was dropped, so the first one
  // is at most 100.
  for (int64_t request = 0; request < slates.requests; ++request) {
    const float* score = slates.scores.data() + request * slates.size;
    EXPECT_LE(score[0], 100.f);
    EXPECT_GE(score[0], score[1]);
  }
  // Another file under the same name is another trial.
  bench.write("mine.run", run + "0 Q0 59 99 0.5 mine\n");
  EXPECT_EQ(bench.run(yaml, {.set = {"datasets.log.lists={mine: mine.run}"}}).computed, 2);
}

TEST(FinalRefit, LetsRecallLearnFromLaterWindowsAndKeepsWhatRankLearnt) {
  const Workbench bench;
  const std::string yaml = bench.experiment(R"(
variants:
  learned: {recall: [{plugin: item_knn, k: 30}], rank: [{plugin: logistic_regression}]}
)");
  EXPECT_EQ(bench.run(yaml).fits, 3);  // item_knn counts once, then fits
  // The recall stage is fitted again on more windows; the rank stage learns from the same
  // candidates as before.
  const execution::RunOutcome refit =
      bench.run(yaml, {.set = {"fit_on.final=[train, rank, validation]"}});
  EXPECT_EQ(refit.computed, 1);
  EXPECT_EQ(refit.fits, 2);
}

TEST(Validation, RunsThroughTheVeryInstanceAndLandsInTheNotes) {
  const Workbench bench;
  const execution::RunOutcome outcome = bench.run(bench.experiment(with_fakes(R"(
variants:
  tuned: {recall: [{plugin: fake_everything, k: 30}]}
)")));
  ASSERT_EQ(outcome.failed.size(), 0u);
  EXPECT_EQ(outcome.computed, 1);
  EXPECT_GE(bench.number("select count(*) from note where key like 'chosen.%'"), 1);
}

TEST(TrialFits, AreThoseOfTheSmokeTestAlone) {
  const Workbench bench;
  const std::string yaml = bench.experiment("plugins: [" ASSAY_BUILD_DIR
                                            "/test_plugins/bad_in_run.so]\n"
                                            R"(
variants:
  fine: {recall: [{plugin: popularity, k: 30}]}
  impatient: {recall: [{plugin: bad_recall, k: 30, params: {mode: trial_fit_throws}}]}
)");
  const execution::RunOutcome smoked = bench.run(yaml, {.smoke = true});
  ASSERT_EQ(smoked.failed.size(), 1u);
  EXPECT_THAT(
      smoked.failed[0].failure.reason,
      HasSubstr("in the smoke test (a sample of the users): threw: one epoch was too many"));
  const execution::RunOutcome real = bench.run(yaml, {.smoke = false});
  EXPECT_TRUE(real.failed.empty());
  EXPECT_EQ(real.computed, 1);
}

TEST(FileParameters, AreKnownByTheirContent) {
  const Workbench bench;
  bench.write("boosts.txt", "3 1.5\n");
  const std::string yaml = bench.experiment(with_fakes(R"(
variants:
  boosted: {recall: [{plugin: fake_everything, k: 30, params: {boosts: boosts.txt}}]}
)"));
  EXPECT_EQ(bench.run(yaml).computed, 1);
  EXPECT_EQ(bench.run(yaml).computed, 0);
  bench.write("boosts.txt", "3 2.5\n");
  EXPECT_EQ(bench.run(yaml).computed, 1);
}

TEST(Inputs, AreFittedBeforeTheStageThatUsesThem) {
  const Workbench bench;
  const execution::RunOutcome outcome = bench.run(bench.experiment(with_fakes(R"(
variants:
  taught:
    recall: [{plugin: fake_everything, k: 30, params: {steps: 1}, inputs: {teacher: {plugin: fake_everything, params: {steps: 2}}}}]
  diverse:
    recall: [{plugin: popularity, k: 30}]
    rerank: [{plugin: mmr, params: {similarity: vectors}, inputs: {model: "taught.recall[0]"}}]
)")));
  ASSERT_EQ(outcome.failed.size(), 0u) << outcome.failed[0].failure.reason;
  EXPECT_EQ(outcome.computed, 2);
  EXPECT_EQ(outcome.fits, 4);  // teacher, pupil, popularity, mmr
}

TEST(PoolMetrics, ThatAreAddedRunTheTrialAgainButFitNothing) {
  const Workbench bench;
  const std::string yaml = bench.experiment(R"(
variants:
  similar: {recall: [{plugin: item_knn, k: 30}], rerank: [{plugin: mmr}]}
)");
  bench.run(yaml);
  const execution::RunOutcome outcome = bench.run(yaml, {.set = {"metrics.pool_cutoffs=[20]"}});
  EXPECT_EQ(outcome.fits, 0);
  EXPECT_EQ(outcome.computed, 1);
  EXPECT_GT(bench.number("select mean from leaderboard where run_id = 2 and stage = 'recall' and "
                         "metric = 'recall' and "
                         "cutoff = 20"),
            0);
}

TEST(StageLoss, AddsUpFromTheTruthToTheSlate) {
  const Workbench bench;
  bench.run(bench.experiment(R"(
variants:
  long: {recall: [{plugin: item_knn, k: 30}, {plugin: popularity, k: 10}], rank: [{plugin: logistic_regression, keep: 15}]}
)"));
  const auto count = [&](const char* stage, const char* column) {
    return bench.number(fmt::format("select {} from stage_loss where stage = '{}'", column, stage));
  };
  EXPECT_GT(count("recall", "relevant"), 0);
  EXPECT_EQ(count("rank", "relevant"), count("recall", "kept"));
  EXPECT_EQ(count("served", "relevant"), count("rank", "kept"));
  EXPECT_EQ(count("served", "lost"), count("served", "relevant") - count("served", "kept"));
  EXPECT_GE(count("recall", "kept"), count("recall[0]", "kept"));
}

TEST(LearnedRankStages, NeedARankWindow) {
  const Workbench bench;
  const std::string yaml = bench.experiment(R"(
variants:
  learned: {recall: [{plugin: item_knn, k: 30}], rank: [{plugin: logistic_regression}]}
)");
  try {
    bench.run(yaml, {.set = {"datasets.log.split.rank=0"}});
    FAIL() << "expected a UserError";
  } catch (const error::UserError& error) {
    EXPECT_THAT(error.what(), HasSubstr("rank"));
    EXPECT_THAT(error.what(), HasSubstr("learned"));
  }
}

}  // namespace
}  // namespace assay::testing
