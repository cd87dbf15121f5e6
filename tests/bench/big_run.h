#pragma once

#include <fmt/core.h>

#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "analysis/analyse.h"
#include "metric_catalog/metric_definition.h"
#include "results/database.h"
#include "results/part_writer.h"

/// A results database of the size that docs/results-database.md promises to compare quickly:
/// 10 variants x 3 seeds x 100,000 requests, slates of 20, every metric of every group at one
/// cutoff, histories of 50, timed rounds. Values are drawn: no bits of them compress.
namespace assay::bench {

class BigRun {
 public:
  /// Written in a folder of its own, which goes with the object.
  BigRun() : folder_(std::filesystem::temp_directory_path() / "assay_compare_bench") {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    for (const std::string& group : metric_catalog::metric_groups()) {
      for (metric_catalog::MetricDefinition& definition : metric_catalog::metrics_of_group(group)) {
        auto& some = definition.needs_any(metric_catalog::MetricNeed::baseline) ? of_baseline_
                                                                                : definitions_;
        some.push_back(std::move(definition));
      }
    }
    results::Database database = results::Database::open_or_create(path());
    begin(database);
    write_requests(database);
    for (int variant = 0; variant < kVariants; ++variant) {
      for (int seed = 1; seed <= kSeeds; ++seed) add_trial(database, variant, seed);
    }
    analysis::AnalysisSettings settings;
    settings.metrics.primary = {metric_catalog::parse_metric("ndcg").id, kCutoff};
    for (const auto* some : {&definitions_, &of_baseline_})
      for (const metric_catalog::MetricDefinition& one : *some)
        settings.metrics.served.push_back({one.id, kCutoff});
    analyse(database, 1, settings);
    database.finish_run(1, results::RunStatus::done, "2026-11-22T22:00:00Z");
    database.close();
  }
  ~BigRun() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  BigRun(const BigRun&) = delete;
  BigRun& operator=(const BigRun&) = delete;

  std::string path() const { return (folder_ / "big.sqlite").string(); }
  double gigabytes() const { return static_cast<double>(std::filesystem::file_size(path())) / 1e9; }
  /// How many definitions have values: a request each, or a list of all requests.
  size_t definitions() const { return definitions_.size() + of_baseline_.size(); }

 private:
  static constexpr int kVariants = 10, kSeeds = 3, kSlots = 20, kCutoff = 10;
  static constexpr int64_t kRequests = 100'000, kChunk = 1000, kItems = 41'000;
  static constexpr int64_t kRelevant = 5, kHistory = 50, kTimed = 2000, kRounds = 5;

  void begin(results::Database& database) {
    database.begin_run({.experiment = "big",
                        .started = "2026-11-22T21:50:03Z",
                        .seeds = "[1,2,3]",
                        .primary_definition = metric_catalog::parse_metric("ndcg").id,
                        .primary_cutoff = kCutoff,
                        .margin = 0.001});
    database.write(results::DataSourceRow{.run_id = 1,
                                          .dataset = "data",
                                          .source = "drawn",
                                          .source_hash = "aa",
                                          .prepared_hash = "bb",
                                          .users = kRequests,
                                          .items = kItems,
                                          .events = kRequests * kHistory,
                                          .windows = "{}"});
    for (const auto* some : {&definitions_, &of_baseline_}) {
      for (const metric_catalog::MetricDefinition& one : *some) {
        database.write(results::MetricRow{one.id, one.name,
                                          one.per_request() ? results::MetricRow::Scope::request
                                                            : results::MetricRow::Scope::catalogue,
                                          one.unit, one.info->higher_is_better, one.info->formula});
      }
    }
    for (int variant = 0; variant < kVariants; ++variant) {
      results::VariantRow row;
      row.run_id = 1;
      row.name = fmt::format("v{}", variant);
      row.chain = "{}";
      row.position = variant;
      row.is_baseline = variant == 0;
      database.write(row);
    }
  }

