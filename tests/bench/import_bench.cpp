/// Importing events from CSV and Parquet (file hashed, ids encoded, events in time order, cache
/// written) against Arrow reading the same columns of the same file as the same types into memory,
/// texts of ids dictionary-encoded; all in one run.
///
///  - `ratio` is Arrow's median time / ours, so 1 is Arrow's own rate. Arrow is taken with its
///    threads or on one, whichever is faster.
///  - `plain_ratio` is the same against Arrow without dictionaries: it leaves ids as they stand.
///  - `same_work_ratio` is the same against Arrow that also does the rest as far as it can: encodes
///    ids of any type, with one dictionary a column, and writes the table (IPC, not compressed).
///  - `hash_ms` and `write_ms` are two parts of ours taken alone: the SHA-256 of the file, and
///  writing
///    as many bytes as the cache holds to a new file, from a buffer that stays in a core's cache.
///  - `bytes_per_event` is how much the peak of the resident memory grew over the import.
///
/// `written` cases import the same events once more in another written form, beside the plain CSV and
/// in turn with it: `slower` is the median time of the form / that of the plain CSV.
///
/// ASSAY_BENCH_EVENTS sets the events (default 5,000,000).

#include <arrow/array/array_dict.h>
#include <arrow/array/array_primitive.h>
#include <arrow/array/builder_binary.h>
#include <arrow/compute/api_vector.h>
#include <arrow/csv/api.h>
#include <arrow/datum.h>
#include <arrow/io/file.h>
#include <arrow/ipc/writer.h>
#include <arrow/table.h>
#include <benchmark/benchmark.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/writer.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "dataset/cache.h"
#include "ingest/load.h"

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

