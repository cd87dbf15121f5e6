#include "report/load_tables.h"

#include <gmock/gmock.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "faked_quickstart.h"
#include "task/experiment.h"

namespace assay::report {
namespace {

using faked::FakedRun;
using faked::golden;
using faked::measured;
using faked::time_variant;
using faked::times;
using ::testing::HasSubstr;
using ::testing::Not;

std::string serving(const task::ServingSpec& spec) { return nlohmann::json(spec).dump(); }

/// What a round of `server` counted; the rest was answered in full.
std::vector<results::LoadCount> counts(int64_t all, int64_t shed_of_all = 0, int64_t missed = 0,
                                       int64_t cached = 0) {
  using enum task::LoadCountKind;
  return {{arrived, all},      {answered, all - shed_of_all},
          {shed, shed_of_all}, {deadline, missed},
          {breaker, 0},        {cache_hit, cached}};
}

/// `slow` cannot keep up; `shed` and `cache` are the same strategies, hosted otherwise.
void fill_load(FakedRun& run) {
  const std::string bare = serving({}), queue = serving({.queue = 3}),
                    cache = serving({.cache_capacity = 100});
  run.data("ml100k");
  run.variant("fast", bare);
  run.variant("slow", bare);
  run.variant("shed", queue);
  run.variant("cache", cache);
  run.trial("fast", "ml100k", std::nullopt, measured(943, 0.0, 0.0, 10));
  run.trial("slow", "ml100k", std::nullopt, measured(943, 0.009, 0.0, 30));
  run.share("shed", "slow", "ml100k");
  run.share("cache", "slow", "ml100k");
  time_variant(run, "fast", std::nullopt, 1.9, 100, true);
  time_variant(run, "slow", std::nullopt, 15.0, 200);
  for (int round = 0; round < 3; ++round) {
    const auto at = [&](const std::string& of, const std::string& hosted, double achieved,
                        double median, const std::vector<results::LoadCount>& counted) {
      run.loaded("ml100k", {.of = of,
                            .round = round,
                            .offered_qps = 497.0,
                            .achieved_qps = achieved,
                            .ms = times(300, median, 7),
                            .counts = counted,
                            .serving = hosted});
    };
    at("fast", bare, 496.0, 2.1, counts(994));
    at("slow", bare, 64.2, 7100.0, counts(994));
    at("slow", queue, 65.0, 60.0, counts(994, 860));
    at("slow", cache, 480.0, 30.0, counts(994, 0, 12, 700));
    run.loaded("ml100k", {.of = "fast",
                          .round = round,
                          .offered_qps = 497.0,
                          .achieved_qps = 400.0,
                          .ms = times(300, 2.2, 8),
                          .counts = counts(5000, 4000),
                          .serving = bare,
                          .repeat = true});
  }
}

struct UnderLoad : ::testing::Test {
  static void SetUpTestSuite() {
    made_ = std::make_unique<FakedRun>();
    fill_load(*made_);
    made_->finish();
  }
  static void TearDownTestSuite() { made_.reset(); }
  static FakedRun& run() { return *made_; }

