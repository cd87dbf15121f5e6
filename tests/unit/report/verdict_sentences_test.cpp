#include <gmock/gmock.h>

#include <algorithm>
#include <functional>

#include "analysis/recorded_rows.h"
#include "faked_quickstart.h"
#include "report/comparison.h"
#include "report/sentences.h"

namespace assay::report {
namespace {

using faked::FakedRun;
using faked::lines;
using faked::measured;
using faked::p99_guardrail;
using faked::time_variant;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// The sentence about a variant, unwrapped.
std::string sentence(const FakedRun& run, const std::string& variant) {
  const Comparison comparison = read_comparison(run.database, {});
  for (const std::string& text : sentences(comparison)) {
    if (text.starts_with(variant + " ")) return text;
  }
  return "";
}

void load(FakedRun& run, const std::string& variant, double median, uint64_t stream,
          bool repeat = false) {
  for (int round = 0; round < 3; ++round) {
    const auto own = stream + static_cast<uint64_t>(round);
    run.loaded("ml100k", {.of = variant,
                          .round = round,
                          .offered_qps = 500,
                          .achieved_qps = 500,
                          .ms = faked::times(400, median, own)});
    if (!repeat) continue;
    run.loaded("ml100k", {.of = variant,
                          .round = round,
                          .offered_qps = 500,
                          .achieved_qps = 500,
                          .ms = faked::times(400, median, own + 10),
                          .repeat = true});
  }
}

/// control and plus, equal but for a difference of ndcg; plus is as fast alone.
struct Loads : ::testing::Test {
  FakedRun run;