int64_t events_asked() {
  const char* asked = std::getenv("ASSAY_BENCH_EVENTS");
  return asked ? std::atoll(asked) : 5'000'000;
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

/// What is read, and how its ids look.
struct Case {
  std::string format;
  std::string user_prefix, item_prefix;  ///< "": ids are integers
  bool in_order = true;                  ///< of time
  bool texts() const { return !user_prefix.empty(); }
  int64_t time(const Log& log) const { return in_order ? log.at : log.at * 7919 % 100'000'007; }
};

constexpr const char* kNames = "user,item,at,stars\n";

void write_csv(const std::string& path, int64_t events, const Case& what) {
  std::ofstream out(path);
  out << kNames;
  Log log;
  for (int64_t i = 0; i < events; ++i) {
    log.next();
    out << what.user_prefix << log.user << ',' << what.item_prefix << log.item << ','
        << what.time(log) << ',' << log.value << '\n';
  }
}

/// Another way to write the same events as a CSV.
struct Form {
  bool has_header = true;
  const char* behind_seconds = "";  ///< "000": milliseconds
  const char* date = "";            ///< instead of seconds, by strftime
  assay::task::TimeFormat time = {};
};

void write_form(const std::string& path, int64_t events, const Form& form) {
  std::ofstream out(path);
  if (form.has_header) out << kNames;
  Log log;
  for (int64_t i = 0; i < events; ++i) {
    log.next();
    out << log.user << ',' << log.item << ',';
    if (*form.date != '\0') {
      std::array<char, 64> text;
      const std::time_t at = log.at;
      std::tm parts{};
      gmtime_r(&at, &parts);
      out.write(text.data(), static_cast<std::streamsize>(
                                 std::strftime(text.data(), text.size(), form.date, &parts)));
    } else {
      out << log.at << form.behind_seconds;
    }
    out << ',' << log.value << '\n';
  }
}

/// Files that changed within the last second may change again unseen, and are not read ahead.
void let_settle() { std::this_thread::sleep_for(std::chrono::milliseconds(1100)); }

assay::task::DatasetSpec dataset_at(const std::string& path, const std::string& format) {
  assay::task::DatasetSpec dataset;
  dataset.name = "log";
  dataset.path = path;
  dataset.format = format;
  dataset.columns = {{"user", "user"}, {"item", "item"}, {"time", "at"}, {"value", "stars"}};
  return dataset;
}

template <typename Type>
std::shared_ptr<arrow::Array> array_of(const std::vector<Type>& values) {
  return std::make_shared<arrow::NumericArray<typename arrow::CTypeTraits<Type>::ArrowType>>(
      static_cast<int64_t>(values.size()), arrow::Buffer::FromVector(values));
}

std::shared_ptr<arrow::Array> ids_of(const std::vector<int64_t>& ids, const std::string& prefix) {
  if (prefix.empty()) return array_of(ids);
  arrow::StringBuilder out;
  for (const int64_t id : ids) (void)out.Append(prefix + std::to_string(id));
  return *out.Finish();
}

// A row group of 2^20 rows at a time, so that the file is never held.
void write_parquet(const std::string& path, int64_t events, const Case& what) {
  const auto id = what.texts() ? arrow::utf8() : arrow::int64();
  const auto schema =
      arrow::schema({arrow::field("user", id), arrow::field("item", id),
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
      at.push_back(what.time(log));
      stars.push_back(static_cast<double>(log.value));
    }
    const auto table =
        arrow::Table::Make(schema, {ids_of(user, what.user_prefix), ids_of(item, what.item_prefix),
                                    array_of(at), array_of(stars)});
    if (!writer->WriteTable(*table, rows).ok()) std::abort();
    done += rows;
  }
  if (!writer->Close().ok() || !out->Close().ok()) std::abort();
}

using TablePtr = std::shared_ptr<arrow::Table>;

TablePtr arrow_reads_csv(const std::string& path, bool threads, bool dictionaries) {
  const auto input = *arrow::io::ReadableFile::Open(path);
  auto read = arrow::csv::ReadOptions::Defaults();
  read.use_threads = threads;
  auto convert = arrow::csv::ConvertOptions::Defaults();
  if (dictionaries) {
    const auto id = arrow::dictionary(arrow::int32(), arrow::utf8());
    convert.column_types = {
        {"user", id}, {"item", id}, {"at", arrow::int64()}, {"stars", arrow::float64()}};
  }
  const auto reader = *arrow::csv::TableReader::Make(arrow::io::default_io_context(), input, read,
                                                     arrow::csv::ParseOptions::Defaults(), convert);
  return *reader->Read();
}

TablePtr arrow_reads_parquet(const std::string& path, bool threads, bool dictionaries) {
  parquet::ArrowReaderProperties properties;
  properties.set_use_threads(threads);
  for (int column : {0, 1}) properties.set_read_dictionary(column, dictionaries);
  parquet::arrow::FileReaderBuilder builder;
  if (!builder.Open(*arrow::io::ReadableFile::Open(path)).ok()) std::abort();
  builder.properties(properties);
  std::unique_ptr<parquet::arrow::FileReader> reader;
  if (!builder.Build(&reader).ok()) std::abort();
  return *reader->ReadTable();
}

void arrow_encodes_and_writes(TablePtr table, const std::string& path) {
  for (const int column : {0, 1}) {
    const auto ids = table->column(column);
    if (ids->type()->id() == arrow::Type::DICTIONARY) continue;
    const auto encoded = arrow::compute::DictionaryEncode(arrow::Datum(ids))->chunked_array();
    const auto field = arrow::field(table->field(column)->name(), encoded->type());
    table = *table->SetColumn(column, field, encoded);
  }
  table = *arrow::DictionaryUnifier::UnifyTable(*table);
  const auto out = *arrow::io::FileOutputStream::Open(path);
  const auto writer = *arrow::ipc::MakeFileWriter(out, table->schema());
  if (!writer->WriteTable(*table).ok() || !writer->Close().ok() || !out->Close().ok()) std::abort();
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

// As many bytes to a new file, out of a small buffer: what memory for the file itself costs.
void write_bytes(size_t bytes, const std::string& path) {
  const std::vector<char> piece(1 << 17, 1);
  std::ofstream out(path, std::ios::binary);
  for (size_t done = 0; done < bytes; done += piece.size())
    out.write(piece.data(), std::ssize(piece));
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

/// Times of one case, a pair (or more) a round.
struct Times {
  std::vector<double> ours, hash, write;
  std::array<std::vector<double>, 2> encoded, plain, same;  // Arrow with threads, and on one
};

double fastest(const std::array<std::vector<double>, 2>& times) {
  return std::min(median(times[0]), median(times[1]));
}

void time_arrow(const Case& what, const std::string& path, Times& times) {
  const auto read = what.format == "csv" ? arrow_reads_csv : arrow_reads_parquet;
  const bool encodes = what.format == "csv" || what.texts();  // a CSV's ids are texts
  for (const bool threads : {true, false}) {
    const auto time_reading = [&](bool dictionaries) {
      return milliseconds([&] { benchmark::DoNotOptimize(read(path, threads, dictionaries)); });
    };
    times.plain[threads].push_back(time_reading(false));
    times.encoded[threads].push_back(encodes ? time_reading(true) : times.plain[threads].back());
    const std::string written = folder() + "/arrow.ipc";
    times.same[threads].push_back(
        milliseconds([&] { arrow_encodes_and_writes(read(path, threads, encodes), written); }));
    fs::remove(written);
  }
}

void import_file(benchmark::State& state, const Case& what) {
  const int64_t events = events_asked();
  fs::create_directories(folder());
  const std::string path = folder() + "/log." + what.format;
  what.format == "csv" ? write_csv(path, events, what) : write_parquet(path, events, what);
  let_settle();
  const assay::task::DatasetSpec dataset = dataset_at(path, what.format);
  const assay::ingest::DataPlaces places{{}, folder() + "/cache"};
  Times times;
  double bytes_per_event = 0;
  for (auto _ : state) {
    fs::remove_all(places.cache_dir);
    reset_peak();
    const int64_t before = status_kb("VmRSS:");
    assay::dataset::ImportedRef made;
    times.ours.push_back(
        milliseconds([&] { made = assay::ingest::import_dataset(dataset, places); }));
    const size_t cached_bytes = fs::file_size(made.path);
    const int64_t grown = (status_kb("VmHWM:") - before) * 1024;
    bytes_per_event = std::max(bytes_per_event, static_cast<double>(grown) / events);
    time_arrow(what, path, times);
    times.hash.push_back(milliseconds([&] { assay::dataset::fresh_sha256(path); }));
    const std::string copy = folder() + "/copy";
    times.write.push_back(milliseconds([&] { write_bytes(cached_bytes, copy); }));
    fs::remove(copy);
    state.SetIterationTime(times.ours.back() / 1000);
  }
  state.counters["ours_ms"] = median(times.ours);
  state.counters["arrow_ms"] = fastest(times.encoded);
  state.counters["ratio"] = fastest(times.encoded) / median(times.ours);
  state.counters["plain_ratio"] = fastest(times.plain) / median(times.ours);
  state.counters["same_work_ratio"] = fastest(times.same) / median(times.ours);
  state.counters["hash_ms"] = median(times.hash);
  state.counters["write_ms"] = median(times.write);
  state.counters["bytes_per_event"] = bytes_per_event;
  fs::remove_all(folder());
}

void import_form(benchmark::State& state, const Form& form) {
  const int64_t events = events_asked();
  fs::create_directories(folder());
  const auto plain = dataset_at(folder() + "/plain.csv", "csv");
  auto written = dataset_at(folder() + "/written.csv", "csv");
  written.time = form.time;
  if (!form.has_header) written.header = {"user", "item", "at", "stars"};
  write_csv(plain.path, events, {"csv", "", ""});
  write_form(written.path, events, form);
  let_settle();
  const assay::ingest::DataPlaces places{{}, folder() + "/cache"};
  const auto time_import = [&](const assay::task::DatasetSpec& dataset) {
    fs::remove_all(places.cache_dir);
    return milliseconds([&] { assay::ingest::import_dataset(dataset, places); });
  };
  std::vector<double> of_plain, of_written;
  for (auto _ : state) {
    of_plain.push_back(time_import(plain));
    of_written.push_back(time_import(written));
    state.SetIterationTime(of_written.back() / 1000);
  }
  state.counters["plain_ms"] = median(of_plain);
  state.counters["written_ms"] = median(of_written);
  state.counters["slower"] = median(of_written) / median(of_plain);
  fs::remove_all(folder());
}

#define ASSAY_IMPORT_CASE(name, ...)                     \
  BENCHMARK_CAPTURE(import_file, name, Case __VA_ARGS__) \
      ->UseManualTime()                                  \
      ->Unit(benchmark::kMillisecond)                    \
      ->Iterations(5)

ASSAY_IMPORT_CASE(csv, {"csv", "", ""});
ASSAY_IMPORT_CASE(csv_texts, {"csv", "user_", "item_"});
ASSAY_IMPORT_CASE(parquet, {"parquet", "", ""});
ASSAY_IMPORT_CASE(parquet_texts, {"parquet", "user_", "item_"});
ASSAY_IMPORT_CASE(parquet_unsorted, {"parquet", "", "", false});

#define ASSAY_WRITTEN_CASE(name, ...)                    \
  BENCHMARK_CAPTURE(import_form, name, Form __VA_ARGS__) \
      ->UseManualTime()                                  \
      ->Unit(benchmark::kMillisecond)                    \
      ->Iterations(9)

ASSAY_WRITTEN_CASE(plain, {});
ASSAY_WRITTEN_CASE(header_less, {.has_header = false});
ASSAY_WRITTEN_CASE(milliseconds, {.behind_seconds = "000", .time = {.unit = "ms"}});
ASSAY_WRITTEN_CASE(iso, {.date = "%Y-%m-%d %H:%M:%S"});
ASSAY_WRITTEN_CASE(by_format,
                   {.date = "%d/%m/%Y %H:%M:%S", .time = {.format = "%d/%m/%Y %H:%M:%S"}});
ASSAY_WRITTEN_CASE(by_zone, {.date = "%Y-%m-%d %H:%M:%S", .time = {.zone = "Asia/Shanghai"}});

}  // namespace