  void write_requests(results::Database& database) {
    std::vector<std::string> user_ids, item_ids;
    for (int64_t item = 0; item < kItems; ++item) item_ids.push_back(fmt::format("i{}", item));
    std::vector<int32_t> users;
    std::vector<int64_t> times, truth_offsets{0}, history_offsets{0};
    for (int64_t r = 0; r < kRequests; ++r) {
      user_ids.push_back(fmt::format("u{}", r));
      users.push_back(static_cast<int32_t>(r));
      times.push_back(1'700'000'000 + r);
      truth_offsets.push_back((r + 1) * kRelevant);
      history_offsets.push_back((r + 1) * kHistory);
    }
    const std::vector<int32_t> truth = items(kRequests * kRelevant);
    const std::vector<int32_t> history = items(kRequests * kHistory);
    database.write(results::CatalogueRow{"bb", item_ids});
    database.write(results::RequestSetRow{.request_set = "requests",
                                          .prepared_hash = "bb",
                                          .fold = "all",
                                          .window = "test",
                                          .user_ids = user_ids,
                                          .users = users,
                                          .times = times,
                                          .truth_offsets = truth_offsets,
                                          .truth_items = truth,
                                          .history_offsets = history_offsets,
                                          .history_items = history});
  }

  void add_trial(results::Database& database, int variant, int seed) {
    const std::string key = fmt::format("v{}-{}", variant, seed);
    database.write(results::RunTrialRow{.run_id = 1,
                                        .variant = fmt::format("v{}", variant),
                                        .dataset = "data",
                                        .seed = seed,
                                        .trial_key = key,
                                        .spec = "{}",
                                        .request_set = "requests"});
    const std::string path = (folder_ / "part").string();
    {
      results::PartWriter part(path, {key, "evaluate"});
      const auto shard = part.begin_shard({.trial_key = key, .requests = kRequests});
      write_slates(part, shard);
      for (const metric_catalog::MetricDefinition& one : definitions_) {
        if (one.per_request()) part.values(shard, {"served", one.id, kCutoff}, values(variant));
      }
      std::vector<int32_t> counts = items(kItems);
      part.exposure(shard, "served", kCutoff, counts);
      write_times(part, key, variant);
      part.end_shard(shard, 1);
      part.finish();
    }
    database.merge(path, 1, [&](const std::string&, std::span<const results::Exposure>) {
      std::vector<results::CatalogueValue> all;
      for (const metric_catalog::MetricDefinition& one : definitions_) {
        if (!one.per_request()) all.push_back({{"served", one.id, kCutoff}, uniform(), ""});
      }
      return all;
    });
    std::filesystem::remove(path);
  }

  void write_slates(results::PartWriter& part, results::PartWriter::Shard shard) {
    std::vector<float> scores(kChunk * kSlots);
    for (int64_t first = 0; first < kRequests; first += kChunk) {
      const std::vector<int32_t> served = items(kChunk * kSlots);
      for (float& score : scores) score = uniform();
      part.slates(shard, results::SlateChunk{first, kSlots, served, scores, {}});
    }
  }

  void write_times(results::PartWriter& part, const std::string& key, int variant) {
    for (int round = 0; round < kRounds; ++round) {
      std::vector<float> ms(kTimed);
      for (float& one : ms) one = 1.0F + 0.1F * static_cast<float>(variant) + uniform();
      part.latency({.timing_key = "pass-1",
                    .trial_key = key,
                    .scenario = R"({"kind":"single_stream","requests":0})",
                    .stage = "served",
                    .round = round,
                    .achieved_qps = 100.0,
                    .ms = ms});
    }
  }

  std::vector<int32_t> items(int64_t count) {
    std::vector<int32_t> drawn(static_cast<size_t>(count));
    for (int32_t& item : drawn) item = static_cast<int32_t>(random_() % kItems);
    return drawn;
  }

  std::vector<float> values(int variant) {
    std::vector<float> drawn(kRequests);
    for (float& value : drawn) value = uniform() + 0.002F * static_cast<float>(variant);
    return drawn;
  }

  float uniform() { return static_cast<float>(random_()) / 4'294'967'296.0F; }

  std::filesystem::path folder_;
  std::vector<metric_catalog::MetricDefinition> definitions_;  ///< that trials leave values of
  /// computed from the lists of two variants
  std::vector<metric_catalog::MetricDefinition> of_baseline_;
  std::mt19937 random_{1};
};

}  // namespace assay::bench
