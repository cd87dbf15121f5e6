/// Importing and preparing logged data, against reading the same files word by word into a hash map
/// with the standard library; `ratio` is the median over pairs of reference / ours. Data sets that
/// are not in ASSAY_DATA are left out.

#include <benchmark/benchmark.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <unordered_map>
#include <vector>

#include "dataset/prepare.h"
#include "ingest/catalogue.h"
#include "ingest/load.h"

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

struct Case {
  assay::task::DatasetSpec dataset;
  assay::ingest::DataPlaces places;
};

Case make_case(const std::string& source, assay::task::SplitMethod method) {
  Case out;
  out.dataset.name = out.dataset.source = source;
  out.dataset.split = {.method = method, .rank = 0, .validation = 0, .test = 1};
  out.places = assay::ingest::DataPlaces::from_environment(
      (fs::temp_directory_path() / ("assay_data_bench_" + std::to_string(::getpid()))).string());
  return out;
}

void forget(const Case& of, const char* what) { fs::remove_all(of.places.cache_dir + "/" + what); }

assay::dataset::PreparedRef load(const Case& of) {
  return assay::ingest::load_dataset(of.dataset, {}, {}, 1, of.places);
}

// Every word of the files is numbered by a hash map: the least that an import has to do.
size_t read_words(const Case& of) {
  const assay::ingest::CatalogueEntry& entry = assay::ingest::catalogue_entry(of.dataset.source);
  const std::string folder = *assay::ingest::find_data(entry, of.places);
  std::unordered_map<std::string, size_t> numbers;
  size_t sum = 0;
  for (const assay::ingest::CatalogueFile& file : entry.files) {
    std::ifstream in(folder + "/" + file.name);
    for (std::string word; in >> word;) sum += numbers.emplace(word, numbers.size()).first->second;
  }
  return sum;
}

template <typename Body>
double milliseconds(Body&& body) {
  const auto start = Clock::now();
  body();
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

enum class Part { import, prepare, cached };

void data(benchmark::State& state, const std::string& source, assay::task::SplitMethod method,
          Part part) {
  const Case of = make_case(source, method);
  if (!assay::ingest::find_data(assay::ingest::catalogue_entry(source), of.places)) {
    state.SkipWithError((source + " is in no folder of ASSAY_DATA").c_str());
    return;
  }
  load(of);
  std::vector<double> ours, reference;
  for (auto _ : state) {
    if (part != Part::cached) forget(of, part == Part::import ? "imported" : "prepared");
    ours.push_back(milliseconds([&] {
      if (part == Part::import)
        assay::ingest::import_dataset(of.dataset, of.places);
      else
        load(of);
    }));
    reference.push_back(milliseconds([&] { benchmark::DoNotOptimize(read_words(of)); }));
    state.SetIterationTime(ours.back() / 1000);
  }
  state.counters["ours_ms"] = median(ours);
  state.counters["reference_ms"] = median(reference);
  state.counters["ratio"] = median(reference) / median(ours);
  fs::remove_all(of.places.cache_dir);
}

BENCHMARK_CAPTURE(data, ml100k_import, "movielens-100k", assay::task::SplitMethod::leave_last_out,
                  Part::import)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond)
    ->Iterations(5);
BENCHMARK_CAPTURE(data, ml100k_prepare, "movielens-100k", assay::task::SplitMethod::leave_last_out,
                  Part::prepare)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond)
    ->Iterations(5);
BENCHMARK_CAPTURE(data, ml100k_cached, "movielens-100k", assay::task::SplitMethod::leave_last_out,
                  Part::cached)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond)
    ->Iterations(5);
BENCHMARK_CAPTURE(data, gowalla_import, "gowalla", assay::task::SplitMethod::given, Part::import)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond)
    ->Iterations(5);
BENCHMARK_CAPTURE(data, gowalla_prepare, "gowalla", assay::task::SplitMethod::given, Part::prepare)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond)
    ->Iterations(5);
BENCHMARK_CAPTURE(data, gowalla_cached, "gowalla", assay::task::SplitMethod::given, Part::cached)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond)
    ->Iterations(5);

}  // namespace
