#include "report/comparison_text.h"

#include <gmock/gmock.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "faked_quickstart.h"
#include "report/data_notes.h"
#include "text/display_width.h"

namespace assay::report {
namespace {

using faked::FakedRun;
using faked::fill_quickstart;
using faked::golden;
using faked::measured;
using faked::time_variant;
using faked::user_error;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

/// Everything up to the first empty line: the sentences.
std::string opening(const std::string& text) { return text.substr(0, text.find("\n\n") + 1); }

/// One run for all tests that only look at it.
struct Quickstart : ::testing::Test {
  static void SetUpTestSuite() {
    made_ = std::make_unique<FakedRun>();
    fill_quickstart(*made_);
    made_->finish();
  }
  static void TearDownTestSuite() { made_.reset(); }
  static FakedRun& run() { return *made_; }

 private:
  static inline std::unique_ptr<FakedRun> made_;
};

TEST_F(Quickstart, AnswersFirstAndThenShowsTheEvidence) {
  const std::string text = run().text();
  EXPECT_EQ(text, golden("quickstart.txt", text));
}

TEST_F(Quickstart, FitsIntoATerminalOf120Columns) {
  std::istringstream text(run().text());
  for (std::string line; std::getline(text, line);) {
    EXPECT_LE(text::display_width(line), 120U) << line;
  }
}

TEST_F(Quickstart, IsTheSameInMarkdown) {
  const std::string text = run().text({.format = TextFormat::markdown});
  EXPECT_EQ(text, golden("quickstart.md", text));
}

TEST_F(Quickstart, HasEverythingAsJsonWithNumbersUnrounded) {
  const auto json = nlohmann::json::parse(run().text({.format = TextFormat::json}));
  EXPECT_EQ(json["run"]["experiment"], "quickstart");
  EXPECT_EQ(json["metric"]["name"], "ndcg");
  EXPECT_EQ(json["metric"]["cutoff"], 10);
  EXPECT_EQ(json["baseline"], "control");
  EXPECT_EQ(json["sentences"].size(), 2U);
  const auto& board = json["datasets"][0]["leaderboard"];
  ASSERT_EQ(board.size(), 3U);
  EXPECT_EQ(board[0]["variant"], "ease");
  EXPECT_EQ(board[0]["sd_over_seeds"], nullptr);
  EXPECT_EQ(board[1]["seeds"], 3);
  EXPECT_TRUE(board[1]["columns"]["p99 ms"]["guardrail_broken"]);
  EXPECT_DOUBLE_EQ(board[0]["columns"]["coverage@10"]["value"].get<double>(), 0.412);
  EXPECT_EQ(json["datasets"][0]["prepared_hash"], "7f3c0123456789");
  EXPECT_EQ(json["failures"].size(), 0U);
}

TEST(DataNotes, AcceptedLeaksAndWhatWasTakenAwayStandBelowTheBoard) {
  FakedRun run;
  fill_quickstart(run);
  const int64_t id = results::Reader(run.database).runs().back().run_id;
  run.database.write(results::AuditRow{id, "ml100k", "all", "future_feature",
                                       results::AuditRow::Kind::leak, "allowed: agreed",
                                       "item feature n follows"});
  run.database.write(results::AuditRow{id, "ml100k", "all", "cold_users",
                                       results::AuditRow::Kind::property, "found", "some"});
  run.database.write(results::DataRemovedRow{id, "ml100k", "all", "clean",
                                             "duplicates (user, item and time)", 0, 0, 12});
  run.database.write(
      results::DataRemovedRow{id, "ml100k", "all", "clean", "value_at_least 1", 0, 0, 0});
  run.database.write(results::DataRemovedRow{
      id, "ml100k", "all", "filter", "k_core 5 (counted in the training window)", 7, 2, 1300});
  run.database.write(
      results::DataRemovedRow{id, "ml100k", "all", "evaluate_on.test", "users: warm", 1, 0, 3});
  run.database.write(results::DataDescriptionRow{id, "ml100k", R"({"events": 100000})"});
  run.finish();
  EXPECT_THAT(run.text(),
              HasSubstr("ml100k: removed: 1,312 of 100,000 events (duplicates: 12, filter by "
                        "k_core 5: 1,300) ·\naccepted leak: future_feature (agreed)\n"));
  const auto json = nlohmann::json::parse(run.text({.format = TextFormat::json}))["datasets"][0];
  EXPECT_EQ(json["accepted_leaks"],
            nlohmann::json::parse(R"([{"check": "future_feature", "reason": "agreed",
                                       "detail": "item feature n follows"}])"));
  EXPECT_EQ(json["taken_away"]["events"], 1312);
  EXPECT_EQ(json["taken_away"]["of"], 100000);
  EXPECT_EQ(json["taken_away"]["by"].size(), 3U);
}

TEST(DataNotes, CountWhatIsRelevantAndNeverServed) {
  FakedRun run;
  fill_quickstart(run);
  const int64_t id = results::Reader(run.database).runs().back().run_id;
  const std::string detail =
      "9 of 12 (75.0 %) relevant items were seen before and are never served";
  run.database.write(results::AuditRow{id, "ml100k", "all", "truth_already_seen",
                                       results::AuditRow::Kind::property, "found", detail});
  run.finish();
  EXPECT_THAT(run.text(), HasSubstr("ml100k: " + detail +
                                    "; to serve them again:\ntraffic.exclude_seen: []\n"));
  const auto json = nlohmann::json::parse(run.text({.format = TextFormat::json}))["datasets"][0];
  EXPECT_EQ(json["never_served"], detail);
}

TEST(DataNotes, SayNothingWhereEverythingRelevantCanBeServed) {
  FakedRun run;
  fill_quickstart(run);
  const int64_t id = results::Reader(run.database).runs().back().run_id;
  run.database.write(results::AuditRow{id, "ml100k", "all", "truth_already_seen",
                                       results::AuditRow::Kind::property, "none", "0 of 12"});
  run.finish();
  EXPECT_THAT(run.text(), Not(HasSubstr("never served")));
}

TEST(DataNotes, DescribeEachDataSetInALine) {
  FakedRun run;
  const auto write = [&](const char* name, const char* text) {
    run.database.write(results::DataDescriptionRow{run.id(), name, text});
  };
  write("ml", R"({"users": 943, "items": 1682, "events": 100000, "first_time_s": 874724710,
                  "last_time_s": 893286638})");
  write("day", R"({"users": 1, "items": 2, "events": 3, "first_time_s": 5, "last_time_s": 86399})");
  write("plain", R"({"users": 2, "items": 2, "events": 2, "first_time_s": null})");
  EXPECT_THAT(described_lines(results::Reader(run.database), run.id()),
              ElementsAre("data ml: 943 users, 1,682 items, 100,000 events, 1997-09-20 to "
                          "1998-04-22",
                          "data day: 1 user, 2 items, 3 events, all on 1970-01-01",
                          "data plain: 2 users, 2 items, 2 events, no times"));
}

