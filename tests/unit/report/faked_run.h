#pragma once

#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "analysis/analyse.h"
#include "error/error.h"
#include "report/comparison_text.h"
#include "results/database.h"
#include "results/part_writer.h"
#include "results/reader.h"
#include "results/self_check_table.h"

/// A results database with trials whose per-request values are known, for the tests of the report.
namespace assay::faked {

inline constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
inline const std::string kNdcg = "ndcg{gain=binary,discount=log2(r+1),ideal=min(R,k)}";
inline const std::string kRecall = "recall{den=R}";
inline const std::string kDistance = "intra_list_distance{distance=cooccurrence,single=skip}";
inline const std::string kCoverage = "item_coverage{catalogue=all}";
inline const std::string kSingleStream = R"({"kind":"single_stream","requests":0})";
inline const std::string kServer = R"({"duration_s":2.0,"kind":"server","rate_qps":500.0})";

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "assay_report_XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

/// Reproducible numbers in [0, 1) without a library's generator (splitmix64).
inline double uniform(uint64_t stream, uint64_t i) {
  uint64_t x = stream * 0x9E3779B97F4A7C15U + (i + 1) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27U)) * 0x94D049BB133111EBU;
  return static_cast<double>((x ^ (x >> 31U)) >> 11U) * 0x1.0p-53;
}

/// [n] values: what the request is worth to everyone, plus `effect`, plus noise of the variant.
inline std::vector<float> values(int n, double effect, uint64_t stream, double noise = 0.05) {
  std::vector<float> out;
  for (int r = 0; r < n; ++r) {
    const auto i = static_cast<uint64_t>(r);
    const double shared = 0.2 + 0.3 * uniform(1, i);
    out.push_back(static_cast<float>(shared + effect + noise * (uniform(stream, i) - 0.5)));
  }
  return out;
}

/// [n] times around `median` ms with a tail.
inline std::vector<float> times(int n, double median, uint64_t stream) {
  std::vector<float> out;
  for (int i = 0; i < n; ++i) {
    const double u = uniform(stream, static_cast<uint64_t>(i));
    out.push_back(static_cast<float>(median * (0.9 + 0.1 * u + (u > 0.96 ? 0.3 : 0.0))));
  }
  return out;
}

/// What a trial leaves.
struct TrialValues {
  std::map<results::StageMetric, std::vector<float>> columns;
  std::map<results::StageMetric, double> catalogue;
  /// Served lists [n, size]; none are kept where it is empty.
  std::vector<int32_t> items;
  int size = 0;
};

class FakedRun {
 public:
  explicit FakedRun(const std::function<void(results::RunRow&)>& change = {}) {
    results::RunRow row{
        .experiment = "quickstart",
        .description = "Does it matter?",
        .started = "2026-11-22T21:50:03Z",
        .config =
            "datasets:\n  ml100k:\n    split:\n      method: leave_last_out\n"
            "    evaluate_on:\n      users: all\n      items: all\n"
            "traffic:\n  candidates: retrieved\n  exclude_seen: [train, validation]\n",
        .seeds = "[1,2,3]",
        .primary_definition = kNdcg,
        .primary_cutoff = 10,
        .margin = 0.002,
        .command_line = "assay run quickstart.yaml",
        .assay_version = "0.1.0",
        .git_commit = "1a2b3c4d5e6f",
        .build_type = "release",
        .compiler = "g++ 12.2"};
    if (change) change(row);
    run_ = database.begin_run(row);
    using Scope = results::MetricRow::Scope;
    for (const results::MetricRow& metric :
         {results::MetricRow{kNdcg, "ndcg", Scope::request, "share", true, ""},
          results::MetricRow{kRecall, "recall", Scope::request, "share", true, ""},
          results::MetricRow{kDistance, "intra_list_distance", Scope::request, "distance", true,
                             ""},
          results::MetricRow{kCoverage, "item_coverage", Scope::catalogue, "share", true, ""}}) {
      database.write(metric);
    }
    settings.compare.baseline = "";
    settings.compare.margin = row.margin.value_or(0.0);
    settings.metrics.primary = {kNdcg, 10};
  }

