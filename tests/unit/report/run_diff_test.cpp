#include "report/run_diff.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "faked_run.h"

namespace assay::report {
namespace {

using ::testing::HasSubstr;

void fill(faked::FakedRun& run, const std::string& params, const std::string& library) {
  run.data("ml100k");
  results::VariantRow row;
  row.run_id = run.id();
  row.name = "control";
  row.chain = "{}";
  row.is_baseline = true;
  row.stages = {{"recall[0]", "recall", "item_knn", "1.0", library, params}};
  run.database.write(row);
  run.trial("control", "ml100k", std::nullopt, faked::measured(300, 0.0, 0.0, 7));
  run.finish();
}

report::RunName named(const faked::FakedRun& run) { return {run.database.path(), std::nullopt}; }

TEST(RunDiff, NamesWhatDiffersSectionBySection) {
  faked::FakedRun left, right([](results::RunRow&row) {
    row.config.replace(row.config.find("retrieved"), 9, "logged");
    row.git_commit = "ffff";
  });
  right.host.threads = 4;
  fill(left, R"({"neighbours": 100, "shrink": 0})", "aaaa");
  fill(right, R"({"neighbours": 50, "shrink": 0})", "bbbb");
  EXPECT_EQ(run_diff_text(named(left), named(right), TextFormat::text),
            left.database.path() + " run 1 (quickstart, 22 November 2026)\n-> " +
                right.database.path() +
                " run 1 (quickstart, 22 November 2026)\n"
                "\nconfiguration\n"
                "  traffic.candidates  retrieved -> logged\n"
                "\neffective parameters\n"
                "  control.recall[0].neighbours  100 -> 50\n"
                "\nenvironment\n"
                "  git_commit  1a2b3c4d5e6f -> ffff\n"
                "  threads     1 -> 4\n"
                "\nplugins\n"
                "  control.recall[0]: so_sha256  aaaa -> bbbb\n"
                "\ndata: the same\n");
}

TEST(RunDiff, SaysInWordsThatNumbersAreOfAnotherVersion) {
  faked::FakedRun left, right, same;
  left.spec = R"({"numerics":1})";
  right.spec = same.spec = R"({"numerics":2})";
  for (faked::FakedRun* run : {&left, &right, &same}) fill(*run, "{}", "aaaa");
  EXPECT_THAT(run_diff_text(named(left), named(right), TextFormat::text),
              HasSubstr("\nenvironment\n"
                        "  numerics version  1 -> 2\n"
                        "  numbers of " +
                        right.database.path() + " are made by numerics version 2, those of " +
                        left.database.path() + " by 1: see docs/upgrading.md\n"));
  const auto json =
      nlohmann::json::parse(run_diff_text(named(left), named(right), TextFormat::json));
  ASSERT_EQ(json["differences"].size(), 1);
  EXPECT_EQ(json["differences"][0]["what"], "numerics version");
  EXPECT_THAT(run_diff_text(named(right), named(same), TextFormat::text),
              HasSubstr("environment: the same"));
}

TEST(RunDiff, IsAnObjectInJson) {
  faked::FakedRun left, right;
  fill(left, "{}", "aaaa");
  fill(right, R"({"neighbours": 50})", "aaaa");
  const auto json =
      nlohmann::json::parse(run_diff_text(named(left), named(right), TextFormat::json));
  ASSERT_EQ(json["differences"].size(), 1);
  EXPECT_EQ(json["left"]["run"], 1);
  EXPECT_EQ(json["differences"][0]["what"], "control.recall[0].neighbours");
  EXPECT_TRUE(json["differences"][0]["left"].is_null());
  EXPECT_EQ(json["differences"][0]["right"], "50");
}

TEST(RunDiff, HasNoTableFormats) {
  faked::FakedRun run;
  EXPECT_EQ(faked::user_error([&] { run_diff_text(named(run), named(run), TextFormat::csv); }),
            "assay diff writes text or json");
}

}  // namespace
}  // namespace assay::report
