#include <gmock/gmock.h>

#include "integration/runs/workbench.h"

namespace assay::testing {
namespace {

using ::testing::HasSubstr;

constexpr const char* kFolds = "datasets.log.split={method: walk_forward, folds: 3, test: 0.1}";

constexpr const char* kFoldsAndValidation =
    "datasets.log.split={method: walk_forward, folds: 3, test: 0.1, validation: 0.1}";

std::string plugins(const std::string& library) {
  return "plugins: [" ASSAY_BUILD_DIR "/test_plugins/" + library + ".so]\n";
}

TEST(Updates, GoFromFoldToFoldOnAnInstanceOfTheFold) {
  const Workbench bench;
  const execution::RunOutcome outcome = bench.run(bench.experiment(plugins("fake_everything") + R"(
variants:
  refitted: {recall: [{plugin: fake_everything, k: 30}]}
  updated: {recall: [{plugin: fake_everything, k: 30, refit: false}]}
)"),
                                                  {.smoke = true, .set = {kFoldsAndValidation}});
  ASSERT_EQ(outcome.failed.size(), 0u) << outcome.failed[0].failure.reason;
  EXPECT_EQ(outcome.computed, 5) << "the first fold of both is one trial";
  EXPECT_EQ(outcome.fits, 5);
  // A fold brings a tenth of 2,400 events.
  EXPECT_EQ(bench.text("select group_concat(value, ' ') from (select value from note where key = "
                       "'host.update_events' order by cast(value as integer))"),
            "240 480");
  EXPECT_EQ(bench.number("select count(*) from note where key = 'host.update_seconds' and "
                         "cast(value as real) >= 0"),
            2);
  EXPECT_EQ(bench.number("select count(distinct trial_key) from run_trial where fold > '1'"), 4);
}

TEST(Updates, OfCountsServeWhatARefitServes) {
  const Workbench bench;
  bench.run(bench.experiment(R"(
variants:
  refitted: {recall: [{plugin: popularity, k: 30}]}
  updated: {recall: [{plugin: popularity, k: 30, refit: false}]}
)"),
            {.set = {kFolds}});
  const std::string means =
      "select group_concat(mean, ' ') from (select mean from leaderboard where stage = 'served' "
      "and metric = 'ndcg' and cutoff = 10 and variant = '";
  const std::string refitted = bench.text(means + "refitted' order by fold)");
  EXPECT_FALSE(refitted.empty());
  EXPECT_EQ(bench.text(means + "updated' order by fold)"), refitted);
}

TEST(Updates, ThatFailTakeTheirFoldAndNoOther) {
  const Workbench bench;
  for (const std::string how : {"throws", "crashes"}) {
    const execution::RunOutcome outcome = bench.run(bench.experiment(plugins("bad_in_run") + R"(
variants:
  good: {recall: [{plugin: popularity, k: 30}]}
  broken: {recall: [{plugin: bad_recall, k: 30, refit: false, params: {mode: update_)" +
                                                                     how + "}}]}\n"),
                                                    {.database = how + ".sqlite", .set = {kFolds}});
    ASSERT_EQ(outcome.failed.size(), 2u) << how;
    EXPECT_EQ(outcome.failed[0].failure.phase, "update");
    EXPECT_EQ(outcome.failed[0].failure.place, "recall[0]");
    EXPECT_THAT(outcome.failed[0].failure.reason,
                HasSubstr(how == "throws" ? "index 12 is out of range" : "crashed (SIGSEGV)"));
    EXPECT_EQ(bench.number("select count(*) from trial where status = 'done'", how + ".sqlite"), 4);
  }
}

}  // namespace
}  // namespace assay::testing