TEST_F(Quickstart, HasALineForEachVariantAsCsv) {
  std::istringstream text(run().text({.format = TextFormat::csv}));
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_EQ(lines[0],
            "dataset,variant,is_baseline,status,letters,metric,mean,ci_low,ci_high,sd_over_seeds,"
            "seeds,requests,excluded_requests,coverage@10,diversity@10,p50 ms,p99 ms,difference,"
            "difference_ci_low,difference_ci_high,p_adjusted,n,verdict");
  EXPECT_THAT(lines[1],
              AllOf(StartsWith("ml100k,ease,0,done,a,ndcg@10,0.3"), EndsWith(",943,better")));
  EXPECT_THAT(lines[3], AllOf(StartsWith("ml100k,control,1,done,"), EndsWith(",,,,,,")));
}

TEST_F(Quickstart, AnotherMetricIsExploratoryAndGetsNoVerdict) {
  const std::string text = run().text({.metric = "recall@10"});
  EXPECT_THAT(
      text, StartsWith("ease compared with control on recall@10 (exploratory, no verdict): +0.0"));
  EXPECT_THAT(text, HasSubstr("adjusted p = "));
  EXPECT_THAT(text, Not(HasSubstr("is better")));
  EXPECT_THAT(text, HasSubstr("recall{den=R} · "));
}

TEST_F(Quickstart, AMetricWithoutACutoffTakesThePrimaryOnes) {
  EXPECT_EQ(run().text({.metric = "recall"}), run().text({.metric = "recall@10"}));
  EXPECT_EQ(run().text({.metric = "ndcg@10"}), run().text());
  EXPECT_EQ(run().text({.metric = faked::kNdcg + "@10"}), run().text());
}

TEST_F(Quickstart, AMetricOfTheCatalogueHasNoTest) {
  const std::string text = run().text({.metric = "item_coverage@10"});
  EXPECT_THAT(text, StartsWith("item_coverage@10 is one value for all requests, so there is no "
                               "interval and no test.\n"));
  EXPECT_THAT(text, HasSubstr("diverse[lambda=0.5]"));
}

