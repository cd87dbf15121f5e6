#include "report/plugin_notes.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "faked_quickstart.h"
#include "report/compare_files.h"

namespace assay::report {
namespace {

using faked::FakedRun;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

struct PluginNotes : ::testing::Test {
  FakedRun run;

  PluginNotes() {
    run.settings.compare.guardrails = {faked::p99_guardrail()};
    run.data("ml100k");
    for (const char* name : {"control", "mine"}) {
      run.variant(name);
      run.trial(name, "ml100k", std::nullopt, faked::measured(943, 0.0, 0.0, 10, 0.6));
    }
    faked::time_variant(run, "control", std::nullopt, 1.9, 100, true);
    faked::time_variant(run, "mine", std::nullopt, 9.9, 200);
  }

  results::PluginStateRow plugin(const std::string& variant, const std::string& name) const {
    return {.run_id = run.id(),
            .variant = variant,
            .plugin = name,
            .kind = "recall",
            .so_sha256 = "sha-of-" + name,
            .build_type = "Release"};
  }
  static task::ContractCheck check(int64_t held) {
    return {"my_als",
            "recall",
            held,
            43,
            held == 43 ? "" : "fit repeats under one seed: it does not",
            "built-in data",
            "2026-11-22T21:50:03Z",
            "0.1.0"};
  }
  std::vector<std::string> lines() const {
    return plugin_lines(read_comparison(run.database, {.run = run.id()}));
  }
};

TEST_F(PluginNotes, AreSilentWhereTheBuildFoundThatAllHolds) {
  results::PluginStateRow ours = plugin("control", "als");
  ours.check = check(43);
  ours.checked_by_build = true;
  run.database.write(ours);
  run.finish();
  EXPECT_THAT(lines(), IsEmpty());
}

TEST_F(PluginNotes, AreSilentOfARunThatKeptNothing) {
  run.finish();
  EXPECT_THAT(lines(), IsEmpty());
}

TEST_F(PluginNotes, SayWhatTheLastCheckOfAnOutsidePluginFound) {
  results::PluginStateRow mine = plugin("mine", "my_als");
  mine.check = check(43);
  run.database.write(mine);
  mine = plugin("mine", "my_rank");
  mine.check = check(41);
  run.database.write(mine);
  run.database.write(plugin("mine", "my_new"));
  run.finish();
  EXPECT_THAT(lines(),
              ElementsAre("mine: my_als, contract: 43 of 43 checks hold",
                          "mine: my_rank, contract: 41 of 43 checks hold; first: fit repeats under "
                          "one seed: it does not",
                          "mine: my_new, contract: never checked (assay check FILE, or run "
                          "--check)"));
  EXPECT_THAT(run.text(), HasSubstr("\nmine: my_als, contract: 43 of 43 checks hold\n"));
}

TEST_F(PluginNotes, NameAPluginOfOursThatBreaksTheContract) {
  results::PluginStateRow ours = plugin("control", "als");
  ours.check = check(41);
  ours.checked_by_build = true;
  run.database.write(ours);
  run.finish();
  EXPECT_THAT(lines(), ElementsAre(HasSubstr("control: als, contract: 41 of 43 checks hold")));
}

TEST_F(PluginNotes, NameAllVariantsOfAPluginInOneLineAndMetricsLast) {
  results::PluginStateRow metric = plugin("", "my_metric");
  metric.kind = "metric";
  run.database.write(metric);
  for (const char* variant : {"control", "mine"}) run.database.write(plugin(variant, "my_als"));
  run.finish();
  EXPECT_THAT(lines(), ElementsAre(HasSubstr("control and mine: my_als, contract: never"),
                                   HasSubstr("metrics: my_metric, contract: never")));
}

TEST_F(PluginNotes, NameADebugBuildWhoseTimesGetNoVerdict) {
  results::PluginStateRow mine = plugin("mine", "my_als");
  mine.build_type = "Debug";
  mine.optimised = false;
  run.database.write(mine);
  run.finish();
  EXPECT_THAT(lines(), ElementsAre("mine: my_als is a Debug build, its latency is not judged; "
                                   "contract: never checked (assay check FILE, or run --check)"));
  EXPECT_THAT(run.text(), HasSubstr("its latency is not judged: my_als is a Debug build"));
  EXPECT_THAT(run.text(), Not(HasSubstr("slower")));
}

TEST_F(PluginNotes, AreInTheJsonWholeAlsoWhereAllIsWell) {
  results::PluginStateRow ours = plugin("control", "als");
  ours.check = check(43);
  ours.checked_by_build = true;
  run.database.write(ours);
  run.database.write(plugin("mine", "my_als"));
  run.finish();
  CompareOptions options;
  options.format = TextFormat::json;
  const auto plugins = nlohmann::json::parse(run.text(options)).at("plugins");
  ASSERT_EQ(plugins.size(), 2U);
  EXPECT_EQ(plugins[0]["contract"]["held"], 43);
  EXPECT_EQ(plugins[0]["contract"]["by"], "build");
  EXPECT_EQ(plugins[1]["variants"], nlohmann::json({"mine"}));
  EXPECT_EQ(plugins[1]["contract"], nullptr);
}

TEST_F(PluginNotes, StayWithAVariantThatIsComparedAcrossFiles) {
  run.database.write(plugin("mine", "my_als"));
  run.finish();
  FakedRun other;
  other.data("ml100k");
  other.variant("ease");
  other.trial("ease", "ml100k", std::nullopt, faked::measured(943, 0.02, 0.0, 13));
  other.finish();
  const std::string text = compared_files_text(
      {{run.database.path(), std::nullopt}, {other.database.path(), std::nullopt}}, {});
  EXPECT_THAT(text, HasSubstr("mine: my_als, contract: never checked"));
}

}  // namespace
}  // namespace assay::report