  void data(const std::string& dataset, const std::string& hash = "7f3c0123456789") {
    database.write(results::DataSourceRow{.run_id = run_,
                                          .dataset = dataset,
                                          .source = "a source",
                                          .source_hash = "aa",
                                          .prepared_hash = hash,
                                          .windows = "{}"});
    database.write(results::TestLookRow{run_, dataset, hash, "2026-11-22T21:50:03Z"});
    data_hashes_.push_back(hash);
  }

  /// @param serving  how it is hosted, as JSON
  /// @param plugins  of its recall stages, in their order
  void variant(const std::string& name, const std::string& serving = "",
               const std::vector<std::string>& plugins = {}) {
    results::VariantRow row;
    row.serving = serving;
    for (const std::string& plugin : plugins) {
      row.stages.push_back({.place = fmt::format("recall[{}]", row.stages.size()),
                            .kind = "recall",
                            .plugin = plugin,
                            .version = "1",
                            .so_sha256 = "",
                            .params = "{}"});
    }
    row.run_id = run_;
    row.name = name;
    row.chain = "{}";
    row.position = positions_++;
    row.is_baseline = row.position == 0;
    database.write(row);
  }

  std::string spec = "{}";           ///< that of the trials that are named from now on
  std::string fold = "all";          ///< that of the trials that are named from now on
  results::Disturbance disturbance;  ///< of the rounds that are timed() from now on

  std::string key(const std::string& variant, const std::string& dataset,
                  std::optional<int64_t> seed) const {
    const std::string of_fold = fold == "all" ? "" : "-fold" + fold;
    return fmt::format("{}-{}-{}-{}{}", run_, variant, dataset, seed.value_or(0), of_fold);
  }

  /// Makes the trial known: missing.
  std::string plan(const std::string& variant, const std::string& dataset,
                   std::optional<int64_t> seed = std::nullopt, const std::string& set = "") {
    const std::string trial = key(variant, dataset, seed);
    database.write(results::RunTrialRow{.run_id = run_,
                                        .variant = variant,
                                        .dataset = dataset,
                                        .fold = fold,
                                        .seed = seed,
                                        .trial_key = trial,
                                        .spec = spec,
                                        .request_set = set.empty() ? "requests-" + dataset : set});
    return trial;
  }

  /// A done trial.
  void trial(const std::string& variant, const std::string& dataset, std::optional<int64_t> seed,
             const TrialValues& left, const std::string& set = "") {
    merge_values(plan(variant, dataset, seed, set), left);
  }

  /// A done trial whose stage said something in its fit.
  void warned(const std::string& variant, const std::string& dataset, std::optional<int64_t> seed,
              const std::string& plugin, const std::map<std::string, std::string>& notes,
              const TrialValues& left) {
    const std::string trial = key(variant, dataset, seed), fitted = "fitted-" + trial;
    database.write(results::RunTrialRow{.run_id = run_,
                                        .variant = variant,
                                        .dataset = dataset,
                                        .fold = fold,
                                        .seed = seed,
                                        .trial_key = trial,
                                        .spec = spec,
                                        .request_set = "requests-" + dataset,
                                        .artifacts = {{"rank[0]", fitted}}});
    const std::string path = folder_ / fmt::format("part{}.sqlite", parts_++);
    {
      results::PartWriter part(path, {path, "fit"});
      part.host(host);
      part.artifact({fitted, plugin, "rank[0]", 1.0, 1, 1});
      for (const auto& [name, text] : notes) part.note({fitted, name, text});
      part.finish();
    }
    database.merge(path, run_, {});
    merge_values(trial, left);
  }

  /// What a trial that is known already leaves.
  void merge_values(const std::string& trial, const TrialValues& left) {
    const std::string path = folder_ / fmt::format("part{}.sqlite", parts_++);
    const auto n = static_cast<int64_t>(left.columns.begin()->second.size());
    {
      results::PartWriter part(path, {path, "evaluate"});
      part.host(host);
      const auto shard = part.begin_shard({.trial_key = trial, .requests = n});
      for (const auto& [at, column] : left.columns) part.values(shard, at, column);
      const std::vector<int32_t> counts = {1, 1};
      part.exposure(shard, "served", 10, counts);
      const std::vector<float> scores(left.items.size(), 1.0F);
      if (left.size > 0) part.slates(shard, {0, left.size, left.items, scores, {}});
      part.end_shard(shard, 0.1);
      part.finish();
    }
    database.merge(path, run_, [&](const std::string&, std::span<const results::Exposure>) {
      std::vector<results::CatalogueValue> all;
      for (const auto& [at, value] : left.catalogue) all.push_back({at, value, ""});
      return all;
    });
  }

