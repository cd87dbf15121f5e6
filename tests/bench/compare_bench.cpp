// The promise: a database of 10 variants x 3 seeds x 100,000 requests with slates of 20 and all
// groups of metrics at one cutoff compares in under 10 s and takes under 1.5 GB.

#include <benchmark/benchmark.h>
#include <fmt/core.h>

#include <filesystem>
#include <random>

#include "report/analyse.h"
#include "report/compare_files.h"
#include "report/comparison_text.h"
#include "results/database.h"
#include "results/part_writer.h"

namespace assay {
namespace {

constexpr int kVariants = 10, kSeeds = 3, kSlots = 20, kColumns = 40;
constexpr int64_t kRequests = 100'000, kChunk = 1000;

std::string definition(int column) { return fmt::format("metric_{}", column); }

/// Written once, in a folder of its own that goes with the program.
class BigRun {
 public:
  BigRun() : folder_(std::filesystem::temp_directory_path() / "assay_compare_bench") {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    Database database = Database::open_or_create(path());
    begin(database);
    for (int variant = 0; variant < kVariants; ++variant) {
      for (int seed = 1; seed <= kSeeds; ++seed) add_trial(database, variant, seed);
    }
    analyse(database, 1, settings());
    database.finish_run(1, RunStatus::kDone, "2026-11-22T22:00:00Z");
    database.close();
  }
  ~BigRun() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  std::string path() const { return (folder_ / "big.sqlite").string(); }
  double gigabytes() const { return static_cast<double>(std::filesystem::file_size(path())) / 1e9; }

  static AnalysisSettings settings() {
    AnalysisSettings settings;
    settings.metrics.primary = {definition(0), 10};
    return settings;
  }

 private:
  static void begin(Database& database) {
    database.begin_run({.experiment = "big",
                        .started = "2026-11-22T21:50:03Z",
                        .seeds = "[1,2,3]",
                        .primary_definition = definition(0),
                        .primary_cutoff = 10});
    for (int column = 0; column < kColumns; ++column) {
      const std::string id = definition(column);
      database.write(MetricRow{id, id, MetricRow::Scope::kRequest, "share", true, ""});
    }
    for (int variant = 0; variant < kVariants; ++variant) {
      VariantRow row;
      row.run_id = 1;
      row.name = fmt::format("v{}", variant);
      row.chain = "{}";
      row.position = variant;
      row.is_baseline = variant == 0;
      database.write(row);
    }
  }

  void add_trial(Database& database, int variant, int seed) {
    const std::string key = fmt::format("v{}-{}", variant, seed);
    database.write(RunTrialRow{.run_id = 1,
                               .variant = fmt::format("v{}", variant),
                               .dataset = "data",
                               .seed = seed,
                               .trial_key = key,
                               .spec = "{}",
                               .request_set = "requests"});
    const std::string path = (folder_ / "part").string();
    {
      PartWriter part(path, {key, "evaluate"});
      const auto shard = part.begin_shard({.trial_key = key, .requests = kRequests});
      write_slates(part, shard);
      std::vector<float> values(kRequests);
      for (int column = 0; column < kColumns; ++column) {
        for (float& value : values) value = uniform() + 0.002F * static_cast<float>(variant);
        part.values(shard, {"served", definition(column), 10}, values);
      }
      part.end_shard(shard, 1);
      part.finish();
    }
    database.merge(path, 1, {});
    std::filesystem::remove(path);
  }

  void write_slates(PartWriter& part, PartWriter::Shard shard) {
    std::vector<int32_t> items(kChunk * kSlots);
    std::vector<float> scores(kChunk * kSlots);
    for (int64_t first = 0; first < kRequests; first += kChunk) {
      for (auto& item : items) item = static_cast<int32_t>(random_() % 41'000);
      for (float& score : scores) score = uniform();
      part.slates(shard, SlateChunk{first, kSlots, items, scores, {}});
    }
  }

  float uniform() { return static_cast<float>(random_()) / 4'294'967'296.0F; }

  std::filesystem::path folder_;
  std::mt19937 random_{1};
};

const BigRun& big_run() {
  static const BigRun run;
  return run;
}

void compare(benchmark::State& state, const CompareOptions& options) {
  const BigRun& big = big_run();
  for (auto step : state) {
    benchmark::DoNotOptimize(comparison_text(Database::open_readonly(big.path()), options));
  }
  state.counters["GB"] = big.gigabytes();
}

void own_baseline(benchmark::State& state) { compare(state, {}); }
void another_baseline(benchmark::State& state) {
  CompareOptions options;
  options.baseline = "v1";
  compare(state, options);
}
void as_two_files(benchmark::State& state) {
  const BigRun& big = big_run();
  const report::RunName name{big.path(), 1};
  for (auto step : state) benchmark::DoNotOptimize(compared_files_text({name, name}, {}));
}

BENCHMARK(own_baseline)->Unit(benchmark::kSecond)->Iterations(1);
BENCHMARK(another_baseline)->Unit(benchmark::kSecond)->Iterations(1);
BENCHMARK(as_two_files)->Unit(benchmark::kSecond)->Iterations(1);

}  // namespace
}  // namespace assay
