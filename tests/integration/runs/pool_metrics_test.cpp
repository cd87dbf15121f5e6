#include <fmt/format.h>
#include <gmock/gmock.h>

#include "integration/runs/workbench.h"

namespace assay::testing {
namespace {

const char kTwoSources[] = R"(
variants:
  long:
    recall: [{plugin: item_knn, k: 30}, {plugin: popularity, k: 10}]
    rank: [{plugin: logistic_regression, keep: 15}]
)";

double mean(const Workbench& bench, const std::string& stage, const std::string& metric) {
  return bench.number(fmt::format(
      "select mean from leaderboard where stage = '{}' and metric = '{}'", stage, metric));
}

TEST(PoolGroup, AddsUpFromTheTruthToWhatIsServed) {
  const Workbench bench;
  bench.run(bench.experiment(kTwoSources), {.set = {"metrics.groups=[accuracy, pool]"}});
  EXPECT_NEAR(mean(bench, "recall", "recall_ceiling") + mean(bench, "recall", "lost"), 1, 1e-6);
  const double lost =
      mean(bench, "recall", "lost") + mean(bench, "rank", "lost") + mean(bench, "served", "lost");
  const double served = bench.number(
      "select mean from leaderboard where stage = 'served' and metric = 'recall' and cutoff = 10");
  EXPECT_NEAR(lost + served, 1, 1e-6);
  EXPECT_NEAR(mean(bench, "recall[0]", "source_share") + mean(bench, "recall[1]", "source_share"),
              1, 1e-6);
  EXPECT_LT(mean(bench, "recall[0]", "source_only"), mean(bench, "recall[0]", "recall_ceiling"));
  EXPECT_GT(mean(bench, "recall", "source_overlap"), 0);
  EXPECT_EQ(bench.number("select count(*) from leaderboard where metric = 'kept' and cutoff is "
                         "null and stage in ('rank', 'served')"),
            2);
}

TEST(PoolGroup, ThatIsAddedRunsTheTrialAgainOnce) {
  const Workbench bench;
  const std::string yaml = bench.experiment(kTwoSources);
  bench.run(yaml);
  const Workbench::Options pool{.set = {"metrics.names=[kept, source_overlap]"}};
  EXPECT_EQ(bench.run(yaml, pool).computed, 1);
  EXPECT_EQ(bench.run(yaml, pool).computed, 0);
}

}  // namespace
}  // namespace assay::testing