  void fail(const std::string& variant, const std::string& dataset, std::optional<int64_t> seed,
            const std::string& reason) {
    const std::string trial = plan(variant, dataset, seed);
    database.write(results::FailureRow{.trial_key = trial,
                                       .task = "evaluate",
                                       .stage = "recall[0]",
                                       .plugin = "two_tower",
                                       .batch = 3,
                                       .kind = "crash",
                                       .reason = reason});
  }

  /// One round under single_stream.
  void timed(const std::string& variant, const std::string& dataset, std::optional<int64_t> seed,
             int round, const std::vector<float>& ms, bool repeat = false,
             const std::string& stage = "served", const std::string& timing_key = "pass-1") {
    const std::string path = folder_ / fmt::format("part{}.sqlite", parts_++);
    {
      results::PartWriter part(path, {path, "time"});
      part.host(host);
      results::LatencySamples samples{.timing_key = timing_key,
                                      .trial_key = key(variant, dataset, seed),
                                      .scenario = kSingleStream,
                                      .stage = stage,
                                      .round = round,
                                      .achieved_qps = 100.0 + round,
                                      .ms = ms,
                                      .disturbance = disturbance};
      if (repeat) samples.role = results::LatencySamples::Role::baseline_repeat;
      part.latency(samples);
      part.finish();
    }
    database.merge(path, run_, {});
  }

  /// One round under `server`.
  struct LoadRound {
    std::string of;  ///< the variant whose trial it is
    int round = 0;
    double offered_qps = 0.0, achieved_qps = 0.0;
    std::vector<float> ms = {};
    std::vector<results::LoadCount> counts = {};
    std::string serving = "";
    bool repeat = false;
    std::string timing_key = "pass-1";
  };
  void loaded(const std::string& dataset, const LoadRound& load) {
    const std::string path = folder_ / fmt::format("part{}.sqlite", parts_++);
    results::LatencySamples samples{.timing_key = load.timing_key,
                                    .trial_key = key(load.of, dataset, std::nullopt),
                                    .scenario = kServer,
                                    .stage = "served",
                                    .round = load.round,
                                    .offered_qps = load.offered_qps,
                                    .achieved_qps = load.achieved_qps,
                                    .degraded = 0,
                                    .ms = load.ms,
                                    .serving = load.serving,
                                    .counts = load.counts};
    for (const results::LoadCount& count : load.counts) {
      using enum task::LoadCountKind;
      if (count.kind == shed || count.kind == deadline || count.kind == breaker)
        *samples.degraded += count.count;
    }
    if (load.repeat) samples.role = results::LatencySamples::Role::baseline_repeat;
    {
      results::PartWriter part(path, {path, "time"});
      part.host(host);
      part.latency(samples);
      part.finish();
    }
    database.merge(path, run_, {});
  }

  /// A variant with the stages of another one, and so with its trial.
  void share(const std::string& variant, const std::string& of, const std::string& dataset) {
    database.write(results::RunTrialRow{.run_id = run_,
                                        .variant = variant,
                                        .dataset = dataset,
                                        .trial_key = key(of, dataset, std::nullopt),
                                        .spec = "{}",
                                        .request_set = "requests-" + dataset});
  }

  /// What the harness found when it checked itself.
  void self_checked(const std::vector<results::SelfCheckRow>& rows) {
    const std::string path = folder_ / fmt::format("part{}.sqlite", parts_++);
    {
      results::PartWriter part(path, {path, "self_check"});
      for (const results::SelfCheckRow& row : rows) part.self_check(row);
      part.finish();
    }
    database.merge(path, run_, {});
  }
  bool self_checks = true;  ///< finish() has all of its metrics hold