TEST_F(Quickstart, AnotherBaselineIsComparedAnewWithoutGuardrails) {
  const std::string text = run().text({.baseline = "ease"});
  EXPECT_THAT(text, HasSubstr("control is worse than ease on ndcg@10: -0.0"));
  EXPECT_THAT(text, HasSubstr("ease (base)"));
  EXPECT_THAT(text, Not(HasSubstr("guardrail")));
  EXPECT_THAT(text, HasSubstr("exploratory"));
}

TEST_F(Quickstart, UnknownNamesGetNearOnes) {
  EXPECT_EQ(user_error([] { run().text({.metric = "ndgc@10"}); }),
            "results/x.sqlite: ndgc@10 is no metric of run 1; did you mean \"ndcg@10\"?");
  EXPECT_EQ(user_error([] { run().text({.metric = "ndcg@50"}); }),
            "results/x.sqlite: ndcg@50 is no metric of run 1; did you mean \"ndcg@10\"?");
  EXPECT_EQ(
      user_error([] { run().text({.metric = "speed"}); }),
      "results/x.sqlite: speed is no metric of run 1; known: intra_list_distance, item_coverage, "
      "ndcg, recall");
  EXPECT_EQ(user_error([] { run().text({.metric = "ndgc"}); }),
            "results/x.sqlite: ndgc is no metric of run 1; did you mean \"ndcg\"?");
  EXPECT_EQ(user_error([] { run().text({.baseline = "eas"}); }),
            "the baseline eas is no variant of run 1; did you mean \"ease\"?");
  EXPECT_EQ(user_error([] { run().text({.slice = "users: cold"}); }),
            "results/x.sqlite: users: cold is no slice of run 1; known: all");
  EXPECT_EQ(user_error([] { run().text({.run = 7}); }),
            "results/x.sqlite: there is no run 7 in this file; it has run 1");
  EXPECT_EQ(user_error([] { parse_text_format("jsn"); }),
            "jsn is no format; did you mean \"json\"?");
}

TEST(ComparisonText, SeveralDataSetsShareASentence) {
  FakedRun run;
  run.settings.compare.guardrails = {faked::p99_guardrail()};
  run.data("beauty", "aaaa0123456789");
  run.data("ml100k");
  for (const char* name : {"control", "sasrec"}) run.variant(name);
  run.trial("control", "beauty", std::nullopt, measured(22363, 0.0, 0.0, 10));
  run.trial("sasrec", "beauty", std::nullopt, measured(22363, 0.0121, 0.0, 11));
  run.trial("control", "ml100k", std::nullopt, measured(943, 0.0, 0.0, 12));
  run.trial("sasrec", "ml100k", std::nullopt, measured(943, 0.0011, 0.0, 13));
  for (const char* dataset : {"beauty", "ml100k"}) {
    time_variant(run, "control", std::nullopt, 2.0, 100, true, dataset);
    time_variant(run, "sasrec", std::nullopt, 6.1, 200, false, dataset);
  }
  run.finish();
  const std::string text = run.text();
  EXPECT_EQ(text, golden("two_data_sets.txt", text));
}

TEST(ComparisonText, DataSetsThatDisagreeAreSaidApart) {
  FakedRun run;
  run.data("books");
  run.data("films");
  for (const char* name : {"control", "bold"}) run.variant(name);
  run.trial("control", "books", std::nullopt, measured(500, 0.0, 0.0, 10));
  run.trial("bold", "books", std::nullopt, measured(500, -0.02, 0.0, 11));
  run.trial("control", "films", std::nullopt, measured(500, 0.0, 0.0, 12));
  run.trial("bold", "films", std::nullopt, measured(500, 0.02, 0.0, 13));
  run.finish();
  EXPECT_EQ(
      opening(run.text()),
      "bold is worse than control on ndcg@10: books -0.0190 [-0.0207, -0.0173] (n = 500 requests); "
      "it is better than control:\nfilms +0.0197 [0.0179, 0.0214] (n = 500 requests).\n");
}

TEST(ComparisonText, TooFewRequestsNeverGetAVerdict) {
  FakedRun run;
  run.data("ml100k");
  for (const char* name : {"control", "ease", "poor"}) run.variant(name);
  run.trial("control", "ml100k", std::nullopt, measured(60, 0.0, 0.0, 10));
  run.trial("ease", "ml100k", std::nullopt, measured(60, 0.2, 0.0, 11));
  run.trial("poor", "ml100k", std::nullopt, measured(60, -0.2, 0.0, 12));
  run.finish();
  const std::string text = run.text();
  EXPECT_EQ(text, golden("too_few.txt", text));
}

