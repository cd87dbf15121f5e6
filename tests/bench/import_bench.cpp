/// Importing events from CSV and Parquet (ids encoded, sorted by time, cache written) against
/// Arrow reading the same file into a table, both in one run; `ratio` is the median over pairs of
/// Arrow's time / ours, so 1 is Arrow's own rate. `bytes_per_event` is how much the peak of the
/// resident memory grew over the import. ASSAY_BENCH_EVENTS sets the events (default 1,000,000).

#include <arrow/array/array_primitive.h>
#include <arrow/csv/api.h>
#include <arrow/io/file.h>
#include <arrow/table.h>
#include <benchmark/benchmark.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/writer.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "import/load.h"

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

int64_t events_asked() {
  const char* asked = std::getenv("ASSAY_BENCH_EVENTS");
  return asked ? std::atoll(asked) : 1'000'000;
}

/// Events in order of time: 100,000 users, 50,000 items of skewed popularity, values 1 to 5.
struct Log {
  std::mt19937_64 random{7};
  int64_t at = 1'600'000'000;
  int64_t user = 0, item = 0, value = 0;
  void next() {
    const double share = static_cast<double>(random() >> 11) * 0x1p-53;
    user = static_cast<int64_t>(random() % 100'000);
    item = static_cast<int64_t>(50'000 * share * share * share);
    value = 1 + static_cast<int64_t>(random() % 5);
    at += static_cast<int64_t>(random() % 3);
  }
};

std::string folder() {
  return (fs::temp_directory_path() / ("assay_import_bench_" + std::to_string(::getpid())))
      .string();
}

void write_csv(const std::string& path, int64_t events) {
  std::ofstream out(path);
  out << "user,item,at,stars\n";
  Log log;
  for (int64_t i = 0; i < events; ++i) {
    log.next();
    out << log.user << ',' << log.item << ',' << log.at << ',' << log.value << '\n';
  }
}

template <typename Type>
std::shared_ptr<arrow::Array> array_of(const std::vector<Type>& values) {
  return std::make_shared<arrow::NumericArray<typename arrow::CTypeTraits<Type>::ArrowType>>(
      static_cast<int64_t>(values.size()), arrow::Buffer::FromVector(values));
}

// A row group of 2^20 rows at a time, so that the file is never held.
void write_parquet(const std::string& path, int64_t events) {
  const auto schema =
      arrow::schema({arrow::field("user", arrow::int64()), arrow::field("item", arrow::int64()),
                     arrow::field("at", arrow::int64()), arrow::field("stars", arrow::float64())});
  const auto out = *arrow::io::FileOutputStream::Open(path);
  auto writer = *parquet::arrow::FileWriter::Open(*schema, arrow::default_memory_pool(), out);
  Log log;
  for (int64_t done = 0; done < events;) {
    const int64_t rows = std::min<int64_t>(events - done, 1 << 20);
    std::vector<int64_t> user, item, at;
    std::vector<double> stars;
    for (int64_t i = 0; i < rows; ++i) {
      log.next();
      user.push_back(log.user);
      item.push_back(log.item);
      at.push_back(log.at);
      stars.push_back(static_cast<double>(log.value));
    }
    const auto table =
        arrow::Table::Make(schema, {array_of(user), array_of(item), array_of(at), array_of(stars)});
    if (!writer->WriteTable(*table, rows).ok()) std::abort();
    done += rows;
  }
  if (!writer->Close().ok() || !out->Close().ok()) std::abort();
}

void arrow_reads_csv(const std::string& path) {
  const auto input = *arrow::io::ReadableFile::Open(path);
  const auto reader = *arrow::csv::TableReader::Make(
      arrow::io::default_io_context(), input, arrow::csv::ReadOptions::Defaults(),
      arrow::csv::ParseOptions::Defaults(), arrow::csv::ConvertOptions::Defaults());
  benchmark::DoNotOptimize((*reader->Read())->num_rows());
}

void arrow_reads_parquet(const std::string& path) {
  const auto input = *arrow::io::ReadableFile::Open(path);
  const auto reader = *parquet::arrow::OpenFile(input, arrow::default_memory_pool());
  reader->set_use_threads(true);
  benchmark::DoNotOptimize((*reader->ReadTable())->num_rows());
}

int64_t status_kb(const std::string& key) {
  std::ifstream in("/proc/self/status");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(key)) return std::atoll(line.c_str() + key.size());
  }
  return 0;
}

// Makes the peak what is resident now.
void reset_peak() { std::ofstream("/proc/self/clear_refs") << "5"; }

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

void import_file(benchmark::State& state, const std::string& format) {
  const int64_t events = events_asked();
  fs::create_directories(folder());
  const std::string path = folder() + "/log." + format;
  format == "csv" ? write_csv(path, events) : write_parquet(path, events);
  fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::hours(1));
  assay::DatasetSpec dataset;
  dataset.name = "log";
  dataset.path = path;
  dataset.format = format;
  dataset.columns = {{"user", "user"}, {"item", "item"}, {"time", "at"}, {"value", "stars"}};
  const assay::DataPlaces places{{}, folder() + "/cache"};
  std::vector<double> ours, reference;
  double bytes_per_event = 0;
  for (auto _ : state) {
    fs::remove_all(places.cache_dir);
    reset_peak();
    const int64_t before = status_kb("VmRSS:");
    ours.push_back(milliseconds([&] { assay::import_dataset(dataset, places); }));
    const int64_t grown = (status_kb("VmHWM:") - before) * 1024;
    bytes_per_event = std::max(bytes_per_event, static_cast<double>(grown) / events);
    reference.push_back(
        milliseconds([&] { format == "csv" ? arrow_reads_csv(path) : arrow_reads_parquet(path); }));
    state.SetIterationTime(ours.back() / 1000);
  }
  state.counters["ours_ms"] = median(ours);
  state.counters["arrow_ms"] = median(reference);
  state.counters["ratio"] = median(reference) / median(ours);
  state.counters["bytes_per_event"] = bytes_per_event;
  fs::remove_all(folder());
}

BENCHMARK_CAPTURE(import_file, csv, "csv")
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond)
    ->Iterations(3);
BENCHMARK_CAPTURE(import_file, parquet, "parquet")
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond)
    ->Iterations(3);

}  // namespace