  void finish(results::RunStatus status = results::RunStatus::done) {
    std::vector<results::SelfCheckRow> rows;
    for (const std::string& hash : data_hashes_)
      for (const std::string& definition : {kNdcg, kRecall, kDistance})
        for (const int cutoff : {5, 10, 20, 100})
          rows.push_back({.prepared_hash = hash,
                          .definition = definition,
                          .cutoff = cutoff,
                          .check = "ideal",
                          .requests = 512});
    if (self_checks && !rows.empty()) self_checked(rows);
    analyse(database, run_, settings);
    database.finish_run(run_, status, "2026-11-22T22:00:00Z");
  }

  int64_t id() const { return run_; }

  std::string text(report::CompareOptions options = {}) const {
    if (options.shown_path.empty()) options.shown_path = "results/x.sqlite";
    return comparison_text(database, options);
  }

  results::HostFacts host{.device = "cpu",
                          .cpu_model = "a processor",
                          .cpu_cores = 2,
                          .memory_bytes = 1 << 30,
                          .torch = "2.13.0",
                          .compiler = "g++ 12.2",
                          .build_type = "release",
                          .os = "Linux",
                          .threads = 1};
  analysis::AnalysisSettings settings;

 private:
  Folder folder_;

 public:
  results::Database database = results::Database::open_or_create(folder_ / "x.sqlite");

 private:
  int64_t run_ = 0;
  int positions_ = 0;
  std::vector<std::string> data_hashes_;
  int parts_ = 0;
};

/// The values of all metrics of a variant: ndcg and recall move by `effect`, the distance by
/// `diversity`.
inline TrialValues measured(int n, double effect, double diversity, uint64_t stream,
                            double coverage = 0.4) {
  TrialValues left;
  left.columns[{"served", kNdcg, 10}] = values(n, effect, stream);
  left.columns[{"served", kRecall, 10}] = values(n, effect, stream + 1000);
  left.columns[{"served", kDistance, 10}] = values(n, 0.3 + diversity, stream + 2000);
  left.columns[{"recall", kRecall, 100}] = values(n, 0.2 + effect, stream + 3000);
  left.catalogue[{"served", kCoverage, 10}] = coverage;
  return left;
}

/// All rows of a query as text, cells joined by '|', NULL as "NULL", numbers in full.
inline std::vector<std::string> lines(const results::Database& database, const std::string& sql) {
  std::vector<std::string> result;
  for (const auto& row : results::Reader(database).query(sql).rows) {
    std::string line;
    for (const results::Cell& cell : row) {
      if (!line.empty()) line += '|';
      if (std::holds_alternative<std::monostate>(cell)) line += "NULL";
      if (const auto* n = std::get_if<int64_t>(&cell)) line += fmt::format("{}", *n);
      if (const auto* x = std::get_if<double>(&cell)) line += fmt::format("{}", *x);
      if (const auto* text = std::get_if<std::string>(&cell)) line += *text;
    }
    result.push_back(line);
  }
  return result;
}

/// The only number of a query.
inline double number(const results::Database& database, const std::string& sql) {
  const auto rows = results::Reader(database).query(sql).rows;
  if (rows.size() != 1) throw error::InternalError(fmt::format("{} rows: {}", rows.size(), sql));
  if (const auto* n = std::get_if<int64_t>(&rows[0][0])) return static_cast<double>(*n);
  const auto* x = std::get_if<double>(&rows[0][0]);
  return x == nullptr ? std::numeric_limits<double>::quiet_NaN() : *x;
}

/// The text of the UserError that `body` throws; "" where it throws none.
template <typename Body>
std::string user_error(Body&& body) {
  try {
    body();
  } catch (const error::UserError& error) {
    return error.what();
  }
  return "";
}

/// The text of tests/golden/report/<name>. With ASSAY_UPDATE_GOLDEN set `actual` is written there.
inline std::string golden(const std::string& name, const std::string& actual) {
  const std::string path = std::string(ASSAY_SOURCE_DIR) + "/tests/golden/report/" + name;
  if (std::getenv("ASSAY_UPDATE_GOLDEN") != nullptr) {
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream(path) << actual;
  }
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace assay::faked
