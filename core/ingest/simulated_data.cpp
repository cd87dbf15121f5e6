#include "ingest/simulated_data.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "dataset/cache.h"
#include "dataset/cache_use.h"
#include "dataset/disk_space.h"
#include "error/error.h"
#include "ingest/parquet_writer.h"
#include "simulator/logging.h"
#include "simulator/world.h"
#include "text/thousands.h"

namespace assay::ingest {
namespace {

namespace fs = std::filesystem;
using Type = ParquetField::Type;

/// Raised when the same spec gives another world or other files.
constexpr int kWorldVersion = 1;
constexpr size_t kRowsAtOnce = size_t{1} << 16;
constexpr char kRows[] = "-rows.parquet", kWorld[] = "-world.json";

/// "<cache>/simulated/<key>".
std::string stem_of(const task::SimulatorSpec& spec, const std::string& cache_dir) {
  const nlohmann::json key = {{"simulator", kWorldVersion}, {"spec", spec}};
  return fmt::format("{}/simulated/{}", cache_dir, dataset::cache_key(key));
}

/// The file at `path`, made by `make` at another one first: what is there is whole.
template <typename Make>
void make_once(const std::string& path, const Make& make) {
  dataset::hold_in_cache(path);
  if (!fs::exists(path)) {
    fs::create_directories(fs::path(path).parent_path());
    const std::string unfinished = fmt::format("{}.tmp.{}.0", path, ::getpid());
    make(unfinished);
    fs::rename(unfinished, path);
  }
  dataset::note_use(path);
}

template <typename Values, typename Column>
Values copied(const Column& column) {
  return Values(column.begin(), column.end());
}

/// Texts of the sets of eligible items of a day.
std::vector<std::string> shelf_texts(const simulator::World& world, int64_t day) {
  std::vector<std::string> texts;
  for (int32_t shelf = 0; shelf < world.spec().shelves; ++shelf)
    texts.push_back(fmt::format("{}", fmt::join(world.shelf(day, shelf), "|")));
  return texts;
}

std::vector<ParquetValues> batch_of(const simulator::LogRows& rows,
                                    const std::vector<std::string>& shelves) {
  ParquetTexts allowed;
  allowed.reserve(rows.size());
  for (const int32_t shelf : rows.shelf) allowed.emplace_back(shelves[static_cast<size_t>(shelf)]);
  return {copied<ParquetIntegers>(rows.request),
          copied<ParquetIntegers>(rows.user),
          copied<ParquetIntegers>(rows.item),
          copied<ParquetIntegers>(rows.time_us),
          copied<ParquetIntegers>(rows.position),
          copied<ParquetReals>(rows.propensity),
          std::move(allowed),
          copied<ParquetIntegers>(rows.click)};
}

void write_rows(const simulator::World& world, const std::string& path) {
  ParquetWriter out(path, {{"request", Type::integer},
                           {"user", Type::integer},
                           {"item", Type::integer},
                           {"time", Type::integer},
                           {"position", Type::integer},
                           {"propensity", Type::real},
                           {"allowed", Type::text},
                           {"click", Type::integer}});
  for (int64_t day = 0; day < world.days(); ++day) {
    const std::vector<std::string> shelves = shelf_texts(world, day);
    simulator::log_day(world, day, kRowsAtOnce,
                       [&](const simulator::LogRows& rows) { out.write(batch_of(rows, shelves)); });
  }
  out.close();
}

/// Features of the ids from `begin` to `end`, as columns.
template <typename Features>
std::vector<ParquetValues> features_of(int64_t begin, int64_t end, size_t count,
                                       const Features& features) {
  ParquetIntegers ids;
  std::vector<ParquetReals> numbers(count);
  ParquetTexts kinds;
  for (int64_t id = begin; id < end; ++id) {
    const simulator::World::Features of = features(static_cast<int32_t>(id));
    ids.emplace_back(id);
    for (size_t f = 0; f < count; ++f) numbers[f].emplace_back(of.number[f]);
    kinds.emplace_back(fmt::format("kind {}", of.kind));
  }
  std::vector<ParquetValues> batch{std::move(ids), std::move(kinds)};
  for (ParquetReals& column : numbers) batch.emplace_back(std::move(column));
  return batch;
}

void write_features(const simulator::World& world, const std::string& of, const std::string& path) {
  std::vector<ParquetField> columns{{of, Type::integer}, {"kind", Type::text}};
  for (const auto& [name, type] : task::simulated_features(world.spec(), of).columns)
    if (type == "number") columns.push_back({name, Type::real});
  ParquetWriter out(path, columns);
  const bool users = of == "user";
  const int64_t all = users ? world.spec().users : world.spec().items;
  const auto count = static_cast<size_t>(world.spec().features);
  const auto features = [&](int32_t id) {
    return users ? world.user_features(id) : world.item_features(id);
  };
  constexpr auto kAtOnce = static_cast<int64_t>(kRowsAtOnce);
  for (int64_t begin = 0; begin < all; begin += kAtOnce)
    out.write(features_of(begin, std::min(all, begin + kAtOnce), count, features));
  out.close();
}

/// A row takes some 20 bytes as Parquet, and the id of a user or an item with its features 40.
void check_room(const task::SimulatorSpec& spec, const std::string& cache_dir) {
  dataset::check_disk(cache_dir, {{"the log of the simulator", 20 * spec.events},
                                  {"its features", 40 * (spec.users + spec.items)}});
}

}  // namespace

task::DatasetSpec with_simulated_files(const task::DatasetSpec& dataset,
                                       const std::string& cache_dir,
                                       const dataset::Notice& notice) {
  const task::SimulatorSpec& spec = *dataset.simulator;
  const std::string stem = stem_of(spec, cache_dir);
  task::DatasetSpec out = dataset;
  out.simulator = nullptr;
  out.impressions->path = stem + kRows;
  const bool is_new = !fs::exists(out.impressions->path);
  if (is_new) {
    check_room(spec, cache_dir);
    if (notice)
      notice(fmt::format("{}: simulating {} rows of {} days", dataset.name,
                         text::thousands(spec.events), spec.days));
  }
  const simulator::World world(spec);
  make_once(stem + kWorld, [&](const std::string& path) {
    std::ofstream(path) << nlohmann::json(spec).dump(2) << '\n';
  });
  make_once(out.impressions->path, [&](const std::string& path) { write_rows(world, path); });
  for (const char* of : {"user", "item"}) {
    if (spec.features == 0) break;
    task::FeatureFileSpec file = task::simulated_features(spec, of);
    file.path = fmt::format("{}-{}.parquet", stem, of);
    file.where = dataset.where;
    make_once(file.path, [&](const std::string& path) { write_features(world, of, path); });
    out.features.push_back(std::move(file));
  }
  return out;
}

nlohmann::json world_beside(const std::string& rows_path) {
  const std::string path = rows_path.substr(0, rows_path.rfind(kRows)) + kWorld;
  std::ifstream in(path);
  const nlohmann::json world = in ? nlohmann::json::parse(in, nullptr, false) : nlohmann::json();
  if (!world.is_object())
    throw error::UserError(path,
                           "is no world; expected what the simulator wrote beside its rows: "
                           "remove both from the cache, and they are made again");
  return world;
}

}  // namespace assay::ingest
