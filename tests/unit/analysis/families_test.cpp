#include <gmock/gmock.h>

#include <algorithm>

#include "analysis/check_judgement.h"
#include "analysis/finding.h"
#include "analysis/recorded_rows.h"
#include "stats/power.h"
#include "unit/report/faked_quickstart.h"

namespace assay::analysis {
namespace {

using faked::FakedRun;
using faked::lines;
using faked::measured;
using faked::number;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

task::GuardrailSpec recall_may_fall(double relative) {
  task::GuardrailSpec spec;
  spec.metric = "recall@10";
  spec.max_decrease_relative = relative;
  return spec;
}

/// `others` variants beside control and ease; those whose number is below `crashed` left nothing.
void fill(FakedRun& run, int others, int crashed = 0) {
  run.data("ml100k");
  for (const char* name : {"control", "ease"}) run.variant(name);
  run.trial("control", "ml100k", std::nullopt, measured(300, 0.0, 0.0, 10));
  run.trial("ease", "ml100k", std::nullopt, measured(300, 0.006, 0.0, 11));
  for (int v = 0; v < others; ++v) {
    const std::string name = fmt::format("other{}", v);
    run.variant(name);
    if (v < crashed) {
      run.fail(name, "ml100k", std::nullopt, "crashed (SIGSEGV)");
    } else {
      run.trial(name, "ml100k", std::nullopt,
                measured(300, 0.0, 0.0, 20 + static_cast<uint64_t>(v)));
    }
  }
  run.finish();
}

double p_of_ease(const FakedRun& run) {
  return number(run.database,
                "SELECT p_adjusted FROM comparisons WHERE variant = 'ease' AND metric = 'ndcg'");
}

TEST(Families, GuardrailsDoNotMakeBetterHarder) {
  FakedRun bare, guarded;
  guarded.settings.compare.guardrails = {recall_may_fall(0.05), faked::p99_guardrail()};
  fill(bare, 4);
  fill(guarded, 4);
  EXPECT_EQ(p_of_ease(guarded), p_of_ease(bare));
}

TEST(Families, ACrashedVariantDoesNotChangeTheOthers) {
  FakedRun whole, crashed;
  fill(whole, 4);
  fill(crashed, 4, 3);
  EXPECT_EQ(p_of_ease(crashed), p_of_ease(whole));
  EXPECT_THAT(
      lines(crashed.database, "SELECT DISTINCT family_size FROM comparisons WHERE metric = 'ndcg'"),
      ElementsAre("5"));
}

TEST(Families, OfGuardrailsAreCorrectedOverVariantsAlone) {
  FakedRun run;
  task::GuardrailSpec ndcg_too = recall_may_fall(0.2);
  ndcg_too.metric = "intra_list_distance@10";
  run.settings.compare.guardrails = {recall_may_fall(0.05), ndcg_too};
  fill(run, 4);
  EXPECT_THAT(
      lines(run.database,
            "SELECT DISTINCT family, correction, family_size FROM comparisons WHERE metric IN "
            "('recall', 'intra_list_distance')"),
      ElementsAre("guardrail|bonferroni|5"));
}

// What is printed, what decides and the corrected p say the same.
TEST(Families, AGuardrailIsKeptExactlyIfItsIntervalAndItsCorrectedPSaySo) {
  for (const double limit : {0.001, 0.004, 0.008, 0.012, 0.02}) {
    FakedRun run;
    task::GuardrailSpec spec;
    spec.metric = "recall@10";
    spec.max_decrease = limit;
    run.settings.compare.guardrails = {spec};
    fill(run, 3);
    for (const results::ComparisonRow& row :
         recorded_comparisons(results::Reader(run.database), run.id())) {
      if (row.family != kGuardrailFamily) continue;
      EXPECT_EQ(row.verdict == kGuardrailKept, *row.ci_low >= -limit - 1e-12) << row.variant;
      EXPECT_EQ(row.verdict == kGuardrailKept, *row.p_adjusted <= 0.05) << row.variant;
      EXPECT_THAT(row.method, HasSubstr("one-sided against the guardrail, 98.75 % bounds"));
    }
  }
}

// Holm's first step, whatever the others do: what plan can know as well.
TEST(Families, TheDetectableDifferenceIsThatOfTheCorrectionThatDecides) {
  FakedRun one, five;
  fill(one, 0);
  fill(five, 4);
  const std::string sql =
      "SELECT minimum_detectable_effect FROM comparisons WHERE variant = 'ease' AND "
      "metric = 'ndcg'";
  const double ratio = number(five.database, sql) / number(one.database, sql);
  EXPECT_NEAR(ratio,
              stats::detectable_noncentrality(299, {0.05 / 5, 0.8}) /
                  stats::detectable_noncentrality(299, {0.05, 0.8}),
              1e-9);
}

/// control and slow, each with one fit.
void fill_fits(FakedRun& run, std::optional<double> control, std::optional<double> slow) {
  run.data("ml100k");
  for (const char* name : {"control", "slow"}) {
    run.variant(name);
    const std::string trial = run.key(name, "ml100k", std::nullopt);
    run.database.write(
        results::RunTrialRow{.run_id = run.id(),
                             .variant = name,
                             .dataset = "ml100k",
                             .trial_key = trial,
                             .spec = "{}",
                             .request_set = "requests-ml100k",
                             .artifacts = {{"recall[0]", std::string("fit-") + name}}});
    const auto seconds = std::string(name) == "slow" ? slow : control;
    run.database.write(results::ArtifactRow{.artifact_key = std::string("fit-") + name,
                                            .plugin = "als",
                                            .stage = "recall[0]",
                                            .seconds = seconds});
    run.merge_values(trial, measured(300, 0.0, 0.0, std::string(name) == "slow" ? 11 : 10));
  }
  run.finish();
}

task::GuardrailSpec fits_may_take(double relative) {
  task::GuardrailSpec spec;
  spec.metric = "fit_seconds";
  spec.max_increase_relative = relative;
  return spec;
}

TEST(FitCost, IsHeldAgainstTheLimitOfTheFile) {
  FakedRun run;
  run.settings.compare.guardrails = {fits_may_take(0.5)};
  fill_fits(run, 2.0, 5.0);
  EXPECT_THAT(lines(run.database,
                    "SELECT difference, relative, verdict, reason FROM comparisons WHERE metric = "
                    "'fit_seconds'"),
              ElementsAre("3|1.5|guardrail broken|allowed: at most 50 % higher"));
  std::string text = run.text();
  std::ranges::replace(text, '\n', ' ');
  EXPECT_THAT(text, HasSubstr("fit_seconds breaks its guardrail (+3 s, +150 %; allowed: at "
                              "most 50 % higher)"));
  run.settings.compare.guardrails = {fits_may_take(2.0)};
  run.finish();
  EXPECT_THAT(lines(run.database, "SELECT verdict FROM comparisons WHERE metric = 'fit_seconds'"),
              ElementsAre("guardrail kept"));
}

TEST(FitCost, ThatWasNotMeasuredSaysSo) {
  FakedRun run;
  run.settings.compare.guardrails = {fits_may_take(0.5)};
  fill_fits(run, 2.0, std::nullopt);
  EXPECT_THAT(
      lines(run.database, "SELECT verdict, reason FROM comparisons WHERE metric = 'fit_seconds'"),
      ElementsAre("not measured|a fit of slow was not measured"));
}

TEST(CheckJudgement, FindsThatWhatIsStoredFollowsFromTheValues) {
  FakedRun run;
  run.settings.compare.guardrails = {recall_may_fall(0.05)};
  fill(run, 2);
  const JudgementCheck check = check_judgement(results::Reader(run.database), run.id());
  EXPECT_EQ(check.rules, 2);
  EXPECT_TRUE(check.recomputed);
  EXPECT_GT(check.rows, 10);
  EXPECT_THAT(check.differences, IsEmpty());
}

TEST(CheckJudgement, FindsAnEditedVerdict) {
  FakedRun run;
  fill(run, 2);
  for (results::ComparisonRow row : recorded_comparisons(results::Reader(run.database), run.id())) {
    if (row.variant != "ease" || row.definition != faked::kNdcg) continue;
    row.difference = 0.05;
    run.database.write(row);
  }
  const JudgementCheck check = check_judgement(results::Reader(run.database), run.id());
  ASSERT_EQ(check.differences.size(), 1U);
  EXPECT_THAT(
      check.differences[0],
      ::testing::StartsWith("comparison of ease with control on ndcg@10, ml100k: difference "
                            "is 0.05, recomputed 0.00"));
}

TEST(CheckJudgement, FindsAnEditedMean) {
  FakedRun run;
  fill(run, 2);
  for (results::SummaryRow row : recorded_summaries(results::Reader(run.database), run.id())) {
    if (row.variant != "ease" || row.definition != faked::kNdcg) continue;
    row.mean = 0.9;
    run.database.write(row);
  }
  EXPECT_THAT(check_judgement(results::Reader(run.database), run.id()).differences,
              Contains(HasSubstr("summary of ease on ndcg@10 of served, ml100k: mean is 0.9,")));
}

TEST(CheckJudgement, DoesNotJudgeByRulesThatItDoesNotHave) {
  FakedRun run;
  fill(run, 2);
  run.database.judged(run.id(), R"({"rules": 1})");
  const JudgementCheck check = check_judgement(results::Reader(run.database), run.id());
  EXPECT_EQ(check.rules, 1);
  EXPECT_FALSE(check.recomputed);
  EXPECT_FALSE(check.good());
}

}  // namespace
}  // namespace assay::analysis
