// `assay ab` on a log of ten million units with four metrics, whole: reading, gathering, judging.
// `plain` is what one writes first: the rows of the same file in memory and two passes over them.
// `peak_mib` is the largest resident size of this process so far, so `assay` comes first.

#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "ab/result.h"
#include "cli/ab_table.h"
#include "ingest/parquet_writer.h"
#include "ingest/table.h"
#include "stats/two_samples.h"

namespace {

using namespace assay;

constexpr int64_t kUnits = 10'000'000;
constexpr int64_t kBatch = 1'000'000;
constexpr int kMetrics = 4;

std::string metric(int i) { return "metric_" + std::to_string(i); }

const std::string& parquet_log() {
  static const std::string path = [] {
    const std::string file = std::filesystem::temp_directory_path() / "assay_ab_bench.parquet";
    using Type = ingest::ParquetField::Type;
    std::vector<ingest::ParquetField> fields{{"user", Type::integer}, {"arm", Type::text}};
    for (int i = 0; i < kMetrics; ++i) fields.push_back({metric(i), Type::real});
    ingest::ParquetWriter writer(file, fields);
    std::mt19937_64 random(1);
    std::normal_distribution<double> normal(10, 3);
    for (int64_t begin = 0; begin < kUnits; begin += kBatch) {
      ingest::ParquetIntegers users;
      ingest::ParquetTexts arms;
      std::vector<ingest::ParquetValues> columns;
      for (int64_t i = begin; i < begin + kBatch; ++i) {
        users.emplace_back(i * 7 + 3);
        arms.emplace_back(random() % 2 == 0 ? "control" : "treatment");
      }
      columns.emplace_back(std::move(users));
      columns.emplace_back(std::move(arms));
      for (int m = 0; m < kMetrics; ++m) {
        ingest::ParquetReals values;
        for (int64_t i = 0; i < kBatch; ++i) values.emplace_back(normal(random));
        columns.emplace_back(std::move(values));
      }
      writer.write(columns);
    }
    writer.close();
    return file;
  }();
  return path;
}

/// The same rows as text.
const std::string& csv_log() {
  static const std::string path = [] {
    const std::string file = std::filesystem::temp_directory_path() / "assay_ab_bench.csv";
    std::ofstream out(file);
    out << "user,arm";
    for (int m = 0; m < kMetrics; ++m) out << ',' << metric(m);
    out << '\n';
    std::mt19937_64 random(1);
    std::string line;
    for (int64_t i = 0; i < kUnits; ++i) {
      line = std::to_string(i * 7 + 3) + (random() % 2 == 0 ? ",control" : ",treatment");
      for (int m = 0; m < kMetrics; ++m) line += "," + std::to_string(random() % 100'000) + ".5";
      out << line << '\n';
    }
    return file;
  }();
  return path;
}

ab::Design design() {
  ab::Design made;
  made.control = "control";
  for (int m = 0; m < kMetrics; ++m)
    made.metrics.push_back({.name = metric(m), .column = metric(m)});
  return made;
}

double peak_mib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024.0;
}

void judge_log(benchmark::State& state, const std::string& path) {
  const ab::Design rules = design();
  for (auto _ : state) {
    const ab::Gathered gathered = cli::read_ab_log({path, "user", "arm", "", {}}, rules);
    benchmark::DoNotOptimize(judge(gathered, rules));
  }
  state.counters["peak_mib"] = peak_mib();
  state.SetItemsProcessed(state.iterations() * kUnits);
}

void parquet(benchmark::State& state) { judge_log(state, parquet_log()); }
BENCHMARK(parquet)->Unit(benchmark::kMillisecond)->Iterations(1);

void csv(benchmark::State& state) { judge_log(state, csv_log()); }
BENCHMARK(csv)->Unit(benchmark::kMillisecond)->Iterations(1);

void plain(benchmark::State& state) {
  for (auto _ : state) {
    const auto table = ingest::open_table(parquet_log(), {.name = "parquet"});
    std::vector<std::vector<double>> values(2 * kMetrics);
    while (table->next()) {
      const size_t arm = table->cell(1).text == "control" ? 0 : kMetrics;
      for (int m = 0; m < kMetrics; ++m)
        values[arm + static_cast<size_t>(m)].push_back(table->cell(2 + m).number);
    }
    for (size_t m = 0; m < kMetrics; ++m)
      benchmark::DoNotOptimize(stats::welch(values[m], values[kMetrics + m]));
  }
  state.counters["peak_mib"] = peak_mib();
  state.SetItemsProcessed(state.iterations() * kUnits);
}
BENCHMARK(plain)->Unit(benchmark::kMillisecond)->Iterations(1);

}  // namespace
