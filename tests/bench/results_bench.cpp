#include <benchmark/benchmark.h>

#include <chrono>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "results/connection.h"
#include "results/database.h"
#include "results/part_writer.h"
#include "results/reader.h"

/// Values of each request: one BLOB a metric (a part written, flushed to disk, and merged until its
/// trial is done) against one row a value, inserted by a prepared statement in one transaction of
/// the same file. Goal: at least 10x.
namespace assay {
namespace {

constexpr int64_t kRequests = 100'000;
constexpr int kMetrics = 10;

struct Files {
  std::filesystem::path folder = std::filesystem::temp_directory_path() / "assay_results_bench";
  Files() {
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
  }
  ~Files() { std::filesystem::remove_all(folder); }
  std::string operator/(const char* name) const { return (folder / name).string(); }
};

const std::vector<float>& values() {
  static const std::vector<float> drawn = [] {
    std::mt19937 random(1);
    std::uniform_real_distribution<float> uniform;
    std::vector<float> made(kRequests);
    for (float& value : made) value = uniform(random);
    return made;
  }();
  return drawn;
}

std::string definition(int metric) { return "metric{n=" + std::to_string(metric) + "}"; }

int64_t begin_run(results::Database& database) {
  const int64_t run = database.begin_run({.experiment = "bench"});
  database.write(results::VariantRow{.run_id = run, .name = "control"});
  database.write(results::RunTrialRow{.run_id = run, .variant = "control", .trial_key = "trial"});
  for (int m = 0; m < kMetrics; ++m) {
    database.write(
        results::MetricRow{.definition = definition(m), .name = definition(m), .unit = "1"});
  }
  return run;
}

void write_part(const Files& files) {
  results::PartWriter part(files / "part.sqlite", {"1", "evaluate"});
  const auto shard = part.begin_shard({.trial_key = "trial", .requests = kRequests});
  for (int m = 0; m < kMetrics; ++m) part.values(shard, {"served", definition(m), 10}, values());
  part.end_shard(shard, 0);
  part.finish();
}

void insert_rows(SQLite::Database& file) {
  file.exec("BEGIN");
  SQLite::Statement insert(file, "INSERT INTO single VALUES ('trial', ?, ?, ?)");
  for (int m = 0; m < kMetrics; ++m) {
    const std::string name = definition(m);
    for (int64_t request = 0; request < kRequests; ++request) {
      insert.bind(1, request);
      insert.bindNoCopy(2, name);
      insert.bind(3, static_cast<double>(values()[static_cast<size_t>(request)]));
      insert.exec();
      insert.reset();
    }
  }
  file.exec("COMMIT");
}

template <typename Body>
double seconds(Body&& body) {
  const auto begin = std::chrono::steady_clock::now();
  body();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double seconds_of_blobs() {
  const Files files;
  auto database = results::Database::open_or_create(files / "blobs.sqlite");
  const int64_t run = begin_run(database);
  return seconds([&] {
    write_part(files);
    database.merge(files / "part.sqlite", run, {});
  });
}

/// Without an index and in the same journal mode: what single rows cost at the least.
double seconds_of_rows() {
  const Files files;
  SQLite::Database file(files / "rows.sqlite", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  file.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
  file.exec("CREATE TABLE single (trial TEXT, request INTEGER, metric TEXT, value REAL) STRICT");
  return seconds([&] { insert_rows(file); });
}

/// Both in turn, so that a busy machine slows both alike.
void write_request_values(benchmark::State& state) {
  double blobs = 0, rows = 0;
  for (auto _ : state) {
    const double took = seconds_of_blobs();
    state.SetIterationTime(took);
    blobs += took;
    rows += seconds_of_rows();
  }
  state.SetItemsProcessed(state.iterations() * kRequests * kMetrics);
  state.counters["single_rows_ms"] = rows / static_cast<double>(state.iterations()) * 1e3;
  state.counters["times_faster_than_single_rows"] = rows / blobs;
}
BENCHMARK(write_request_values)->UseManualTime()->Iterations(5)->Unit(benchmark::kMillisecond);

void read_request_values(benchmark::State& state) {
  const Files files;
  auto database = results::Database::open_or_create(files / "blobs.sqlite");
  write_part(files);
  database.merge(files / "part.sqlite", begin_run(database), {});
  const results::Reader reader(database);
  for (auto _ : state) {
    benchmark::DoNotOptimize(reader.request_values("trial", {"served", definition(3), 10}));
  }
  state.SetBytesProcessed(state.iterations() * kRequests * static_cast<int64_t>(sizeof(float)));
}
BENCHMARK(read_request_values)->Unit(benchmark::kMicrosecond);

/// A part of one small shard: what the file itself costs.
void write_and_merge_a_small_part(benchmark::State& state) {
  const Files files;
  auto database = results::Database::open_or_create(files / "x.sqlite");
  const int64_t run = begin_run(database);
  int shard = 0;
  for (auto _ : state) {
    results::PartWriter part(files / "part.sqlite", {"1", "evaluate"});
    const auto id = part.begin_shard({.trial_key = "trial", .shard = shard++, .shards = 1 << 30});
    part.values(id, {"served", definition(0), 10}, {});
    part.end_shard(id, 0);
    part.finish();
    database.merge(files / "part.sqlite", run, {});
  }
}
BENCHMARK(write_and_merge_a_small_part)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace assay
