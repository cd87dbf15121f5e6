#include <gmock/gmock.h>

#include "integration/runs/workbench.h"

namespace assay::testing {
namespace {

using ::testing::HasSubstr;

/// A way in which a stage goes wrong, and what is said of it.
struct Wrong {
  const char* name;    ///< of the test
  const char* stages;  ///< of the variant `broken`
  const char* kind;
  const char* phase;
  const char* place;
  const char* reason;
};

void PrintTo(const Wrong& wrong, std::ostream* out) { *out << wrong.name; }

class FailingStages : public ::testing::TestWithParam<Wrong> {};

std::string plugins_line() { return "plugins: [" ASSAY_BUILD_DIR "/test_plugins/bad_in_run.so]\n"; }

TEST_P(FailingStages, FailTheirVariantAndNoOther) {
  const Workbench bench;
  // Only what never returns is to meet the time limit: a busy machine is slow to fill its memory.
  const std::string seconds = std::string(GetParam().kind) == "timeout" ? "1" : "30";
  const std::string limits = "limits: {fit: " + seconds + ", batch: " + seconds;
  const std::string yaml = bench.experiment(plugins_line() + limits + R"(, memory: 0.4}
variants:
  good: {recall: [{plugin: popularity, k: 30}]}
  broken: )" + GetParam().stages + "\n");
  const execution::RunOutcome outcome = bench.run(yaml);
  EXPECT_EQ(outcome.computed, 1);
  ASSERT_EQ(outcome.failed.size(), 1u);
  EXPECT_EQ(outcome.failed[0].variant, "broken");
  const task::TaskFailure& failure = outcome.failed[0].failure;
  EXPECT_EQ(name_of(failure.kind), GetParam().kind);
  EXPECT_EQ(failure.phase, GetParam().phase);
  EXPECT_EQ(failure.place, GetParam().place);
  EXPECT_THAT(failure.reason, HasSubstr(GetParam().reason));
  EXPECT_EQ(bench.number("select count(*) from failures where variant = 'broken'"), 1);
}

#define RECALL(mode) "{recall: [{plugin: bad_recall, k: 30, params: {mode: " mode "}}]}"
#define RANK(mode) \
  "{recall: [{plugin: popularity, k: 30}], rank: [{plugin: bad_rank, params: {mode: " mode "}}]}"
#define RERANK(mode)                                                                           \
  "{recall: [{plugin: popularity, k: 30}], rerank: [{plugin: bad_rerank, params: {mode: " mode \
  "}}]}"

INSTANTIATE_TEST_SUITE_P(
    Stages, FailingStages,
    ::testing::Values(
        Wrong{"FactoryThrows", RECALL("factory_throws"), "exception", "load", "recall[0]",
              "no such file: weights.bin"},
        Wrong{"FitThrows", RECALL("fit_throws"), "exception", "fit", "recall[0]",
              "threw: index 12 is out of range"},
        Wrong{"FitRefusesTheData", RECALL("fit_invalid_input"), "invalid_input", "fit", "recall[0]",
              "needs a feature \"price\" of items, and the data have none"},
        Wrong{"FitCrashes", RECALL("fit_crashes"), "crash", "fit", "recall[0]",
              "crashed (SIGSEGV)"},
        Wrong{"FitNeverReturns", RECALL("fit_loops"), "timeout", "fit", "recall[0]",
              "did not return within 1 s"},
        Wrong{"FitEndsTheProcess", RECALL("fit_exits"), "crash", "fit", "recall[0]",
              "crashed (exit code 0)"},
        Wrong{"FitEatsMemory", RECALL("fit_eats_memory"), "memory", "fit", "recall[0]", "memory"},
        Wrong{"SaveThrows", RECALL("save_throws"), "exception", "save", "recall[0]",
              "nothing to save"},
        Wrong{"LoadThrows", RECALL("load_throws"), "exception", "load", "recall[0]",
              "the archive is from another version"},
        Wrong{"RecallThrows", RECALL("throws"), "exception", "recall", "recall[0]",
              "threw: index 12 is out of range"},
        Wrong{"RecallThrowsANumber", RECALL("throws_int"), "exception", "recall", "recall[0]",
              "threw"},
        Wrong{"RecallMisusesATensor", RECALL("torch_error"), "exception", "recall", "recall[0]",
              "shape"},
        Wrong{"RecallCrashes", RECALL("crashes"), "crash", "recall", "recall[0]",
              "crashed (SIGSEGV)"},
        Wrong{"RecallNeverReturns", RECALL("loops"), "timeout", "recall", "recall[0]",
              "did not return within 1 s"},
        Wrong{"RecallEatsMemory", RECALL("eats_memory"), "memory", "recall", "recall[0]", "memory"},
        Wrong{"RecallReturnsNaN", RECALL("nan"), "contract", "recall", "recall[0]",
              "has score nan at rank 0"},
        Wrong{"RecallReturnsInfinity", RECALL("infinite"), "contract", "recall", "recall[0]",
              "request 0 has score inf at rank 0"},
        Wrong{"RecallHasNaNOnly", RECALL("only_nan"), "contract", "recall", "recall[0]",
              "request 0 has an empty list, because every score that top_k could choose for it is "
              "NaN; expected finite scores"},
        Wrong{"RankReturnsInfinity", RANK("infinite"), "contract", "rank", "rank[0]",
              "has score inf at rank 0"},
        Wrong{"RerankReturnsNoProbability", RERANK("bad_propensity"), "contract", "rerank",
              "rerank[0]", "has propensity 1.5 at rank 0; expected more than 0 and at most 1"},
        Wrong{"RecallReturnsTheWrongShape", RECALL("wrong_shape"), "contract", "recall",
              "recall[0]", "score is float32 ["},
        Wrong{"RecallReturnsTheWrongType", RECALL("wrong_type"), "contract", "recall", "recall[0]",
              "expected float32"},
        Wrong{"RecallReturnsNothing", RECALL("undefined"), "contract", "recall", "recall[0]",
              "score is undefined; expected float32 ["},
        Wrong{"RecallReturnsIdsOutside", RECALL("outside"), "contract", "recall", "recall[0]",
              "expected 0 to"},
        Wrong{"RecallReturnsDuplicates", RECALL("duplicates"), "contract", "recall", "recall[0]",
              "expected each item once"},
        Wrong{"RecallReturnsExcludedItems", RECALL("excluded"), "contract", "recall", "recall[0]",
              "which is excluded"},
        Wrong{"RecallReturnsTooMany", RECALL("too_many"), "contract", "recall", "recall[0]",
              "at most 30"},
        Wrong{"RecallReturnsRisingScores", RECALL("rising"), "contract", "recall", "recall[0]",
              "expected non-increasing scores"},
        Wrong{"RecallReturnsAHole", RECALL("hole"), "contract", "recall", "recall[0]", "padding"},
        Wrong{"RankReturnsOtherItems", RANK("other_items"), "contract", "rank", "rank[0]",
              "was not among its"},
        Wrong{"RankLosesItems", RANK("fewer_items"), "contract", "rank", "rank[0]",
              "expected all 30 candidates back"},
        Wrong{"RankCrashes", RANK("crashes"), "crash", "rank", "rank[0]", "crashed (SIGSEGV)"},
        Wrong{"RerankReturnsOtherItems", RERANK("other_items"), "contract", "rerank", "rerank[0]",
              "was not among its"},
        Wrong{"RerankChangesScores", RERANK("other_scores"), "contract", "rerank", "rerank[0]",
              "expected the score it came with"},
        Wrong{"RerankReturnsTooMany", RERANK("too_many"), "contract", "rerank", "rerank[0]",
              "at most 10"}),
    [](const auto& wrong) { return std::string(wrong.param.name); });

TEST(FailingStagesOfSharedWork, LeaveTheOtherVariantsOfTheSameTask) {
  const Workbench bench;
  const execution::RunOutcome outcome = bench.run(bench.experiment(plugins_line() + R"(
variants:
  good: {recall: [{plugin: popularity, k: 30}]}
  crashing: {recall: [{plugin: popularity, k: 30}], rank: [{plugin: bad_rank, params: {mode: crashes}}]}
  throwing: {recall: [{plugin: popularity, k: 30}], rank: [{plugin: bad_rank, params: {mode: throws}}]}
  fine: {recall: [{plugin: popularity, k: 30}], rank: [{plugin: bad_rank, params: {mode: none}}]}
)"),
                                                  {.jobs = 1});
  EXPECT_EQ(outcome.computed, 2);
  EXPECT_EQ(outcome.failed.size(), 2u);
}

TEST(FailingStagesOfSharedWork, AreFoundByTheSmokeTestFirst) {
  const Workbench bench;
  const execution::RunOutcome outcome = bench.run(bench.experiment(plugins_line() + R"(
variants:
  good: {recall: [{plugin: popularity, k: 30}]}
  broken: {recall: [{plugin: bad_recall, k: 30, params: {mode: nan}}]}
)"),
                                                  {.smoke = true});
  EXPECT_EQ(outcome.computed, 1);
  ASSERT_EQ(outcome.failed.size(), 1u);
  EXPECT_THAT(outcome.failed[0].failure.reason, HasSubstr("in the smoke test"));
}

TEST(FailingStagesOfSharedWork, MayPrintWhatTheyLike) {
  const Workbench bench;
  const execution::RunOutcome outcome = bench.run(bench.experiment(plugins_line() + R"(
variants:
  talkative: {recall: [{plugin: bad_recall, k: 30, params: {mode: prints}}]}
)"));
  EXPECT_EQ(outcome.computed, 1);
}

TEST(FailingStagesOfSharedWork, AreTriedAloneWhereNobodyIsToBlame) {
  const Workbench bench;
  Workbench::Options options{.jobs = 1};
  int died = 0;
  // The worker ends between two stages, whenever the variant `guilty` is among the task's.
  options.change = [&](execution::TaskOutcome& outcome) {
    if (!outcome.task.evaluate) return;
    for (const task::TrialTask& trial : outcome.task.evaluate->trials) {
      if (!trial.label.starts_with("guilty")) continue;
      ++died;
      outcome.finished = false;
      outcome.failures = {{.kind = task::FailureKind::crash, .reason = "crashed (SIGKILL)"}};
    }
  };
  const execution::RunOutcome outcome = bench.run(bench.experiment(R"(
variants:
  good: {recall: [{plugin: popularity, k: 30}]}
  guilty: {recall: [{plugin: popularity, k: 30}], rank: [{plugin: score_fusion}]}
  fine: {recall: [{plugin: popularity, k: 30}], rerank: [{plugin: popularity_penalty}]}
)"),
                                                  options);
  EXPECT_EQ(outcome.computed, 2);
  ASSERT_EQ(outcome.failed.size(), 1u);
  EXPECT_EQ(outcome.failed[0].variant, "guilty");
  EXPECT_EQ(died, 3);  // with the others, alone, and alone once more
}

TEST(FailingStagesOfSharedWork, AreLeftOutAfterThreeCrashesOfTheirPlugin) {
  const Workbench bench;
  const execution::RunOutcome outcome = bench.run(bench.experiment(plugins_line() + R"(
variants:
  good: {recall: [{plugin: popularity, k: 30}]}
  a: {recall: [{plugin: bad_recall, k: 30, params: {mode: fit_crashes}}]}
  b: {recall: [{plugin: bad_recall, k: 30, params: {mode: fit_crashes, from_request: 1}}]}
  c: {recall: [{plugin: bad_recall, k: 30, params: {mode: fit_crashes, from_request: 2}}]}
  d: {recall: [{plugin: bad_recall, k: 30, params: {mode: fit_crashes, from_request: 3}}]}
  e: {recall: [{plugin: popularity, k: 30}, {plugin: bad_recall, k: 30, params: {mode: none}}]}
)"),
                                                  {.jobs = 1});
  EXPECT_EQ(outcome.computed, 1);
  ASSERT_EQ(outcome.failed.size(), 5u);
  int left_out = 0;
  for (const execution::FailedTrial& failed : outcome.failed) {
    if (failed.failure.reason.find("was left out") == std::string::npos) continue;
    ++left_out;
    EXPECT_THAT(
        failed.failure.reason,
        ::testing::MatchesRegex("was left out, since it crashed 3 times in this run, the last "
                                "time in fit: crashed .SIGSEGV.[^;]*; run its variants on "
                                "their own to see each"));
  }
  EXPECT_EQ(left_out, 2);
}

TEST(FailingStagesOfSharedWork, AreTriedAgainInTheNextRun) {
  const Workbench bench;
  const std::string yaml = bench.experiment(plugins_line() + R"(
variants:
  broken: {recall: [{plugin: bad_recall, k: 30, params: {mode: throws}}]}
)");
  EXPECT_EQ(bench.run(yaml).failed.size(), 1u);
  const execution::RunOutcome again = bench.run(yaml);
  EXPECT_EQ(again.failed.size(), 1u);
  EXPECT_EQ(again.fits, 0);  // the fit had worked and was kept
}

}  // namespace
}  // namespace assay::testing
