#include "report/compare_files.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "faked_run.h"
#include "results/attack_table.h"

namespace assay::report {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

struct Member {
  std::string name;
  double effect = 0;
  uint64_t stream = 1;
  std::optional<int64_t> seed = std::nullopt;
};

constexpr int kRequests = 600;

void fill(faked::FakedRun& run, const std::vector<Member>& members) {
  run.data("ml100k");
  for (const Member& member : members) {
    run.variant(member.name);
    run.trial(member.name, "ml100k", member.seed,
              faked::measured(kRequests, member.effect, 0.0, member.stream));
  }
  run.finish();
}

report::RunName named(const faked::FakedRun& run) { return {run.database.path(), std::nullopt}; }

const Member kControl{"control", 0.0, 11}, kDiverse{"diverse", 0.004, 12}, kEase{"ease", 0.02, 13};

nlohmann::json json_of(const std::string& text) { return nlohmann::json::parse(text); }

// The promise of the page: as if one run had made them.
TEST(CompareFiles, PairsAcrossFilesGetTheNumbersOfOneRun) {
  faked::FakedRun first, second, whole;
  fill(first, {kControl, kDiverse});
  fill(second, {kEase});
  fill(whole, {kControl, kDiverse, kEase});
  CompareOptions options;
  options.format = TextFormat::json;
  const auto joined = json_of(compared_files_text({named(first), named(second)}, options));
  const auto one = json_of(comparison_text(whole.database, options));
  EXPECT_EQ(joined["sentences"], one["sentences"]);
  for (const char* part : {"leaderboard", "comparisons"}) {
    EXPECT_EQ(joined["datasets"][0][part], one["datasets"][0][part]);
  }
  EXPECT_THAT(joined["sentences"][0].get<std::string>(),
              StartsWith("ease is better than control on ndcg@10"));
}

// They are relative to the baseline, which is that of the first run there too.
TEST(CompareFiles, GuardrailsOfTheFirstRunHoldForAll) {
  faked::FakedRun first, second;
  task::GuardrailSpec recall;
  recall.metric = "recall@10";
  recall.max_decrease_relative = 0.05;
  first.settings.compare.guardrails = {recall};
  fill(first, {kControl, kDiverse});
  fill(second, {kEase});
  CompareOptions options;
  options.format = TextFormat::json;
  const auto joined = json_of(compared_files_text({named(first), named(second)}, options));
  for (const auto& sentence : joined["sentences"]) {
    EXPECT_THAT(sentence.get<std::string>(), HasSubstr("recall@10 keeps its guardrail"));
  }
  EXPECT_THAT(compared_files_text({named(first), named(second)}, {}),
              HasSubstr("its guardrails are not those of "));
}

/// Four requests with lists of three.
faked::TrialValues lists(const std::vector<int32_t>& items) {
  faked::TrialValues left;
  left.columns[{"served", faked::kNdcg, 10}] = {0.1F, 0.2F, 0.3F, 0.4F};
  left.items = items;
  left.size = 3;
  return left;
}

void fill_with_twin(faked::FakedRun& run) {
  run.data("ml100k");
  run.variant("control");
  run.trial("control", "ml100k", std::nullopt, lists({1, 2, 7, 1, 2, 3, 4, 5, 6, 4, 5, 6}));
}

TEST(CompareFiles, AttacksStandBesideTheirTwinInAnotherFile) {
  faked::FakedRun first, second;
  fill_with_twin(first);
  first.finish();
  fill_with_twin(second);
  second.variant("attacked");
  second.trial("attacked", "ml100k", std::nullopt, lists({7, 8, 1, 8, 1, 2, 4, 7, 6, 4, 5, 6}));
  const std::string perturb = R"({"seed":1,"attack":{"kind":"random","goal":"push","share":0.1,)"
                              R"("filler":0.1,"targets":["i7","i8"]}})";
  results::write_changed_log(second.database, {second.id(), "attacked", perturb, "", "control"});
  for (int place = 0; place < 2; ++place)
    results::write_attack_target(second.database, {second.id(), "attacked", "ml100k", "all", place,
                                                   7 + place, "i" + std::to_string(7 + place)});
  second.finish();
  CompareOptions options;
  options.format = TextFormat::json;
  const auto json = json_of(compared_files_text({named(first), named(second)}, options));
  ASSERT_EQ(json["attacks"].size(), 1U);
  EXPECT_EQ(json["attacks"][0]["variant"], "attacked");
  EXPECT_EQ(json["attacks"][0]["twin"], "control");
  EXPECT_EQ(json["attacks"][0]["hit_ratio"], 0.75);
  EXPECT_EQ(json["attacks"][0]["hit_shift"], 0.5);
}

TEST(CompareFiles, ASelfCheckThatFailsInOneFileFailsInAll) {
  faked::FakedRun first, second;
  fill(first, {kControl});
  fill(second, {kEase});
  using Result = results::SelfCheckRow::Result;
  const auto check = [](faked::FakedRun& run, Result result) {
    results::SelfCheckRow row;
    row.prepared_hash = "7f3c0123456789";
    row.definition = faked::kNdcg;
    row.cutoff = 10;
    row.check = "ideal";
    row.result = result;
    row.requests = 512;
    if (result == Result::fails) row.detail = "the ideal list has 0.9";
    run.self_checked({row});
  };
  EXPECT_THAT(compared_files_text({named(first), named(second)}, {}),
              HasSubstr("self-check of the harness holds"));
  check(second, Result::fails);
  EXPECT_THAT(compared_files_text({named(first), named(second)}, {}),
              HasSubstr("THE HARNESS FAILED ITS SELF-CHECK for ndcg@10 on ml100k (ideal)"));
}

TEST(CompareFiles, TheSameTrialInTwoFilesIsOneVariant) {
  faked::FakedRun first, second;
  fill(first, {kControl, kDiverse});
  fill(second, {kControl, kEase});
  CompareOptions options;
  options.format = TextFormat::json;
  const auto joined = json_of(compared_files_text({named(first), named(second)}, options));
  std::vector<std::string> names;
  for (const auto& row : joined["datasets"][0]["leaderboard"]) names.push_back(row["variant"]);
  EXPECT_THAT(names, ElementsAre("ease", "diverse", "control"));
}

TEST(CompareFiles, AVariantOfTheSameNameSaysItsFile) {
  faked::FakedRun first, second;
  fill(first, {kControl});
  fill(second, {{"control", 0.02, 14, 5}});
  CompareOptions options;
  options.format = TextFormat::json;
  const auto json = json_of(compared_files_text({named(first), named(second)}, options));
  EXPECT_EQ(json["baseline"], first.database.path() + "#1:control");
  EXPECT_THAT(json["sentences"][0].get<std::string>(),
              StartsWith(second.database.path() + "#1:control is better than "));
}

TEST(CompareFiles, AnotherBaselineAndMetricCanBeAskedFor) {
  faked::FakedRun first, second;
  fill(first, {kControl});
  fill(second, {kEase});
  CompareOptions options;
  options.baseline = "ease";
  options.metric = "recall@10";
  EXPECT_THAT(compared_files_text({named(first), named(second)}, options), HasSubstr("control"));
  options.metric = "recal@10";
  EXPECT_THAT(faked::user_error([&] {
                compared_files_text({named(first), named(second)}, options);
              }),
              HasSubstr("recal@10 is no metric of run 1; did you mean \"recall@10\"?"));
  options.metric = "";
  options.baseline = "eese";
  EXPECT_THAT(faked::user_error([&] {
                compared_files_text({named(first), named(second)}, options);
              }),
              HasSubstr("the baseline eese is no variant of run 1; did you mean \"ease\"?"));
}

TEST(CompareFiles, RunsThatDifferAreRefusedAndSaidInWhat) {
  faked::FakedRun first, second([](results::RunRow&row) {
    row.config.replace(row.config.find("leave_last_out"), 14, "global_time");
  });
  fill(first, {kControl});
  second.data("ml100k", "99990123456789");
  second.variant("ease");
  second.trial("ease", "ml100k", std::nullopt, faked::measured(kRequests, 0.0, 0.0, 13),
               "other requests");
  second.finish();
  const std::string a = first.database.path(), b = second.database.path();
  EXPECT_EQ(faked::user_error([&] {
              compared_files_text({named(first), named(second)}, {});
            }),
            "these runs cannot be compared, because they differ in\n"
            "  ml100k: prepared data: 7f3c01234567 in " +
                a + ", 999901234567 in " + b +
                "\n"
                "  ml100k: requests: requests-ml1 in " +
                a + ", other reques in " + b +
                "\n"
                "  ml100k: split.method: leave_last_out in " +
                a + ", global_time in " + b +
                "\n"
                "Show them one after the other with: assay compare " +
                a + " " + b + " --side-by-side");
}

TEST(CompareFiles, RunsThatDifferStandSideBySide) {
  faked::FakedRun first, second([](results::RunRow&row) {
    row.config.replace(row.config.find("leave_last_out"), 14, "global_time");
  });
  fill(first, {kControl, kDiverse});
  fill(second, {kControl, kEase});
  const std::vector<report::RunName> names = {named(first), named(second)};
  const std::string text = side_by_side_text(names, {});
  EXPECT_THAT(text, StartsWith("Not comparable; they differ in\n  ml100k: split.method: "));
  EXPECT_THAT(text, HasSubstr("== " + first.database.path() + "\n\ndiverse "));
  EXPECT_THAT(text, HasSubstr("== " + second.database.path() + "\n\nease "));
  CompareOptions options;
  options.format = TextFormat::json;
  const auto json = json_of(side_by_side_text(names, options));
  EXPECT_EQ(json["differences"][0]["what"], "ml100k: split.method");
  EXPECT_EQ(json["files"].size(), 2);
  options.format = TextFormat::csv;
  EXPECT_EQ(faked::user_error([&] { side_by_side_text(names, options); }),
            "--side-by-side has no csv, which holds one table; use text, markdown or json");
}

TEST(CompareFiles, MasksAndPrimaryMetricsMustAgree) {
  faked::FakedRun first, second([](results::RunRow&row) {
    const std::string masks = "[train, validation]";
    row.config.replace(row.config.find(masks), masks.size(), "[train]");
    row.primary_definition = faked::kRecall;
  });
  fill(first, {kControl});
  fill(second, {kEase});
  const std::string error = faked::user_error([&] {
    compared_files_text({named(first), named(second)}, {});
  });
  EXPECT_THAT(error, HasSubstr("  traffic.exclude_seen: [train, validation] in "));
  EXPECT_THAT(error, HasSubstr("  metrics.primary: " + faked::kNdcg + "@10 in "));
}

TEST(CompareFiles, FilesWithoutACommonDataSetSaySo) {
  faked::FakedRun first, second;
  fill(first, {kControl});
  second.data("yelp", "5555");
  second.data("beauty", "6666");
  second.variant("ease");
  second.trial("ease", "yelp", std::nullopt, faked::measured(kRequests, 0.0, 0.0, 13));
  second.finish();
  EXPECT_THAT(faked::user_error([&] {
                compared_files_text({named(first), named(second)}, {});
              }),
              HasSubstr("  data sets: ml100k in " + first.database.path() + ", beauty yelp in "));
}

TEST(RunNames, HoldARunBehindTheLastHash) {
  EXPECT_EQ(report::parse_run_name("a.sqlite").run, std::nullopt);
  EXPECT_EQ(report::parse_run_name("a#1/b.sqlite#12").path, "a#1/b.sqlite");
  EXPECT_EQ(report::parse_run_name("a#1/b.sqlite#12").run, 12);
  EXPECT_EQ(faked::user_error([] { report::parse_run_name("a.sqlite#two"); }),
            "a.sqlite#two: \"two\" is no run; write FILE#RUN with the run's number, as in "
            "results/x.sqlite#2");
}

}  // namespace
}  // namespace assay::report
