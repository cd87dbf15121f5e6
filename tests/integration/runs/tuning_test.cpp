#include <fmt/format.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "integration/runs/workbench.h"
#include "report/comparison_text.h"

// Values that are tuned, through real workers: trials on the validation window, one look at the test
// window with what was chosen.

namespace assay::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

// `best` is the epoch at which fake_trained is best: trained for one epoch it serves 10 items where
// that is 1, and 3 items fewer for each epoch that it is later.
std::string tuned(const std::string& tune, const std::string& params,
                  const std::string& more = "") {
  return "plugins: [" ASSAY_BUILD_DIR
         "/test_plugins/fake_trained.so]\n"
         "variants:\n"
         "  plain: {recall: [{plugin: popularity, k: 30}]}\n"
         "  trained: {recall: [{plugin: fake_trained, k: 10, params: {" +
         params + "}}]}\n" + more + "tune: {" + tune + "}\n";
}

const std::string kOneEpoch = "epochs: 1, patience: 0, best: {tune: {linear: [1, 4]}}";

std::string trials_text(const Workbench& bench, const std::string& database = "results.sqlite") {
  return bench.text(
      "SELECT group_concat(number || ':' || rung || ':' || params || ':' || status || ':' || "
      "printf('%.17g', value), ' ') FROM (SELECT * FROM tuning_trial ORDER BY number, rung)",
      database);
}

size_t models(const Workbench& bench) {
  size_t count = 0;
  for (const auto& file : std::filesystem::directory_iterator(bench.path("cache/artifacts")))
    count += file.path().string().ends_with(".safetensors");
  return count;
}

TEST(Tuning, ChoosesTheValuesThatAreBestOnTheValidationWindow) {
  const Workbench bench;
  const auto outcome = bench.run(bench.experiment(tuned("method: random, trials: 6", kOneEpoch)));
  ASSERT_THAT(outcome.failed, IsEmpty());
  EXPECT_EQ(bench.number("SELECT count(*) FROM tuning_trial WHERE status = 'done'"), 6);
  EXPECT_EQ(bench.number("SELECT sum(chosen) FROM tuning_trials"), 1);
  EXPECT_EQ(bench.number("SELECT value = (SELECT max(value) FROM tuning_trial) FROM tuning_trials "
                         "WHERE chosen"),
            1);
  EXPECT_EQ(
      bench.number("SELECT params ->> '$.\"recall[0].best\"' FROM tuning_trials WHERE chosen"),
      bench.number("SELECT min(params ->> '$.\"recall[0].best\"') FROM tuning_trials"))
      << "one epoch serves the best lists where the best epoch is the nearest";
}

TEST(Tuning, TheTestWindowIsServedOnceWithTheChosenValues) {
  const Workbench bench;
  const auto outcome = bench.run(bench.experiment(tuned("method: tpe, trials: 6", kOneEpoch)));
  EXPECT_EQ(outcome.trials, 2) << "one of each variant";
  EXPECT_EQ(bench.number("SELECT count(*) FROM trial"), 2);
  EXPECT_EQ(bench.number("SELECT count(DISTINCT trial_key) FROM slate"), 2);
  EXPECT_EQ(
      bench.number("SELECT count(*) FROM comparisons WHERE metric = 'ndcg' AND cutoff = 10 AND "
                   "stage = 'served' AND slice = 'all' AND fold = 'all'"),
      1);
  EXPECT_EQ(
      bench.number("SELECT s.params ->> '$.best' FROM stage AS s JOIN variant USING "
                   "(variant_id) WHERE name = 'trained'"),
      bench.number("SELECT params ->> '$.\"recall[0].best\"' FROM tuning_trials WHERE chosen"));
}

TEST(Tuning, ASecondRunComputesNothing) {
  const Workbench bench;
  const std::string yaml = bench.experiment(tuned("method: tpe, trials: 6", kOneEpoch));
  bench.run(yaml);
  const std::string first = trials_text(bench);
  const std::string finished = bench.text("SELECT max(finished) FROM tuning_trial");
  const auto again = bench.run(yaml);
  EXPECT_EQ(again.computed, 0);
  EXPECT_EQ(again.fits, 0);
  EXPECT_EQ(trials_text(bench), first);
  EXPECT_EQ(bench.text("SELECT max(finished) FROM tuning_trial"), finished);
  EXPECT_EQ(bench.number("SELECT count(*) FROM run_tuning"), 2) << "both runs say what they took";
}

