#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "integration/runs/workbench.h"
#include "metric_catalog/metric_definition.h"

namespace assay::testing {
namespace {

constexpr char kTwoVariants[] = R"(
variants:
  popular: {recall: [{plugin: popularity, k: 30}]}
  similar: {recall: [{plugin: item_knn, k: 30}]}
)";

TEST(TrialRules, AFinishedTrialIsNotComputedAgain) {
  const Workbench bench;
  const execution::RunOutcome first = bench.run(bench.experiment(kTwoVariants));
  EXPECT_EQ(first.computed, 2);
  EXPECT_EQ(first.fits, 3);  // and what item_knn counts
  const execution::RunOutcome second = bench.run(bench.experiment(kTwoVariants));
  EXPECT_EQ(second.found, 2);
  EXPECT_EQ(second.computed, 0);
  EXPECT_EQ(second.strategy_tasks, 0);
}

// Two workers would write the same task file, and one would read it half written.
TEST(TrialRules, VariantsWithTheSameChainAreTriedAndComputedOnce) {
  const Workbench bench;
  const std::string one = "variants:\n  popular: {recall: [{plugin: popularity, k: 30}]}\n";
  Workbench::Options alone{.database = "alone.sqlite"};
  const execution::RunOutcome first = bench.run(bench.experiment(one), alone);
  std::filesystem::remove_all(bench.path("cache/artifacts"));
  const execution::RunOutcome second =
      bench.run(bench.experiment(one + "  beloved: {recall: [{plugin: popularity, k: 30}]}\n"));
  EXPECT_EQ(second.trials, 1);
  EXPECT_EQ(second.strategy_tasks, first.strategy_tasks);
}

TEST(TrialRules, AddingAVariantRunsOneTrial) {
  const Workbench bench;
  bench.run(bench.experiment(kTwoVariants));
  const execution::RunOutcome outcome = bench.run(bench.experiment(
      std::string(kTwoVariants) + "  linear: {recall: [{plugin: ease, k: 30}]}\n"));
  EXPECT_EQ(outcome.found, 2);
  EXPECT_EQ(outcome.computed, 1);
  EXPECT_EQ(outcome.fits, 1);
}

// What a model is, is known by its key; what its file holds, by its hash.
TEST(TrialRules, ADamagedModelInTheCacheIsFittedAnewAndItIsSaid) {
  const Workbench bench;
  bench.run(bench.experiment(kTwoVariants));
  const std::string ndcg = metric_catalog::parse_metric("ndcg").id;
  const std::vector<float> before = bench.values("popular", ndcg, 10);
  int flipped = 0;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(bench.path("cache/artifacts"))) {
    if (entry.path().extension() != ".safetensors") continue;  // what was told of a fit
    std::fstream file(entry.path(), std::ios::binary | std::ios::in | std::ios::out);
    file.seekg(-5, std::ios::end);
    const int byte = file.get();
    file.seekp(-5, std::ios::end);
    file.put(static_cast<char>(byte ^ 1));
    ++flipped;
  }
  ASSERT_EQ(flipped, 3);  // two models, and what item_knn counts
  Workbench::Options fresh{.database = "fresh.sqlite"};
  const execution::RunOutcome outcome = bench.run(bench.experiment(kTwoVariants), fresh);
  EXPECT_EQ(outcome.fits, 3);
  EXPECT_EQ(bench.values("popular", ndcg, 10, "fresh.sqlite"), before);
  EXPECT_THAT(
      bench.text("select text from event where level = 'warning'", "fresh.sqlite"),
      ::testing::AllOf(
          ::testing::HasSubstr("fitted models in the cache are damaged and are fitted again: "),
          ::testing::HasSubstr("popularity ("), ::testing::HasSubstr("item_knn (")));
}