 private:
  static inline std::unique_ptr<FakedRun> made_;
};

TEST_F(UnderLoad, StandsBelowTheLeaderboardWithWhatDegraded) {
  const std::string text = run().text();
  EXPECT_EQ(text, golden("under_load.txt", text));
}

TEST_F(UnderLoad, IsTheSameInMarkdown) {
  const std::string text = run().text({.format = TextFormat::markdown});
  EXPECT_EQ(text, golden("under_load.md", text));
}

TEST_F(UnderLoad, DetailsHaveTheTimesAndDifferencesOfEveryScenario) {
  const std::string text = run().text({.details = true});
  EXPECT_THAT(text, HasSubstr("End-to-end latency, single_stream, ms (noise floor of p99 "));
  EXPECT_THAT(text, HasSubstr("End-to-end latency, server, 500 requests per second for 2 s, ms"));
  EXPECT_THAT(text, HasSubstr("p99 ms, single_stream"));
  EXPECT_THAT(text, HasSubstr("p99 ms, server"));
}

TEST_F(UnderLoad, IsInTheJsonWithEveryScenario) {
  const auto json = nlohmann::json::parse(run().text({.format = TextFormat::json}));
  const auto& load = json["datasets"][0]["load"];
  ASSERT_EQ(load.size(), 2U);
  const auto& server = load[0];
  EXPECT_EQ(server["scenario"]["kind"], "server");
  const auto& shed = server["variants"][2];
  EXPECT_EQ(shed["variant"], "shed");
  EXPECT_EQ(shed["offered_qps"], 497.0);
  EXPECT_EQ(shed["achieved_qps"], 65.0);
  EXPECT_EQ(shed["degraded"], 3 * 860);
  EXPECT_EQ(shed["counts"]["arrived"], 3 * 994);
  EXPECT_EQ(shed["overloaded"], false) << "what it lets in it answers";
  EXPECT_EQ(server["variants"][1]["overloaded"], true);
  EXPECT_EQ(shed["quantiles"].size(), 5U);
  const auto& alone = load[1]["variants"][0];
  EXPECT_EQ(alone["offered_qps"], nullptr);
  EXPECT_EQ(alone["counts"], nullptr);
}

TEST_F(UnderLoad, WhoCannotKeepUpIsSaidInTheSentence) {
  EXPECT_THAT(run().text(),
              HasSubstr("it is overloaded (answers 64.2 of 497 requests per second)"));
}

TEST(LoadTables, AnotherPassIsNotCounted) {
  FakedRun run;
  run.data("ml100k");
  run.variant("control");
  run.trial("control", "ml100k", std::nullopt, measured(300, 0.0, 0.0, 10));
  for (const char* pass : {"z-first", "a-second"}) {
    run.loaded("ml100k", {.of = "control",
                          .offered_qps = 100.0,
                          .achieved_qps = 100.0,
                          .ms = times(300, 2.0, 1),
                          .counts = counts(300, pass[0] == 'z' ? 200 : 20),
                          .timing_key = pass});
  }
  run.finish();
  EXPECT_THAT(run.text(), HasSubstr("20 of 300 (6.7 %)"));
}

TEST(LoadTables, AShareIsWrittenAsOne) {
  for (const auto& [degraded, text] : {std::pair(300, "300 of 300 (100 %)"),
                                       {150, "150 of 300 (50 %)"},
                                       {1, "1 of 300 (0.3 %)"}}) {
    FakedRun run;
    run.data("ml100k");
    run.variant("control");
    run.trial("control", "ml100k", std::nullopt, measured(300, 0.0, 0.0, 10));
    run.loaded("ml100k", {.of = "control",
                          .offered_qps = 100.0,
                          .achieved_qps = 100.0,
                          .ms = times(300, 2.0, 1),
                          .counts = counts(300, degraded),
                          .timing_key = "pass"});
    run.finish();
    EXPECT_THAT(run.text(), HasSubstr(text));
  }
}

// A later pass times the same trial beside a variant that is hosted in another way.
TEST(LoadTables, TheViewHasThePassThatIsShown) {
  FakedRun run;
  run.data("ml100k");
  for (const char* name : {"control", "other"}) {
    run.variant(name);
    run.trial(name, "ml100k", std::nullopt, measured(300, 0.0, 0.0, 10));
    run.loaded("ml100k", {.of = name,
                          .offered_qps = 100.0,
                          .achieved_qps = 100.0,
                          .ms = times(300, 2.0, 1),
                          .counts = counts(300, 20),
                          .timing_key = "both"});
  }
  run.loaded("ml100k", {.of = "control",
                        .offered_qps = 100.0,
                        .achieved_qps = 100.0,
                        .ms = times(300, 2.0, 1),
                        .counts = counts(300, 200),
                        .timing_key = "one"});
  run.finish();
  EXPECT_THAT(faked::lines(run.database,
                           "SELECT variant, count, requests FROM load_counts WHERE kind = 'shed' "
                           "ORDER BY variant"),
              ::testing::ElementsAre("control|20|300", "other|20|300"));
}

TEST(LoadTables, WithoutServingNothingIsSaidOfIt) {
  FakedRun run;
  faked::fill_quickstart(run);
  run.finish();
  EXPECT_THAT(run.text(), Not(HasSubstr("serving")));
  EXPECT_THAT(run.text(), Not(HasSubstr("under server")));
}

TEST(ScenarioText, SaysTheRateOfAServer) {
  EXPECT_EQ(report::scenario_text(faked::kServer), "server, 500 requests per second for 2 s");
  EXPECT_EQ(report::scenario_text(faked::kSingleStream), "single_stream");
}

}  // namespace
}  // namespace assay::report