TEST(ComparisonText, AFailedVariantIsInTheTableAndSaysWhy) {
  FakedRun run;
  run.data("ml100k");
  for (const char* name : {"control", "tower", "ease"}) run.variant(name);
  run.trial("control", "ml100k", std::nullopt, measured(943, 0.0, 0.0, 10));
  run.trial("ease", "ml100k", std::nullopt, measured(943, 0.009, 0.0, 11));
  run.trial("tower", "ml100k", 1, measured(943, 0.009, 0.0, 12));
  run.fail("tower", "ml100k", 2, "crashed (SIGSEGV)\nits last words\nwere these");
  run.fail("tower", "ml100k", 3, "crashed (SIGSEGV)\nits last words\nwere those");
  run.finish(results::RunStatus::failed);
  EXPECT_EQ(run.text(), golden("failed_variant.txt", run.text()));
  const std::string details = run.text({.failures = true});
  EXPECT_EQ(details, golden("failed_variant_details.txt", details));
  EXPECT_THAT(details, HasSubstr("    its last words\n    were those\n"));
}

TEST(ComparisonText, WithoutABaselineNothingIsCompared) {
  FakedRun run;
  run.data("ml100k");
  for (const char* name : {"control", "ease"}) run.variant(name);
  run.fail("control", "ml100k", std::nullopt, "crashed (SIGSEGV)");
  run.trial("ease", "ml100k", std::nullopt, measured(943, 0.009, 0.0, 11));
  run.finish(results::RunStatus::failed);
  EXPECT_EQ(opening(run.text()),
            "control, the baseline, has no results, so nothing was compared.\n");
  EXPECT_THAT(run.text(), HasSubstr("1 of 2 variants failed:\n  control  ml100k: two_tower in "
                                    "recall[0], batch 3: crashed (SIGSEGV)\n"));
}

TEST(ComparisonText, OnlyTheBaselineHasResults) {
  FakedRun run;
  run.data("ml100k");
  for (const char* name : {"control", "ease"}) run.variant(name);
  run.trial("control", "ml100k", std::nullopt, measured(943, 0.0, 0.0, 10));
  run.fail("ease", "ml100k", std::nullopt, "crashed (SIGSEGV)");
  run.finish(results::RunStatus::failed);
  EXPECT_EQ(opening(run.text()),
            "Only control, the baseline, has results; nothing to compare it with.\n");
}

TEST(ComparisonText, ASingleVariantIsShownWithoutAComparison) {
  FakedRun run;
  run.data("ml100k");
  run.variant("control");
  run.trial("control", "ml100k", std::nullopt, measured(943, 0.0, 0.0, 10));
  run.finish();
  EXPECT_EQ(opening(run.text()), "control is the only variant; nothing to compare it with.\n");
  EXPECT_THAT(run.text(), HasSubstr("  control (base)  0.3"));
  EXPECT_THAT(run.text(), Not(HasSubstr("letters")));
}

TEST(ComparisonText, WhenEverythingFailedItSaysSo) {
  FakedRun run;
  run.data("ml100k");
  run.variant("control");
  run.fail("control", "ml100k", std::nullopt, "fit threw: no");
  run.finish(results::RunStatus::failed);
  EXPECT_EQ(opening(run.text()), "No variant has results; nothing to compare.\n");
}

TEST(ComparisonText, NoRequestWithDataIsNoNumber) {
  FakedRun run;
  run.data("ml100k");
  for (const char* name : {"control", "ease"}) run.variant(name);
  faked::TrialValues empty;
  empty.columns[{"served", faked::kNdcg, 10}] = std::vector<float>(12, faked::kNaN);
  run.trial("control", "ml100k", std::nullopt, empty);
  run.trial("ease", "ml100k", std::nullopt, empty);
  run.finish();
  EXPECT_EQ(opening(run.text()),
            "ease cannot be compared with control on ndcg@10: none of the 12 requests has data.\n");
  EXPECT_THAT(run.text(), HasSubstr("  control (base)  no data\n"));
}

TEST(ComparisonText, OfManyVariantsTheRestIsCounted) {
  FakedRun run;
  run.data("ml100k");
  run.variant("control");
  run.trial("control", "ml100k", std::nullopt, measured(300, 0.0, 0.0, 10));
  for (int v = 1; v <= 12; ++v) {
    const std::string name = fmt::format("other_{}", v);
    run.variant(name);
    run.trial(name, "ml100k", std::nullopt,
              measured(300, 0.03 - 0.005 * v, 0.0, 10 + static_cast<uint64_t>(v)));
  }
  run.finish();
  const std::string text = opening(run.text());
  EXPECT_THAT(text, StartsWith("other_1 is better than control on ndcg@10: "));
  EXPECT_THAT(text, EndsWith("\n4 more: 4 worse; assay compare --all names each.\n"));
}