TEST(TrialRules, RenamingAVariantRunsNoTrialAndCallsNoStrategy) {
  const Workbench bench;
  bench.run(bench.experiment(kTwoVariants));
  const execution::RunOutcome outcome = bench.run(bench.experiment(R"(
variants:
  beloved: {recall: [{plugin: popularity, k: 30}], description: another name}
  similar: {recall: [{plugin: item_knn, k: 30}]}
)"));
  EXPECT_EQ(outcome.computed, 0);
  EXPECT_EQ(outcome.strategy_tasks, 0);
  EXPECT_EQ(bench.text("select group_concat(distinct variant) from leaderboard where run_id = 2"),
            "beloved,similar");
}

TEST(TrialRules, AMetricOfTheServedListsComesFromTheKeptSlates) {
  const Workbench bench;
  bench.run(bench.experiment(kTwoVariants));
  const execution::RunOutcome outcome =
      bench.run(bench.experiment(kTwoVariants),
                {.set = {"metrics.names=[\"recall{den=min(R,k)}\", mrr, gini]"}});
  EXPECT_EQ(outcome.computed, 0);
  EXPECT_EQ(outcome.scored, 2);
  EXPECT_EQ(outcome.strategy_tasks, 0);
  // The same numbers as a run that measured them from the start.
  Workbench::Options fresh{.database = "fresh.sqlite",
                           .set = {"metrics.names=[\"recall{den=min(R,k)}\", mrr, gini]"}};
  EXPECT_EQ(bench.run(bench.experiment(kTwoVariants), fresh).computed, 2);
  for (const char* variant : {"popular", "similar"}) {
    for (const char* definition : {"recall{den=min(R,k)}", "mrr"}) {
      const std::vector<float> scored = bench.values(variant, definition, 10);
      EXPECT_GT(scored.size(), 50u);
      EXPECT_EQ(scored, bench.values(variant, definition, 10, "fresh.sqlite"))
          << variant << ' ' << definition;
    }
    const std::string gini =
        std::string(
            "select mean from leaderboard where run_id = (select max(run_id) from run) and "
            "metric = 'gini' and cutoff = 5 and variant = '") +
        variant + "'";
    EXPECT_EQ(bench.number(gini), bench.number(gini, "fresh.sqlite"));
  }
}

TEST(TrialRules, AStrategyWithoutChanceRunsOnceUnderThreeSeeds) {
  const Workbench bench;
  const execution::RunOutcome outcome = bench.run(bench.experiment(R"(
seeds: [1, 2, 3]
variants:
  linear: {recall: [{plugin: ease, k: 30}]}
  chance: {recall: [{plugin: random, k: 30}]}
)"));
  EXPECT_EQ(outcome.trials, 4);
  EXPECT_EQ(outcome.computed, 4);
  EXPECT_EQ(bench.number("select count(*) from run_trial where seed is null"), 1);
}

TEST(TrialRules, ChanceGivesTheSameListsWithAnyWorkersAndAnyBatchSize) {
  const Workbench bench;
  const std::string yaml = bench.experiment(R"(
seeds: [7]
variants:
  chance: {recall: [{plugin: random, k: 30}]}
  shuffled:
    recall: [{plugin: popularity, k: 30}]
    rerank: [{plugin: plackett_luce, params: {temperature: 0.5}}]
)");
  bench.run(yaml, {.jobs = 1, .database = "one.sqlite"});
  bench.run(yaml, {.jobs = 2, .database = "two.sqlite"});
  bench.run(yaml, {.jobs = 2, .database = "small.sqlite", .set = {"numeric.batch_size=64"}});
  for (const char* variant : {"chance", "shuffled"}) {
    const results::Slates one = bench.slates(variant, 7, "one.sqlite");
    ASSERT_GT(one.requests, 64);  // more than one batch of the small size
    EXPECT_EQ(one.items, bench.slates(variant, 7, "two.sqlite").items) << variant;
    EXPECT_EQ(one.items, bench.slates(variant, 7, "small.sqlite").items) << variant;
  }
}

TEST(TrialRules, VariantsThatShareAStageFitItOnce) {
  const Workbench bench;
  const execution::RunOutcome outcome = bench.run(bench.experiment(R"(
variants:
  plain: {recall: [{plugin: item_knn, k: 30}]}
  diverse: {recall: [{plugin: item_knn, k: 30}], rerank: [{plugin: mmr, params: {lambda: {grid: [0.3, 0.7]}}}]}
)"));
  EXPECT_EQ(outcome.computed, 3);
  EXPECT_EQ(outcome.fits, 2 + 2);  // item_knn and its counts once, mmr under each lambda
}

TEST(TrialRules, AnInterruptedRunGoesOnWhereItStopped) {
  const Workbench bench;
  Workbench::Options stopping{.jobs = 1};
  stopping.watch = [](const execution::RunProgress& progress, std::atomic<int>& stop) {
    if (progress.phase == "run" && progress.done >= 1) stop = 1;
  };
  const std::string yaml = bench.experiment(R"(
seeds: [1, 2, 3, 4]
variants:
  popular: {recall: [{plugin: popularity, k: 30}]}
  chance: {recall: [{plugin: random, k: 30}]}
)");
  const execution::RunOutcome stopped = bench.run(yaml, stopping);
  EXPECT_TRUE(stopped.interrupted);
  ASSERT_GE(stopped.computed, 1);
  ASSERT_GE(stopped.remaining, 1);
  const execution::RunOutcome rest = bench.run(yaml);
  EXPECT_FALSE(rest.interrupted);
  EXPECT_EQ(rest.found, stopped.computed);
  EXPECT_EQ(rest.computed, stopped.remaining);
  EXPECT_EQ(bench.run(yaml).computed, 0);
}

}  // namespace
}  // namespace assay::testing
