#include <fmt/format.h>
#include <gmock/gmock.h>

#include "error/error.h"
#include "integration/runs/workbench.h"

namespace assay::testing {
namespace {

const char kVariants[] = R"(
variants:
  control:
    recall: [{plugin: popularity, k: 40}]
  ranked:
    recall: [{plugin: item_knn, k: 40}]
    rank: [{plugin: logistic_regression}]
)";

double mean(const Workbench& bench, const std::string& variant, const std::string& metric,
            const std::string& what = "mean") {
  return bench.number(fmt::format(
      "select {} from leaderboard where variant = '{}' and metric = '{}' and cutoff = 10", what,
      variant, metric));
}

TEST(Agreement, WithTheBaselineIsMeasuredOnTheListsThatWereKept) {
  const Workbench bench;
  const std::string yaml = bench.experiment(kVariants);
  const Workbench::Options asked{.set = {"metrics.groups=[accuracy, list_quality]"}};
  bench.run(yaml, asked);
  EXPECT_EQ(bench.run(yaml, asked).scored, 0) << "what no trial keeps is not missing";
  const results::Slates own = bench.slates("ranked", std::nullopt),
                        baseline = bench.slates("control", std::nullopt);
  double shared = 0;
  for (int64_t r = 0; r < own.requests; ++r) {
    for (int64_t i = r * 10; i < r * 10 + 10; ++i) {
      const auto first = baseline.items.begin() + r * 10;
      shared += own.items[i] >= 0 && std::find(first, first + 10, own.items[i]) != first + 10;
    }
  }
  EXPECT_NEAR(mean(bench, "ranked", "baseline_overlap"),
              shared / 10 / static_cast<double>(own.requests), 1e-6);
  EXPECT_LT(mean(bench, "ranked", "baseline_rbo", "ci_low"), mean(bench, "ranked", "baseline_rbo"));
  EXPECT_EQ(bench.number("select count(*) from leaderboard where variant = 'control' and metric "
                         "like 'baseline_%'"),
            0);
}

TEST(Scores, ThatAreProbabilitiesHaveALossAndACalibration) {
  const Workbench bench;
  bench.run(bench.experiment(R"(
variants:
  ranked:
    recall: [{plugin: item_knn, k: 40}]
    rank: [{plugin: logistic_regression}]
)"),
            {.set = {"metrics.names=[log_loss, calibration_error, pooled_auc]"}});
  EXPECT_GT(mean(bench, "ranked", "log_loss"), 0);
  EXPECT_GT(mean(bench, "ranked", "calibration_error"), 0);
  EXPECT_LT(mean(bench, "ranked", "calibration_error"), 1);
  EXPECT_GT(mean(bench, "ranked", "pooled_auc"), 0);
}

TEST(Scores, ThatMeanSomethingElseAreRefusedBeforeAnythingRuns) {
  const Workbench bench;
  try {
    bench.run(bench.experiment(kVariants), {.set = {"metrics.names=[brier]"}});
    FAIL() << "the control's scores are no probabilities";
  } catch (const error::UserError& error) {
    EXPECT_THAT(error.what(),
                ::testing::HasSubstr("metrics: brier needs scores that are probabilities; control "
                                     "has scores that only rank"));
  }
}

TEST(CatalogueMetrics, OfKeptListsAreAddedWithoutAStrategy) {
  const Workbench bench;
  const std::string yaml = bench.experiment(kVariants);
  bench.run(yaml);
  const execution::RunOutcome added = bench.run(
      yaml, {.set = {"metrics.names=['personalisation{similarity=cosine}', pooled_popularity, "
                     "pooled_novelty, average_popularity, pooled_auc, personalisation]"}});
  EXPECT_EQ(added.computed, 0);
  EXPECT_EQ(added.strategy_tasks, 0);
  // All lists are full, so that lists weigh alike.
  EXPECT_NEAR(mean(bench, "ranked", "pooled_popularity"),
              mean(bench, "ranked", "average_popularity"), 1e-5);
  EXPECT_NEAR(mean(bench, "ranked", "personalisation{similarity=cosine}"),
              mean(bench, "ranked", "personalisation"), 1e-9);
}

// Every value of a catalogue and of a request, to the last bit.
std::string all_values(const Workbench& bench, const std::string& database) {
  return bench.text(
             "select group_concat(line, char(10)) from ("
             "select stage || definition || cutoff || printf('%.17g', value) as line "
             "from value order by stage, definition, cutoff)",
             database) +
         bench.text(
             "select group_concat(line, char(10)) from ("
             "select stage || definition || cutoff || hex(data) as line from request_value "
             "order by stage, definition, cutoff)",
             database);
}

TEST(Metrics, AreTheSameBitsWhateverTheBatchAndTheNumberOfWorkers) {
  const Workbench bench;
  const std::string yaml = bench.experiment(R"(
traffic: {requests: per_event}
variants:
  ranked:
    recall: [{plugin: item_knn, k: 40}, {plugin: popularity, k: 10}]
)");
  const std::string metrics =
      "metrics.groups=[accuracy, pool, coverage, diversity, novelty, popularity, list_quality]";
  const std::string names =
      "metrics.names=['personalisation{similarity=cosine}', pooled_auc, pooled_novelty]";
  bench.run(yaml, {.jobs = 1, .database = "one.sqlite", .set = {metrics, names}});
  bench.run(
      yaml,
      {.jobs = 2, .database = "many.sqlite", .set = {metrics, names, "numeric.batch_size=64"}});
  EXPECT_EQ(bench.number("select max(shards) from shard", "one.sqlite"), 1);
  EXPECT_GT(bench.number("select max(shards) from shard", "many.sqlite"), 1);
  EXPECT_GT(bench.number("select count(*) from value", "one.sqlite"), 15);
  EXPECT_EQ(all_values(bench, "one.sqlite"), all_values(bench, "many.sqlite"));
}

}  // namespace
}  // namespace assay::testing