TEST(ComparisonText, ADebugBuildIsSaidLoudly) {
  FakedRun run([](results::RunRow& row) { row.build_type = "debug"; });
  fill_quickstart(run);
  run.finish();
  EXPECT_THAT(opening(run.text()),
              EndsWith("\nDEBUG BUILD: the times below are not representative; build with `make` "
                       "and run again before you decide.\n"));
}

TEST(ComparisonText, TheLastRunThatEndedIsShownAndALaterOneIsNamed) {
  FakedRun run;
  fill_quickstart(run);
  run.finish();
  results::RunRow later{.experiment = "quickstart",
                        .config = "",
                        .seeds = "[]",
                        .primary_definition = faked::kNdcg,
                        .primary_cutoff = 10,
                        .command_line = "assay run quickstart.yaml"};
  const int64_t second = run.database.begin_run(later);
  run.database.write(
      results::VariantRow{.run_id = second, .name = "control", .chain = "{}", .is_baseline = true});
  run.database.write(results::RunTrialRow{.run_id = second,
                                          .variant = "control",
                                          .dataset = "ml100k",
                                          .trial_key = "new",
                                          .spec = "{}",
                                          .request_set = "r"});
  EXPECT_THAT(run.text(), StartsWith(fmt::format("Run 2 is still running (process {}): 0 of 1 "
                                                 "trials are done. This is run 1.\n",
                                                 ::getpid())));
  EXPECT_EQ(user_error([&] { run.text({.run = second}); }),
            fmt::format(
                "results/x.sqlite: run 2 (quickstart) is still running (process {}): 0 of 1 trials "
                "are done; nothing can be compared yet; resume with: assay run quickstart.yaml",
                ::getpid()));
  run.database.finish_run(second, results::RunStatus::interrupted, "2026-11-23T00:00:00Z");
  EXPECT_THAT(run.text(),
              StartsWith("Run 2 was interrupted: 0 of 1 trials are done. This is run 1."));
  EXPECT_THAT(run.text({.run = 1}), StartsWith("ease is better"));
  EXPECT_THAT(run.text(), HasSubstr(" · run 1 (quickstart, 22 November 2026) ·\n"));
}

TEST(ComparisonText, AnInterruptedRunShowsWhatIsComplete) {
  FakedRun run;
  run.data("ml100k");
  for (const char* name : {"control", "ease", "big"}) run.variant(name);
  run.trial("control", "ml100k", std::nullopt, measured(943, 0.0, 0.0, 10));
  run.trial("ease", "ml100k", std::nullopt, measured(943, 0.009, 0.0, 11));
  run.trial("big", "ml100k", 1, measured(943, 0.009, 0.0, 12));
  run.plan("big", "ml100k", 2);
  run.finish(results::RunStatus::interrupted);
  const std::string text = run.text();
  EXPECT_THAT(text,
              StartsWith("Run 1 was interrupted: 3 of 4 trials are done. Variants that lack a "
                         "trial are left out.\nease is better than control"));
  EXPECT_THAT(
      text, HasSubstr("  big                not finished                       -             -\n"));
  EXPECT_THAT(text, EndsWith("\n1 trial is not finished: big.\n"));
}

TEST(ComparisonText, ATrialThatALaterRunDidIsNoResultOfTheRunThatWasBrokenOff) {
  FakedRun run;
  run.data("ml100k");
  for (const char* name : {"control", "ease"}) run.variant(name);
  run.trial("control", "ml100k", std::nullopt, measured(943, 0.0, 0.0, 10));
  const std::string trial = run.plan("ease", "ml100k");
  run.finish(results::RunStatus::interrupted);
  run.merge_values(trial, measured(943, 0.009, 0.0, 11));  // by the run that went on
  EXPECT_THAT(run.text(), HasSubstr("\n  ease            not finished"));
  EXPECT_THAT(run.text({.format = TextFormat::csv}), HasSubstr("\nml100k,ease,0,missing,"));
}

TEST(ComparisonText, AFileWithoutARunIsRefused) {
  faked::Folder folder;
  const results::Database database = results::Database::open_or_create(folder / "x.sqlite");
  EXPECT_EQ(user_error([&] { comparison_text(database, {.shown_path = "x.sqlite"}); }),
            "x.sqlite: there is no run in this file; `assay run` makes one");
}

}  // namespace
}  // namespace assay::report