  void fill() {
    run.data("ml100k");
    for (const char* name : {"control", "plus"}) run.variant(name);
    run.trial("control", "ml100k", std::nullopt, measured(300, 0.0, 0.0, 10));
    run.trial("plus", "ml100k", std::nullopt, measured(300, 0.02, 0.0, 11));
    time_variant(run, "control", std::nullopt, 2.0, 100, true);
    time_variant(run, "plus", std::nullopt, 2.0, 200);
  }
};

TEST_F(Loads, AClauseOnTimesNamesTheLoad) {
  run.settings.compare.guardrails = {p99_guardrail()};
  fill();
  run.finish();
  EXPECT_THAT(sentence(run, "plus"), HasSubstr("; not slower at p99 under single_stream."));
}

TEST_F(Loads, AnotherLoadThatContradictsIsSaid) {
  run.settings.compare.guardrails = {p99_guardrail()};
  fill();
  load(run, "control", 2.0, 300, true);
  load(run, "plus", 6.0, 400);
  run.finish();
  EXPECT_THAT(
      sentence(run, "plus"),
      AllOf(HasSubstr("not slower at p99 under single_stream, but slower under another load "
                      "(p99 under server "),
            HasSubstr(" %, exploratory)")));
}

TEST_F(Loads, AnotherLoadThatAgreesIsNotSaid) {
  run.settings.compare.guardrails = {p99_guardrail()};
  fill();
  load(run, "control", 2.0, 300, true);
  load(run, "plus", 2.0, 400);
  run.finish();
  EXPECT_THAT(sentence(run, "plus"), Not(HasSubstr("another load")));
}

TEST_F(Loads, WithoutAGuardrailASlowerLoadIsTold) {
  fill();
  load(run, "control", 2.0, 300, true);
  load(run, "plus", 6.0, 400);
  run.finish();
  EXPECT_THAT(sentence(run, "plus"), HasSubstr("it is slower (p99 under server "));
}

TEST_F(Loads, AGuardrailThatIsOpenSaysWhichOneItIs) {
  run.settings.compare.guardrails = {p99_guardrail(0.0)};
  fill();
  run.finish();
  EXPECT_THAT(sentence(run, "plus"), HasSubstr("guardrail on p99 under single_stream ("));
}

/// control fits its model; theirs serves a list that came with the data.
void fill_imported(FakedRun& run, const std::vector<std::string>& plugins) {
  run.settings.compare.guardrails = {p99_guardrail()};
  run.data("ml100k");
  run.variant("control", "", {"popularity"});
  run.variant("theirs", "", plugins);
  run.trial("control", "ml100k", std::nullopt, measured(300, 0.0, 0.0, 10));
  run.trial("theirs", "ml100k", std::nullopt, measured(300, 0.02, 0.0, 11));
  time_variant(run, "control", std::nullopt, 2.0, 100, true);
  time_variant(run, "theirs", std::nullopt, 0.02, 200);
  run.finish();
}

TEST(ImportedLists, AreNotTimedAndWinNoComparisonOfSpeed) {
  FakedRun run;
  fill_imported(run, {"lists:tool"});
  EXPECT_THAT(
      sentence(run, "theirs"),
      AllOf(HasSubstr("it is not timed: its list tool was made elsewhere"),
            HasSubstr("how its list tool was made is not known"), Not(HasSubstr("faster"))));
  EXPECT_THAT(lines(run.database,
                    "SELECT DISTINCT verdict, difference, p FROM comparisons WHERE "
                    "variant = 'theirs' AND metric = 'latency_ms'"),
              ElementsAre("not timed|NULL|NULL"));
  EXPECT_THAT(lines(run.database,
                    "SELECT DISTINCT ms, achieved_qps, reason FROM latency_summary WHERE "
                    "variant = 'theirs'"),
              ElementsAre("NULL|NULL|not timed: its list tool was made elsewhere"));
  EXPECT_THAT(lines(run.database, "SELECT ms FROM latency_summary WHERE variant = 'control'"),
              Not(IsEmpty()));
}

TEST(ImportedLists, AreSaidOnceNotToBeTimedHoweverManyGuardrailsTimesHave) {
  FakedRun run;
  fill_imported(run, {"lists:tool"});
  run.settings.compare.guardrails.push_back(p99_guardrail());
  run.settings.compare.guardrails.back().quantile = 0.95;
  run.finish();
  const std::string said = "it is not timed: its list tool was made elsewhere";
  const std::string text = sentence(run, "theirs");
  ASSERT_THAT(text, HasSubstr(said));
  EXPECT_EQ(text.find(said), text.rfind(said)) << text;
}

TEST(ImportedLists, HaveNoCostOfFittingThatKeepsAGuardrail) {
  FakedRun run;
  fill_imported(run, {"lists:tool"});
  run.settings.compare.guardrails.back() = {};
  run.settings.compare.guardrails.back().metric = "fit_seconds";
  run.settings.compare.guardrails.back().max_increase_relative = 0.5;
  run.finish();
  EXPECT_THAT(sentence(run, "theirs"),
              HasSubstr("fit_seconds could not be checked against its guardrail (its list tool was "
                        "made elsewhere)"));
  EXPECT_THAT(run.text(), Not(HasSubstr("- not measured")));  // no column of the board
}

TEST(ImportedLists, ThatAreRankedFurtherAreTimedAndTheirMakingIsUnknown) {
  FakedRun run;
  fill_imported(run, {"lists:tool", "popularity"});
  EXPECT_THAT(sentence(run, "theirs"),
              AllOf(HasSubstr("faster"), HasSubstr("how its list tool was made is not known")));
}

TEST(ImportedLists, AsABaselineTheyMakeNothingSlow) {
  FakedRun run;
  run.settings.compare.guardrails = {p99_guardrail()};
  run.data("ml100k");
  run.variant("theirs", "", {"lists:tool"});
  run.variant("own", "", {"popularity"});
  run.trial("theirs", "ml100k", std::nullopt, measured(300, 0.0, 0.0, 10));
  run.trial("own", "ml100k", std::nullopt, measured(300, 0.02, 0.0, 11));
  time_variant(run, "theirs", std::nullopt, 0.02, 100, true);
  time_variant(run, "own", std::nullopt, 2.0, 200);
  run.finish();
  EXPECT_THAT(sentence(run, "own"),
              HasSubstr("it is not timed: theirs, the baseline, is not timed: its list tool was "
                        "made elsewhere"));
}

TEST(OpenVerdicts, SayHowManyRequestsWouldDecide) {
  FakedRun run([](results::RunRow& row) { row.margin = 0.0005; });
  run.data("ml100k");
  for (const char* name : {"control", "ease"}) run.variant(name);
  run.trial("control", "ml100k", std::nullopt, measured(300, 0.0, 0.0, 10));
  run.trial("ease", "ml100k", std::nullopt, measured(300, 0.0, 0.0, 11));
  run.finish();
  EXPECT_THAT(
      sentence(run, "ease"),
      ::testing::ContainsRegex(
          R"(too few requests to decide: needs about [0-9,]+ requests for a power of \.8)"));
  EXPECT_GT(faked::number(run.database, "SELECT needed FROM comparisons WHERE metric = 'ndcg'"),
            300);
}

/// The sentence about ease, whose stored comparison on the primary metric is edited.
std::string sentence_with(const std::function<void(results::ComparisonRow&)>& edit) {
  FakedRun run([](results::RunRow& row) { row.margin = 0.0005; });
  run.data("ml100k");
  for (const char* name : {"control", "ease"}) run.variant(name);
  run.trial("control", "ml100k", std::nullopt, measured(300, 0.0, 0.0, 10));
  run.trial("ease", "ml100k", std::nullopt, measured(300, 0.0, 0.0, 11));
  run.finish();
  for (results::ComparisonRow row :
       analysis::recorded_comparisons(results::Reader(run.database), run.id())) {
    if (row.variant != "ease" || row.definition != faked::kNdcg) continue;
    row.verdict = "too few requests";
    edit(row);
    run.database.write(row);
  }
  return sentence(run, "ease");
}

TEST(OpenVerdicts, ThatOnlySeedsCanDecideSaySo) {
  const std::string text = sentence_with([](results::ComparisonRow& row) {
    row.needed.reset();
    row.reason =
        "the minimum detectable difference is 0.02, and the margin 0.0005; more seeds are needed: "
        "their variance alone hides the margin";
  });
  EXPECT_THAT(text, HasSubstr("undecided: more seeds are needed: their variance alone hides the "
                              "margin"));
  EXPECT_THAT(text, Not(HasSubstr("too few requests")));
}

TEST(OpenVerdicts, OfAnIntervalThatLeavesZeroOutSayWhatTheCorrectionMadeOfIt) {
  const std::string text = sentence_with([](results::ComparisonRow& row) {
    row.difference = -0.02;
    row.ci_low = -0.035;
    row.ci_high = -0.004;
    row.p_adjusted = 0.08;
    row.family_size = 10;
  });
  EXPECT_THAT(text, AllOf(HasSubstr("is no better than control"),
                          HasSubstr("p = 0.08 after Holm over 10 comparisons")));
}

TEST(OpenVerdicts, BelowTheLeastNumberOfRequestsABadIntervalMayWellBeWorse) {
  FakedRun run;
  run.data("ml100k");
  for (const char* name : {"control", "poor"}) run.variant(name);
  run.trial("control", "ml100k", std::nullopt, measured(96, 0.0, 0.0, 10));
  run.trial("poor", "ml100k", std::nullopt, measured(96, -0.06, 0.0, 11));
  run.finish();
  EXPECT_THAT(sentence(run, "poor"),
              AllOf(HasSubstr("poor may well be worse than control on ndcg@10: -0.0"),
                    HasSubstr("n = 96 requests, too few requests to decide")));
}

// With enough requests every difference is significant.
TEST(SecondaryWords, NeedASmallestDifferenceOfInterest) {
  FakedRun run;
  run.data("ml100k");
  for (const char* name : {"control", "close", "far"}) run.variant(name);
  run.trial("control", "ml100k", std::nullopt, measured(3000, 0.0, 0.0, 10));
  run.trial("close", "ml100k", std::nullopt, measured(3000, 0.0, 0.006, 11));  // 1 % of 0.65
  run.trial("far", "ml100k", std::nullopt, measured(3000, 0.0, 0.05, 12));
  run.finish();
  EXPECT_LT(faked::number(run.database,
                          "SELECT p_adjusted FROM comparisons WHERE variant = 'close' AND "
                          "metric = 'intra_list_distance'"),
            0.001);
  EXPECT_THAT(sentence(run, "close"), Not(HasSubstr("diverse")));
  EXPECT_THAT(sentence(run, "far"), HasSubstr("its lists are more diverse"));
  run.settings.compare.smallest_differences = {{"intra_list_distance@10", 0.005}};
  run.finish();
  EXPECT_THAT(sentence(run, "close"), HasSubstr("its lists are more diverse"));
  run.settings.compare.smallest_differences = {{"intra_list_distance", 0.2}};
  run.finish();
  EXPECT_THAT(sentence(run, "far"), Not(HasSubstr("diverse")));
}

TEST(Units, OfUsersAreNamed) {
  FakedRun run;
  run.data("ml100k");
  for (const char* name : {"control", "ease"}) run.variant(name);
  run.trial("control", "ml100k", std::nullopt, measured(600, 0.0, 0.0, 10));
  run.trial("ease", "ml100k", std::nullopt, measured(600, 0.02, 0.0, 11));
  std::vector<int32_t> who;
  for (int r = 0; r < 600; ++r) who.push_back(r / 2);
  const std::vector<std::string> ids(600, "someone");
  const std::vector<int64_t> times(600, 0), offsets(601, 0);
  run.database.write(results::RequestSetRow{.request_set = "requests-ml100k",
                                            .prepared_hash = "h",
                                            .fold = "all",
                                            .window = "test",
                                            .user_ids = ids,
                                            .users = who,
                                            .times = times,
                                            .truth_offsets = offsets});
  run.finish();
  EXPECT_THAT(sentence(run, "ease"), HasSubstr("n = 300 users"));
  EXPECT_THAT(lines(run.database, "SELECT method FROM comparisons WHERE metric = 'ndcg'"),
              ElementsAre("paired bootstrap, percentile, 10000 resamples, by user"));
}

// Guardrails are relative to the run's baseline, and that is still the baseline.
TEST(Judgement, IsShownAsStoredAndMadeAnewOnlyWhereItIsAskedFor) {
  FakedRun run;
  faked::fill_quickstart(run);
  run.finish();
  const std::string before = run.text();
  EXPECT_THAT(run.text({.rejudge = true}),
              AllOf(HasSubstr("Judged anew by rules 2; the file has verdicts by rules 2."),
                    HasSubstr("ease is better than control")));
  auto rows = analysis::recorded_comparisons(results::Reader(run.database), run.id());
  const auto ease = std::ranges::find_if(rows, [](const results::ComparisonRow& row) {
    return row.variant == "ease" && row.definition == faked::kNdcg;
  });
  ease->verdict = "worse";
  run.database.write(*ease);
  EXPECT_THAT(run.text(), HasSubstr("ease is worse than control"));
  EXPECT_THAT(run.text({.rejudge = true}), HasSubstr("ease is better than control"));
}

TEST(Judgement, ByEarlierRulesIsSaid) {
  FakedRun run;
  faked::fill_quickstart(run);
  run.finish();
  run.database.judged(run.id(), R"({"rules": 1})");
  EXPECT_THAT(
      run.text(),
      ::testing::StartsWith("Verdicts as stored, by rules 1; rules 2 of this build: --rejudge.\n"));
}

}  // namespace
}  // namespace assay::report
