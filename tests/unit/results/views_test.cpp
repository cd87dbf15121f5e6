#include <gmock/gmock.h>

#include "sample_run.h"

namespace assay::results {
namespace {

using sample::kCoverage;
using sample::kNdcg;
using sample::kRecallOfK;
using sample::lines;
using ::testing::ElementsAre;

struct Views : ::testing::Test {
  sample::Folder folder;
  Database database = Database::open_or_create(folder / "x.sqlite");
  int64_t run = sample::begin_sample(database);

  void finish(const std::string& key) {
    database.merge(sample::part_of(folder, "part-" + key, key, {0}, 1), run, sample::coverage);
  }
  std::string columns(const std::string& view) {
    std::string joined;
    for (const std::string& name : Reader(database).query("SELECT * FROM " + view).columns) {
      joined += (joined.empty() ? "" : ", ") + name;
    }
    return joined;
  }
  SummaryRow summary(const std::string& variant) {
    return {.run_id = run,
            .variant = variant,
            .dataset = "ml100k",
            .definition = kNdcg,
            .cutoff = 10,
            .mean = 0.25,
            .ci_low = 0.2,
            .ci_high = 0.3,
            .requests = 4,
            .excluded_requests = 1};
  }
};

TEST_F(Views, HaveTheColumnsThatScriptsRelyOn) {
  EXPECT_EQ(
      columns("leaderboard"),
      "run_id, experiment, dataset, fold, variant, stage, metric, cutoff, slice, mean, ci_low, "
      "ci_high, sd_over_seeds, seeds, requests, excluded_requests, unit, higher_is_better, "
      "definition, status");
  EXPECT_EQ(
      columns("comparisons"),
      "run_id, experiment, dataset, fold, baseline, variant, stage, metric, cutoff, slice, "
      "scenario, quantile, difference, relative, ci_low, ci_high, p, p_adjusted, method, "
      "correction, family, n, minimum_detectable_effect, verdict, reason, family_size, needed");
  EXPECT_EQ(
      columns("stage_loss"),
      "run_id, experiment, dataset, fold, variant, seed, stage, cutoff, relevant, kept, lost");
  EXPECT_EQ(columns("latency_summary"),
            "run_id, experiment, dataset, fold, variant, seed, scenario, stage, quantile, ms, "
            "ci_low_ms, ci_high_ms, requests, offered_qps, achieved_qps, degraded, reason");
  EXPECT_EQ(columns("load_counts"),
            "run_id, experiment, dataset, fold, variant, seed, scenario, kind, count, requests");
  EXPECT_EQ(columns("resources"),
            "run_id, experiment, dataset, fold, variant, seed, phase, name, samples, mean, most, "
            "reason");
  EXPECT_EQ(columns("failures"),
            "run_id, experiment, dataset, fold, variant, seed, stage, plugin, batch, kind, reason");
}

TEST_F(Views, LeaderboardShowsSummaries) {
  finish("c");
  database.write(summary("control"));
  EXPECT_THAT(lines(database, "SELECT * FROM leaderboard WHERE variant = 'control'"),
              ElementsAre("1|quickstart|ml100k|all|control|served|ndcg|10|all|0.25|0.2|0.3|NULL|"
                          "NULL|4|1|1|1|" +
                          kNdcg + "|done"));
}

TEST_F(Views, LeaderboardKeepsTheBracesOfAnotherDefinition) {
  SummaryRow row = summary("control");
  row.definition = kRecallOfK;
  database.write(row);
  EXPECT_THAT(lines(database, "SELECT metric, definition FROM leaderboard WHERE mean IS NOT NULL"),
              ElementsAre(kRecallOfK + "|" + kRecallOfK));
}

TEST_F(Views, LeaderboardShowsCatalogueMetricsWithoutAnInterval) {
  finish("c");
  finish("d1");
  finish("d2");
  database.summarise_catalogue(run);
  EXPECT_THAT(lines(database,
                    "SELECT variant, metric, cutoff, mean, ci_low, ci_high, "
                    "sd_over_seeds, seeds, requests FROM leaderboard "
                    "WHERE metric = 'item_coverage' ORDER BY variant"),
              ElementsAre("control|item_coverage|10|1|NULL|NULL|NULL|NULL|4",
                          "diverse|item_coverage|10|1|NULL|NULL|0|2|4"));
}

TEST_F(Views, CatalogueSummariesAverageOverSeeds) {
  finish("c");
  for (const auto& [key, value] : {std::pair{"d1", 0.25}, std::pair{"d2", 0.75}}) {
    database.merge(sample::part_of(folder, key, key, {0}, 1), run,
                   [value = value](const std::string&, std::span<const Exposure>) {
                     return std::vector<CatalogueValue>{{{"served", kCoverage, 10}, value, ""}};
                   });
  }
  database.summarise_catalogue(run);
  EXPECT_THAT(lines(database,
                    "SELECT mean, sd_over_seeds, seeds FROM leaderboard "
                    "WHERE variant = 'diverse' AND metric = 'item_coverage'"),
              ElementsAre("0.5|0.353553|2"));
}

TEST_F(Views, ACatalogueMetricWithoutDataIsNullWithItsReason) {
  database.merge(sample::part_of(folder, "p", "c", {0}, 1), run,
                 [](const std::string&, std::span<const Exposure>) {
                   return std::vector<CatalogueValue>{
                       {{"served", kCoverage, 10}, std::nullopt, "no list has an item"}};
                 });
  database.summarise_catalogue(run);
  EXPECT_THAT(lines(database, "SELECT mean FROM leaderboard WHERE metric = 'item_coverage'"),
              ElementsAre("NULL"));
  EXPECT_THAT(lines(database, "SELECT reason FROM summary"), ElementsAre("no list has an item"));
}

TEST_F(Views, ANumberThatIsMissingNeedsAReason) {
  SummaryRow row = summary("control");
  row.mean.reset();
  EXPECT_THROW(database.write(row), error::InternalError);
  row.reason = "no request has a relevant item";
  EXPECT_NO_THROW(database.write(row));
}

TEST_F(Views, LeaderboardHasARowForAVariantThatFailed) {
  finish("c");
  for (const char* key : {"d1", "d2"}) {
    database.write(FailureRow{key, "fit", "recall[0]", "ease", std::nullopt, "exception", "no"});
  }
  database.write(summary("control"));
  EXPECT_THAT(lines(database,
                    "SELECT variant, metric, cutoff, mean, unit, status FROM leaderboard "
                    "ORDER BY variant"),
              ElementsAre("control|ndcg|10|0.25|1|done", "diverse|ndcg|10|NULL|1|failed"));
}

TEST_F(Views, LeaderboardSaysThatSomeSeedsFailed) {
  finish("d1");
  database.write(FailureRow{"d2", "fit", "recall[0]", "ease", std::nullopt, "exception", "no"});
  database.write(summary("diverse"));
  EXPECT_THAT(lines(database, "SELECT variant, status FROM leaderboard ORDER BY variant"),
              ElementsAre("control|missing", "diverse|partial"));
}

TEST_F(Views, FoldAllHasTheStatusOfAllFolds) {
  for (const auto& [fold, key] : {std::pair{"0", "f0"}, std::pair{"1", "f1"}}) {
    RunTrialRow row = sample::trial_row(run, "control", key);
    row.fold = fold;
    row.dataset = "folds";
    database.write(row);
  }
  finish("f0");
  for (const char* fold : {"0", "all"}) {
    SummaryRow row = summary("control");
    row.dataset = "folds";
    row.fold = fold;
    database.write(row);
  }
  EXPECT_THAT(lines(database,
                    "SELECT fold, mean, status FROM leaderboard "
                    "WHERE dataset = 'folds' ORDER BY fold"),
              ElementsAre("0|0.25|done", "all|0.25|partial"));
}

TEST_F(Views, ARepeatedAnalysisReplacesItsRows) {
  database.write(summary("control"));
  SummaryRow better = summary("control");
  better.mean = 0.5;
  database.write(better);
  EXPECT_THAT(lines(database, "SELECT mean FROM leaderboard WHERE variant = 'control'"),
              ElementsAre("0.5"));
}

TEST_F(Views, ComparisonsShowEveryColumn) {
  ComparisonRow row{.run_id = run,
                    .dataset = "ml100k",
                    .baseline = "control",
                    .variant = "diverse",
                    .definition = kNdcg,
                    .cutoff = 10,
                    .difference = 0.012,
                    .relative = 0.05,
                    .ci_low = 0.004,
                    .ci_high = 0.02,
                    .p = 0.001,
                    .p_adjusted = 0.002,
                    .method = "paired bootstrap (10,000)",
                    .correction = "holm",
                    .family = "confirmatory",
                    .n = 943,
                    .minimum_detectable_effect = 0.011,
                    .verdict = "better",
                    .family_size = 9,
                    .needed = 3100};
  database.write(row);
  row.difference = 0.013;
  database.write(row);
  EXPECT_THAT(lines(database, "SELECT * FROM comparisons"),
              ElementsAre("1|quickstart|ml100k|all|control|diverse|served|ndcg|10|all|NULL|NULL|"
                          "0.013|0.05|0.004|0.02|0.001|0.002|paired bootstrap (10,000)|holm|"
                          "confirmatory|943|0.011|better|NULL|9|3100"));
}

TEST_F(Views, ComparisonsOfLatencyNameScenarioAndQuantile) {
  ComparisonRow row{.run_id = run,
                    .dataset = "ml100k",
                    .baseline = "control",
                    .variant = "diverse",
                    .definition = "latency_ms",
                    .scenario = R"({"kind":"single_stream"})",
                    .method = "none",
                    .correction = "none",
                    .family = "confirmatory",
                    .verdict = "too few requests to decide",
                    .reason = "p99 needs 299 samples"};
  for (const double quantile : {0.5, 0.99}) {
    row.quantile = quantile;
    database.write(row);
  }
  EXPECT_THAT(lines(database,
                    "SELECT metric, cutoff, quantile, difference, reason FROM comparisons "
                    "ORDER BY quantile"),
              ElementsAre("latency_ms|NULL|0.5|NULL|p99 needs 299 samples",
                          "latency_ms|NULL|0.99|NULL|p99 needs 299 samples"));
}

TEST_F(Views, StageLossTellsWhatEachStageLost) {
  finish("c");
  finish("d1");
  EXPECT_THAT(lines(database, "SELECT * FROM stage_loss ORDER BY variant"),
              ElementsAre("1|quickstart|ml100k|all|control|NULL|recall|NULL|10|6|4",
                          "1|quickstart|ml100k|all|diverse|1|recall|NULL|10|6|4"));
}

TEST_F(Views, LatencySummaryShowsEveryColumn) {
  LatencyRow row{.run_id = run,
                 .variant = "diverse",
                 .dataset = "ml100k",
                 .seed = 1,
                 .scenario = R"({"kind":"server"})",
                 .quantile = 0.99,
                 .ms = 2.5,
                 .ci_low_ms = 2.4,
                 .ci_high_ms = 2.7,
                 .requests = 900,
                 .offered_qps = 200,
                 .achieved_qps = 199.5,
                 .degraded = 3};
  database.write(row);
  row.ms = 2.6;
  database.write(row);
  EXPECT_THAT(lines(database, "SELECT * FROM latency_summary"),
              ElementsAre("1|quickstart|ml100k|all|diverse|1|{\"kind\":\"server\"}|served|0.99|2.6|"
                          "2.4|2.7|900|200|199.5|3|NULL"));
}

TEST_F(Views, FailuresNameVariantStagePluginAndBatchOnceForEachRun) {
  database.write(FailureRow{"d1", "evaluate", "rerank[0]", "mmr", 3, "crash", "SIGSEGV"});
  database.write(FailureRow{"d1", "evaluate", "rerank[0]", "mmr", 3, "crash", "SIGSEGV"});
  sample::begin_sample(database, "again");
  EXPECT_THAT(lines(database, "SELECT * FROM failures ORDER BY run_id"),
              ElementsAre("1|quickstart|ml100k|all|diverse|1|rerank[0]|mmr|3|crash|SIGSEGV",
                          "2|again|ml100k|all|diverse|1|rerank[0]|mmr|3|crash|SIGSEGV"));
}

}  // namespace
}  // namespace assay::results
