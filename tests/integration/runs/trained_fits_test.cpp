#include <fmt/format.h>
#include <gmock/gmock.h>

#include <chrono>
#include <filesystem>
#include <functional>

#include "integration/runs/workbench.h"

// Fits that are trained in epochs, through real workers: what the final refit is told, what the
// smoke test costs, and what is kept of a fit.

namespace assay::testing {
namespace {

using ::testing::IsEmpty;

constexpr const char* kFinal = "fit_on.final=[train, rank, validation]";

std::string trained(const std::string& params, const std::string& more = "") {
  return "plugins: [" ASSAY_BUILD_DIR "/test_plugins/fake_trained.so, " ASSAY_BUILD_DIR
         "/test_plugins/fake_everything.so, " ASSAY_BUILD_DIR
         "/test_plugins/decides_by_params.so]\n"
         "variants:\n"
         "  trained: {recall: [{plugin: fake_trained, k: 30, params: {" +
         params + "}}]}\n" + more;
}

/// A note of the fit at a place of the chain of variant `trained`.
std::string note(const Workbench& bench, const std::string& place, const std::string& key,
                 const std::string& database = "results.sqlite") {
  return bench.text(
      fmt::format("SELECT value FROM note JOIN trial_artifact USING (artifact_key) JOIN run_trial "
                  "USING (trial_key) JOIN variant USING (variant_id) WHERE name = 'trained' AND "
                  "place = '{}' AND key = '{}' ORDER BY run_trial.run_id DESC",
                  place, key),
      database);
}

double seconds_of(const std::function<void()>& body) {
  const auto started = std::chrono::steady_clock::now();
  body();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
}

// -- W1: ctx.chosen() in a final refit

TEST(FinalRefit, TrainsAsLongAsTheFitThatValidatedChose) {
  const Workbench bench;
  const auto outcome = bench.run(bench.experiment(trained("epochs: 400")), {.set = {kFinal}});
  ASSERT_THAT(outcome.failed, IsEmpty());
  EXPECT_EQ(outcome.fits, 2) << "one that validates, made for the final refit, and the refit";
  const std::string chosen = note(bench, "recall[0].validated", "chosen.epochs");
  EXPECT_EQ(chosen, "5");
  EXPECT_EQ(note(bench, "recall[0].validated", "epochs"), "8") << "three without a better value";
  EXPECT_EQ(note(bench, "recall[0]", "epochs"), chosen);
  EXPECT_EQ(note(bench, "recall[0]", "chosen.epochs"), chosen);
}

TEST(FinalRefit, TakesTheValidatedFitFromTheCache) {
  const Workbench bench;
  const std::string yaml = bench.experiment(trained("epochs: 400"));
  EXPECT_EQ(bench.run(yaml).fits, 1);
  EXPECT_EQ(bench.run(yaml, {.set = {kFinal}}).fits, 1) << "the refit alone";
  EXPECT_EQ(note(bench, "recall[0]", "epochs"), "5");
}

TEST(FinalRefit, MakesAValidatedFitAgainThatIsOfACacheWithoutRecords) {
  const Workbench bench;
  const std::string yaml = bench.experiment(trained("epochs: 400"));
  bench.run(yaml);
  int64_t removed = 0;
  for (const auto& file : std::filesystem::recursive_directory_iterator(bench.path("cache"))) {
    if (file.path().string().ends_with(".fit.json"))
      removed += std::filesystem::remove(file.path());
  }
  EXPECT_EQ(removed, 1);
  const auto outcome = bench.run(yaml, {.database = "again.sqlite", .set = {kFinal}});
  ASSERT_THAT(outcome.failed, IsEmpty());
  EXPECT_EQ(outcome.fits, 2);
  EXPECT_EQ(note(bench, "recall[0]", "epochs", "again.sqlite"), "5");
}

TEST(FinalRefit, OfAnInputIsToldTheChoiceToo) {
  const Workbench bench;
  const auto outcome = bench.run(bench.experiment(trained("epochs: 400", R"(
  taught: {recall: [{plugin: fake_everything, k: 30, inputs: {teacher: {plugin: fake_everything, params: {steps: 2}}}}]}
)")),
                                 {.set = {kFinal}});
  ASSERT_THAT(outcome.failed, IsEmpty());
  EXPECT_EQ(outcome.fits, 2 + 4) << "teacher and pupil, validated and refitted each";
  const std::string of_taught =
      " FROM trial_artifact JOIN run_trial USING (trial_key) JOIN variant USING (variant_id) WHERE "
      "name = 'taught'";
  EXPECT_EQ(bench.number("SELECT count(DISTINCT artifact_key)" + of_taught), 4);
  EXPECT_EQ(bench.number("SELECT count(*)" + of_taught +
                         " AND place IN ('recall[0]', 'recall[0].validated', "
                         "'recall[0].inputs.teacher')"),
            3);
}

// -- F14: what validates depends on the parameters

TEST(FinalRefit, OfAStrategyThatDoesNotValidateWithTheseParametersNeedsNoSecondFit) {
  const Workbench bench;
  const auto outcome =
      bench.run(bench.experiment(trained("epochs: 6, patience: 0")),
                {.set = {"fit_on.final=[train, rank]", "datasets.log.split.validation=0"}});
  ASSERT_THAT(outcome.failed, IsEmpty());
  EXPECT_EQ(outcome.fits, 1);
  EXPECT_EQ(note(bench, "recall[0]", "epochs"), "6");
}

// -- W2: what is known of a fit comes back from the cache

TEST(FitsInTheCache, AreKnownToADatabaseThatDidNotMakeThem) {
  const Workbench bench;
  const std::string yaml = bench.experiment(trained("epochs: 40"));
  EXPECT_EQ(bench.run(yaml).fits, 1);
  EXPECT_EQ(bench.run(yaml, {.database = "again.sqlite"}).fits, 0);
  for (const std::string all :
       {"SELECT group_concat(artifact_key || plugin || stage || seconds || bytes || fit_bytes || "
        "peak_bytes) FROM artifact",
        "SELECT group_concat(key || value, ' ') FROM (SELECT key, value FROM note ORDER BY key)",
        "SELECT group_concat(name || step || value, ' ') FROM (SELECT * FROM fit_curve ORDER BY "
        "name, step)",
        "SELECT group_concat(definition || cutoff || value, ' ') FROM (SELECT * FROM fit_value "
        "ORDER BY definition, cutoff)"}) {
    EXPECT_NE(bench.text(all), "") << all;
    EXPECT_EQ(bench.text(all, "again.sqlite"), bench.text(all)) << all;
  }
}

TEST(FitsInTheCache, WithoutARecordAreCountedAndNothingIsMadeUp) {
  const Workbench bench;
  const std::string yaml = bench.experiment(trained("epochs: 40"));
  bench.run(yaml);
  for (const auto& file : std::filesystem::recursive_directory_iterator(bench.path("cache"))) {
    if (file.path().string().ends_with(".fit.json")) std::filesystem::remove(file.path());
  }
  const auto outcome = bench.run(yaml, {.database = "again.sqlite"});
  EXPECT_EQ(outcome.computed, 1);
  EXPECT_EQ(outcome.fits, 0);
  EXPECT_EQ(bench.text("SELECT plugin || ' ' || stage || ' ' || (seconds IS NULL) || ' ' || "
                       "(bytes > 0) FROM artifact",
                       "again.sqlite"),
            "fake_trained recall[0] 1 1");
}

// -- W3: the memory of a fit

TEST(MemoryOfAFit, IsNotThatOfItsWorker) {
  const Workbench bench;
  const std::string yaml = bench.experiment(
      trained("epochs: 1, patience: 0, peak_mib: 600",
              "  small: {recall: [{plugin: fake_trained, k: 30, params: {epochs: 2, patience: "
              "0}}]}\n"));
  bench.run(yaml, {.jobs = 1});
  const auto mib = [&](const std::string& column, const std::string& variant) {
    return bench.number(fmt::format(
        "SELECT {} / 1048576.0 FROM artifact JOIN trial_artifact USING (artifact_key) JOIN "
        "run_trial USING (trial_key) JOIN variant USING (variant_id) WHERE name = '{}'",
        column, variant));
  };
  EXPECT_GE(mib("fit_bytes", "trained"), 590);
  EXPECT_LE(mib("fit_bytes", "trained"), 700);
  EXPECT_LE(mib("fit_bytes", "small"), 50) << "the worker had fitted the large one before";
  EXPECT_GE(mib("peak_bytes", "small"), 600);
}

// -- W4: inputs are part of the effort

TEST(Effort, OfAVariantHasTheFitsOfItsInputs) {
  const Workbench bench;
  const auto outcome = bench.run(bench.experiment(trained("epochs: 2", R"(
  diverse:
    recall: [{plugin: popularity, k: 30}]
    rerank: [{plugin: mmr, params: {similarity: vectors}, inputs: {model: {plugin: als}}}]
)")));
  ASSERT_THAT(outcome.failed, IsEmpty());
  EXPECT_EQ(bench.text("SELECT group_concat(place || '=' || plugin, ' ') FROM (SELECT place, "
                       "plugin FROM trial_artifact JOIN artifact USING (artifact_key) JOIN "
                       "run_trial USING (trial_key) JOIN variant USING (variant_id) WHERE name = "
                       "'diverse' ORDER BY place)"),
            "recall[0]=popularity rerank[0]=mmr rerank[0].inputs.model=als");
}

// -- Curves

TEST(Curves, AreStoredStepByStepForEverySeed) {
  const Workbench bench;
  const auto outcome = bench.run(bench.experiment(trained("epochs: 40") + "seeds: [1, 2]\n"));
  ASSERT_THAT(outcome.failed, IsEmpty());
  for (const int seed : {1, 2}) {
    const std::string of = fmt::format(
        "FROM learning_curves WHERE variant = 'trained' AND place = 'recall[0]' AND seed = {}",
        seed);
    EXPECT_EQ(bench.number("SELECT count(*) " + of + " AND curve = 'loss'"), 8);
    EXPECT_EQ(bench.number("SELECT value " + of + " AND curve = 'loss' AND step = 4"), 0.25);
    EXPECT_EQ(bench.number("SELECT step " + of +
                           " AND curve = 'host.validation' ORDER BY value DESC LIMIT 1"),
              5);
  }
}

TEST(Curves, KeepAStepWithoutANumberAsSuch) {
  const Workbench bench;
  bench.run(bench.experiment(trained("epochs: 3, patience: 0, diverges: true")));
  EXPECT_EQ(bench.text("SELECT group_concat(step || ' ' || ifnull(value, 'none'), ', ') FROM "
                       "fit_curve WHERE name = 'loss' AND step > 1"),
            "2 0.5, 3 none");
}

// -- F1: validation metrics

TEST(ValidationMetrics, OfTheChosenModelAreStored) {
  const Workbench bench;
  bench.run(bench.experiment(trained("epochs: 40")), {.set = {kFinal}});
  const std::string of = " FROM validation_metrics WHERE variant = 'trained'";
  EXPECT_EQ(bench.text("SELECT group_concat(DISTINCT place)" + of), "recall[0].validated")
      << "in a final refit there is nothing to validate on";
  EXPECT_GE(bench.number("SELECT count(*)" + of), 4) << "every metric of a list at every cutoff";
  EXPECT_EQ(bench.number("SELECT value" + of + " AND metric = 'ndcg' AND cutoff = 10"),
            bench.number("SELECT max(value) FROM learning_curves WHERE curve = 'host.validation'"));
  EXPECT_GT(bench.number("SELECT requests" + of + " AND metric = 'ndcg' AND cutoff = 10"), 0);
}

// -- F2: the smoke test

TEST(SmokeTest, AsksATrialFitToStopAfterASecond) {
  const Workbench bench;
  const std::string yaml =
      bench.experiment(trained("epochs: 600, epoch_ms: 20, heeds_trial: false"));
  const double with = seconds_of([&] {
    const auto outcome = bench.run(yaml, {.smoke = true});
    EXPECT_THAT(outcome.failed, IsEmpty());
    EXPECT_EQ(outcome.strategy_tasks, 3) << "smoke, fit, evaluate";
  });
  EXPECT_LT(with, 8) << "600 epochs take 12 s; the real fit stops after 8";
}

TEST(SmokeTest, GivesUpAFitThatHeedsNothingAndFitsItForReal) {
  const Workbench bench;
  const auto outcome = bench.run(
      bench.experiment(trained("epochs: 600, epoch_ms: 20, heeds_trial: false, heeds_stop: false")),
      {.smoke = true, .set = {"limits.fit=3"}});
  EXPECT_THAT(outcome.failed, IsEmpty()) << "for real it stops early, within its limit";
  EXPECT_EQ(outcome.computed, 1);
}

TEST(SmokeTest, LeavesOutWhatIsKnownToBeFittedAsFast) {
  const Workbench bench;
  EXPECT_EQ(bench.run(bench.experiment(trained("epochs: 2")), {.smoke = true}).strategy_tasks, 3);
  EXPECT_EQ(bench.run(bench.experiment(trained("epochs: 3")), {.smoke = true}).strategy_tasks, 2)
      << "fit and evaluate";
}

TEST(SmokeTest, TakesFromTheCacheWhatIsThere) {
  const Workbench bench;
  // Its trial fit throws, so that only a model of the cache can serve in the smoke test.
  const std::string plugins = "plugins: [" ASSAY_BUILD_DIR "/test_plugins/bad_in_run.so]\n";
  const std::string recall =
      "{recall: [{plugin: bad_recall, k: 30, params: {mode: "
      "trial_fit_throws}}]";
  EXPECT_EQ(bench.run(bench.experiment(plugins + "variants:\n  a: " + recall + "}\n")).computed, 1);
  const auto outcome = bench.run(
      bench.experiment(plugins + "variants:\n  b: " + recall + ", rerank: [{plugin: mmr}]}\n"),
      {.smoke = true});
  EXPECT_THAT(outcome.failed, IsEmpty());
}

}  // namespace
}  // namespace assay::testing