TEST(Tuning, TheComparisonSaysWhatEachVariantWasTunedWith) {
  const Workbench bench;
  bench.run(bench.experiment(tuned("method: tpe, trials: 6", kOneEpoch)));
  const auto database = results::Database::open_readonly(bench.path("results.sqlite"));
  const std::string text = report::comparison_text(database, {});
  EXPECT_THAT(text, HasSubstr("Tuning by tpe, ndcg@10 on the validation window"));
  EXPECT_THAT(text, HasSubstr("best = "));
  EXPECT_THAT(text, HasSubstr("6 of 6"));
  EXPECT_THAT(text, HasSubstr("Every tuned variant had 6 trials; not tuned: plain."));
}

TEST(Tuning, AGridSaysThatItsMembersAreComparedOnTheTestWindow) {
  const Workbench bench;
  bench.run(
      bench.experiment("variants:\n  knn: {recall: [{plugin: item_knn, k: 30, params: {neighbours: "
                       "{grid: [5, 9]}}}]}\n"));
  const auto database = results::Database::open_readonly(bench.path("results.sqlite"));
  EXPECT_THAT(report::comparison_text(database, {}),
              HasSubstr("The members of the grid knn are compared on the test window"));
  EXPECT_EQ(bench.number("SELECT count(*) FROM artifact WHERE stage = 'recall[0].counts'"), 1)
      << "counted once for both";
}

TEST(Tuning, ALargerBudgetGoesOnWhereTheSmallerOneEnded) {
  const Workbench bench;
  bench.run(bench.experiment(tuned("method: tpe, trials: 5", kOneEpoch)));
  const std::string five = trials_text(bench);
  bench.run(bench.experiment(tuned("method: tpe, trials: 9", kOneEpoch)));
  EXPECT_EQ(bench.number("SELECT count(*) FROM tuning_trial"), 9);
  EXPECT_TRUE(trials_text(bench).starts_with(five));
}

TEST(Tuning, TriesTheSameForAnyNumberOfWorkers) {
  const Workbench one, three;
  const std::string rest = tuned("method: tpe, trials: 14", kOneEpoch);
  one.run(one.experiment(rest), {.jobs = 1});
  three.run(three.experiment(rest), {.jobs = 3});
  EXPECT_EQ(trials_text(one), trials_text(three));
}

TEST(Tuning, KeepsTheModelsOfTheBestThreeTrials) {
  const Workbench bench;
  const std::string apart = ", epoch_ms: {tune: {linear: [0, 1]}}";  // no two trials are one fit
  bench.run(bench.experiment(tuned("method: random, trials: 8", kOneEpoch + apart)));
  EXPECT_EQ(models(bench), 3 + 1) << "three trials, and popularity";
}

TEST(Tuning, WhatWasInterruptedGoesOn) {
  const Workbench whole, broken;
  const std::string rest = tuned("method: tpe, trials: 12", kOneEpoch);
  whole.run(whole.experiment(rest));
  const auto outcome = broken.run(broken.experiment(rest),
                                  {.watch = [](const auto& progress, std::atomic<int>& stop) {
                                    if (progress.phase == "tune" && progress.done >= 5) stop = 1;
                                  }});
  ASSERT_TRUE(outcome.interrupted);
  const double before = broken.number("SELECT count(*) FROM tuning_trial");
  EXPECT_GE(before, 5);
  EXPECT_LT(before, 12);
  EXPECT_FALSE(broken.run(broken.experiment(rest)).interrupted);
  EXPECT_EQ(trials_text(broken), trials_text(whole));
}

