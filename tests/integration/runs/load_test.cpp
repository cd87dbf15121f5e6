#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>

#include "integration/runs/workbench.h"

// The scenario `server` through real workers. Everything is counted, nothing is timed exactly: a
// loaded machine is slower, never faster.

namespace assay::testing {
namespace {

std::string with_slow(const std::string& rest) {
  return "plugins: [" ASSAY_BUILD_DIR "/test_plugins/slow_stages.so]\n" + rest;
}

// All end-to-end latencies of a variant in the latest run, in milliseconds.
std::vector<float> latencies(const Workbench& bench, const std::string& variant) {
  const results::Database database = results::Database::open_readonly(bench.path("results.sqlite"));
  const results::Reader reader(database);
  std::vector<float> out;
  for (const results::RunTrial& trial : reader.trials(reader.runs().back().run_id)) {
    if (trial.variant != variant) continue;
    for (const results::KeptLatency& kept : reader.latency(trial.trial_key)) {
      if (kept.row.serving == trial.serving) out.insert(out.end(), kept.ms.begin(), kept.ms.end());
    }
  }
  return out;
}

double counted(const Workbench& bench, const std::string& variant, const std::string& kind) {
  return bench.number(
      fmt::format("SELECT count FROM load_counts WHERE run_id = (SELECT max(run_id) FROM run) AND "
                  "variant = '{}' AND kind = '{}'",
                  variant, kind));
}

auto above(float ms) {
  return [ms](float latency) { return latency >= ms; };
}

// One call in 300 takes 200 ms more. At 200 requests a second 40 are due meanwhile, and most of
// them wait for at least 50 ms; a client that waits for each answer would see one slow request a
// stall.
TEST(Server, AStallShowsInTheLatenciesOfWhatWasDueMeanwhile) {
  const Workbench bench;
  const execution::RunOutcome outcome = bench.run(bench.experiment(with_slow(R"(
latency: {scenarios: [{kind: server, rate_qps: 200, duration_s: 2}], warmup_requests: 10}
variants:
  stalls: {recall: [{plugin: slow_recall, k: 30, params: {ms: 200, every: 300}}]}
)")));
  ASSERT_TRUE(outcome.failed.empty());
  const std::vector<float> ms = latencies(bench, "stalls");
  const auto stalls = 6 * 410 / 300;  // three rounds of the only variant, each with its repeat
  EXPECT_GT(std::ranges::count_if(ms, above(50)), 10 * stalls);
  EXPECT_LT(std::ranges::count_if(ms, above(50)), std::ssize(ms) / 2);
  EXPECT_EQ(bench.number("SELECT count(*) FROM latency WHERE offered_qps IS NULL"), 0);
  EXPECT_GE(bench.number("SELECT ms FROM latency_summary WHERE quantile = 0.95"), 50);
  EXPECT_EQ(counted(bench, "stalls", "answered"), counted(bench, "stalls", "batches"));
  EXPECT_EQ(bench.number("SELECT max(degraded) FROM latency_summary"), 0);
}

TEST(Server, HostingIsAnotherTimingAndNotAnotherTrial) {
  const Workbench bench;
  const std::string yaml = bench.experiment(with_slow(R"(
latency: {scenarios: [{kind: server, rate_qps: 200, duration_s: 0.5}], warmup_requests: 4}
variants:
  alone: {recall: [{plugin: slow_recall, k: 30, params: {ms: 20}}]}
  hosted: {extends: alone, serving: {instances: 8}}
)"));
  const execution::RunOutcome outcome = bench.run(yaml);
  ASSERT_TRUE(outcome.failed.empty());
  EXPECT_EQ(outcome.computed, 1);  // one trial, two ways to host it
  // Alone it is offered four times what it can do, with eight instances half of it.
  const std::vector<float> alone = latencies(bench, "alone"), hosted = latencies(bench, "hosted");
  EXPECT_GT(std::ranges::count_if(alone, above(200)), std::ssize(alone) / 2);
  EXPECT_LT(std::ranges::count_if(hosted, above(200)), std::ssize(hosted) / 2);
  EXPECT_EQ(bench.number("SELECT count(DISTINCT serving) FROM latency"), 2);
  // What is timed is not timed again; another way to host is.
  const execution::RunOutcome again = bench.run(yaml);
  EXPECT_EQ(again.strategy_tasks, 0);
  const execution::RunOutcome changed =
      bench.run(yaml, {.set = {"variants.hosted.serving.queue=3"}});
  EXPECT_EQ(changed.computed, 0);
  EXPECT_GT(changed.strategy_tasks, 0);
}

TEST(Server, WhatDegradedIsCountedByKind) {
  const Workbench bench;
  const execution::RunOutcome outcome = bench.run(bench.experiment(with_slow(R"(
latency: {scenarios: [{kind: server, rate_qps: 100, duration_s: 1}], warmup_requests: 2}
variants:
  late:
    recall: [{plugin: popularity, k: 30}]
    rerank: [{plugin: slow_rerank, params: {ms: 40}}]
    serving: {queue: 3, deadlines: [{stage: "rerank[0]", ms: 10}]}
  broken:
    extends: late
    serving: {breaker: {after: 2, open_s: 100}}
)")));
  ASSERT_TRUE(outcome.failed.empty());
  // Every call takes 40 ms, so every answer is the fallback's. The instance stays busy: of 100
  // requests a second it can take 25, and with 3 waiting the rest is shed.
  EXPECT_EQ(counted(bench, "late", "deadline"), counted(bench, "late", "answered"));
  EXPECT_GT(counted(bench, "late", "shed"), counted(bench, "late", "answered"));
  EXPECT_EQ(counted(bench, "late", "breaker"), 0);
  // After two late calls the stage is left out for the rest of the round.
  EXPECT_EQ(counted(bench, "broken", "deadline"), 2 * 3);
  EXPECT_EQ(counted(bench, "broken", "deadline") + counted(bench, "broken", "breaker"),
            counted(bench, "broken", "answered"));
  EXPECT_EQ(bench.number("SELECT degraded FROM latency_summary WHERE variant = 'late' "
                         "AND stage = 'served' LIMIT 1"),
            counted(bench, "late", "deadline") + counted(bench, "late", "shed"));
}

TEST(Server, AStageThatIsToldWhatItsDeadlineLeavesMeetsIt) {
  const Workbench bench;
  const execution::RunOutcome outcome = bench.run(bench.experiment(with_slow(R"(
latency: {scenarios: [{kind: server, rate_qps: 8, duration_s: 1}], warmup_requests: 1}
variants:
  stubborn:
    recall: [{plugin: popularity, k: 30}]
    rerank: [{plugin: slow_rerank, params: {ms: 120}}]
    serving: {deadlines: [{stage: "rerank[0]", ms: 60}]}
  hurried:
    extends: stubborn
    set: {rerank.0.params.hurries: true}
)")));
  ASSERT_TRUE(outcome.failed.empty());
  ASSERT_GT(counted(bench, "hurried", "answered"), 0);
  EXPECT_EQ(counted(bench, "stubborn", "deadline"), counted(bench, "stubborn", "answered"));
  // It takes 15 of its 60 ms; a machine that is very busy may make some late all the same.
  EXPECT_LT(counted(bench, "hurried", "deadline"), counted(bench, "hurried", "answered") / 2);
}

TEST(Server, ANamedFallbackAnswersInItsOwnTime) {
  const Workbench bench;
  const execution::RunOutcome outcome = bench.run(
      bench.experiment("plugins: [" ASSAY_BUILD_DIR "/test_plugins/slow_stages.so, " ASSAY_BUILD_DIR
                       "/test_plugins/bad_in_run.so]"
                       R"(
latency: {scenarios: [{kind: server, rate_qps: 50, duration_s: 1}], warmup_requests: 2}
variants:
  quick: {recall: [{plugin: slow_recall, k: 30, params: {ms: 15}}]}
  dead: {recall: [{plugin: bad_recall, k: 30, params: {mode: fit_throws}}]}
  late:
    recall: [{plugin: popularity, k: 30}]
    rerank: [{plugin: slow_rerank, params: {ms: 60}}]
    serving:
      deadlines: [{stage: "rerank[0]", ms: 10, fallback: "quick.recall[0]"}]
      breaker: {after: 2, open_s: 100}
  lost:
    extends: late
    set: {serving.deadlines.0.fallback: "dead.recall[0]"}
)"));
  ASSERT_EQ(outcome.failed.size(), 1u);
  EXPECT_EQ(counted(bench, "late", "deadline"), 2 * 3);
  EXPECT_GT(counted(bench, "late", "breaker"), 0);
  EXPECT_EQ(counted(bench, "late", "deadline") + counted(bench, "late", "breaker"),
            counted(bench, "late", "answered"));
  const std::vector<float> ms = latencies(bench, "late");
  EXPECT_EQ(std::ranges::count_if(ms, above(15)), std::ssize(ms));
  EXPECT_GE(std::ranges::count_if(ms, above(25)), 2 * 3) << "10 ms until the deadline";
  EXPECT_TRUE(latencies(bench, "lost").empty());
  EXPECT_EQ(bench.text("select reason from failures where variant = 'lost'"),
            "its fallback dead.recall[0] was not fitted: that variant failed");
}

TEST(Server, WhatWasComputedBeforeTheCacheWasEmptiedIsFittedAgainToBeTimed) {
  const Workbench bench;
  const std::string variants = R"(
variants:
  quick: {recall: [{plugin: popularity, k: 30}]}
  guarded:
    recall: [{plugin: item_knn, k: 30}]
    serving: {deadlines: [{stage: "recall[0]", ms: 500, fallback: "quick.recall[0]"}]}
)";
  const std::string yaml = bench.experiment(
      "latency: {scenarios: [{kind: server, rate_qps: 50, duration_s: 0.5}]}" + variants);
  bench.run(yaml, {.set = {"latency.rounds=0"}});
  std::filesystem::remove_all(bench.path("cache/artifacts"));
  const execution::RunOutcome outcome = bench.run(yaml);
  EXPECT_EQ(outcome.computed, 0);
  EXPECT_EQ(outcome.fits, 3);  // two stages, and what item_knn counts
  EXPECT_EQ(bench.number("select count(*) from failures"), 0);
  EXPECT_FALSE(latencies(bench, "guarded").empty());
}

TEST(Server, BatchesAndCacheCarryWhatSingleRequestsDoNot) {
  const Workbench bench;
  const execution::RunOutcome outcome = bench.run(bench.experiment(with_slow(R"(
latency: {scenarios: [{kind: server, rate_qps: 400, duration_s: 1}], warmup_requests: 2}
variants:
  batched:
    recall: [{plugin: slow_recall, k: 30, params: {ms: 20}}]
    serving: {batching: {max_size: 32, max_wait_ms: 5}}
  cached:
    extends: batched
    serving: {cache: {capacity: 1000}}
)")));
  ASSERT_TRUE(outcome.failed.empty());
  EXPECT_LT(counted(bench, "batched", "batches"), counted(bench, "batched", "answered") / 2);
  EXPECT_EQ(counted(bench, "batched", "cache_hit"), 0);
  // The log has fewer than 150 requests, so that most of 400 come again.
  EXPECT_GT(counted(bench, "cached", "repeats"), 0);
  EXPECT_GT(counted(bench, "cached", "cache_hit"), counted(bench, "cached", "repeats") / 2);
  EXPECT_LE(counted(bench, "cached", "cache_hit"), counted(bench, "cached", "repeats"));
}

TEST(Server, ResourcesAreSampledOrSayWhyNot) {
  const Workbench bench;
  bench.run(bench.experiment(R"(
latency: {scenarios: [{kind: server, rate_qps: 100, duration_s: 0.5}, {kind: single_stream}]}
variants:
  control: {recall: [{plugin: popularity, k: 30}]}
)"));
  EXPECT_GT(
      bench.number("SELECT most FROM resources WHERE phase = 'server' AND name = 'rss_bytes'"),
      1e6);
  EXPECT_GT(bench.number("SELECT most FROM resources WHERE phase = 'single_stream' "
                         "AND name = 'cpu_seconds'"),
            0);
  EXPECT_EQ(bench.text("SELECT reason FROM resources WHERE phase = 'server' AND name = 'gpu_busy'"),
            "the worker uses no GPU");
  EXPECT_EQ(bench.number("SELECT count(*) FROM resource_sample WHERE (value IS NULL) = "
                         "(reason IS NULL)"),
            0);
}

}  // namespace
}  // namespace assay::testing