TEST(Tuning, WhatWasKilledGoesOnAndRepeatsNoFinishedTrial) {
  const Workbench whole, killed;
  const std::string slow = "epochs: 1, patience: 0, epoch_ms: 150, best: {tune: {linear: [1, 12]}}";
  const std::string rest = tuned("method: tpe, trials: 10", slow);
  whole.run(whole.experiment(rest));
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::setenv("ASSAY_CACHE", killed.path("cache").c_str(), 1);
    killed.run(killed.experiment(rest), {.watch = [](const auto& progress, std::atomic<int>&) {
                 if (progress.phase == "tune" && progress.done >= 3) ::kill(::getpid(), SIGKILL);
               }});
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status)) << "it was killed while it tuned";
  const double before = killed.number("SELECT count(*) FROM tuning_trial");
  EXPECT_GE(before, 3);
  EXPECT_LT(before, 10);
  const std::string kept = killed.text("SELECT max(finished) FROM tuning_trial");
  std::this_thread::sleep_for(std::chrono::seconds(1));  // times are kept to the second
  ::setenv("ASSAY_CACHE", killed.path("cache").c_str(), 1);
  EXPECT_THAT(killed.run(killed.experiment(rest)).failed, IsEmpty());
  EXPECT_EQ(killed.number("SELECT count(*) FROM tuning_trial WHERE finished <= '" + kept + "'"),
            before);
  EXPECT_EQ(trials_text(killed), trials_text(whole));
}

TEST(Tuning, AshaEndsTheFitsOfTheWorseTrialsEarly) {
  const Workbench bench;
  const auto outcome = bench.run(bench.experiment(
      tuned("method: asha, trials: 9", "epochs: 40, best: {tune: {linear: [1, 12]}}")));
  ASSERT_THAT(outcome.failed, IsEmpty());
  EXPECT_EQ(bench.number("SELECT count(*) FROM tuning_trial WHERE rung = 0"), 9);
  EXPECT_GT(bench.number("SELECT count(*) FROM tuning_trial WHERE rung = 1"), 0);
  EXPECT_EQ(bench.number("SELECT max(json_array_length(curve)) FROM tuning_trial WHERE rung = 0"),
            1);
  EXPECT_EQ(bench.number("SELECT max(json_array_length(curve)) FROM tuning_trial WHERE rung = 1"),
            3);
  EXPECT_GT(bench.number("SELECT count(*) FROM tuning_trial WHERE status = 'pruned'"), 0);
  EXPECT_GT(bench.number("SELECT count(*) FROM fit_curve WHERE name = 'host.validation'"), 3)
      << "the chosen values are fitted to the end";
  const int64_t pruned = bench.number(
      "SELECT count(*) FROM (SELECT status, max(rung) FROM tuning_trial GROUP BY number) WHERE "
      "status = 'pruned'");
  const auto database = results::Database::open_readonly(bench.path("results.sqlite"));
  EXPECT_THAT(report::comparison_text(database, {}),
              HasSubstr(fmt::format("9 of 9, {} pruned", pruned)))
      << "a trial that was promoted counts once";
}

TEST(Tuning, AFailedTrialIsKeptWithItsReasonAndTheOthersGoOn) {
  const Workbench bench;
  const auto outcome = bench.run(bench.experiment(
      tuned("method: grid, trials: 4",
            "epochs: 1, patience: 0, best: {tune: [1, 2]}, peak_mib: {tune: [0, 4096]}") +
      "limits: {memory: 1}\n"));
  EXPECT_EQ(bench.number("SELECT count(*) FROM tuning_trial WHERE status = 'failed'"), 2);
  EXPECT_EQ(bench.number("SELECT count(*) FROM tuning_trial WHERE reason LIKE '%fake_trained%'"),
            2);
  EXPECT_EQ(
      bench.number("SELECT params ->> '$.\"recall[0].peak_mib\"' FROM tuning_trials WHERE chosen"),
      0);
  EXPECT_THAT(outcome.failed, IsEmpty());
  const auto database = results::Database::open_readonly(bench.path("results.sqlite"));
  EXPECT_THAT(report::comparison_text(database, {}), HasSubstr("  4, 2 failed"))
      << "a grid is whole with its combinations, whatever the budget";
}

}  // namespace
}  // namespace assay::testing
