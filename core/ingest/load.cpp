#include "ingest/load.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <optional>
#include <set>
#include <stop_token>

#include "dataset/cache.h"
#include "dataset/disk_space.h"
#include "dataset/feature_coverage.h"
#include "dataset/impressions.h"
#include "dataset/prepared.h"
#include "dataset/prepared_writer.h"
#include "error/error.h"
#include "ingest/atomic_files.h"
#include "ingest/catalogue.h"
#include "ingest/feature_reader.h"
#include "ingest/format_guess.h"
#include "ingest/impression_events.h"
#include "ingest/impression_formats.h"
#include "ingest/impressions.h"
#include "ingest/named_formats.h"
#include "ingest/notices.h"
#include "ingest/ranked_entries.h"
#include "ingest/source_files.h"
#include "ingest/table_events.h"
#include "ingest/user_items.h"
#include "ingest/watched_files.h"
#include "text/counted.h"

namespace assay::ingest {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int kReaderVersion = 3;  // raised when the same file is read as something else

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

json describe_files(const std::vector<SourceFile>& files, const std::string& cache_dir,
                    const std::stop_token& stop = {}) {
  json out = json::array();
  for (const SourceFile& file : files) {
    out.push_back({{"name", fs::path(file.path).filename().string()},
                   {"role", file.role},
                   {"part", file.part},
                   {"feature", file.feature},
                   {"inside", file.inside},
                   {"bytes", fs::file_size(file.path)},
                   {"sha256", dataset::remembered_sha256(file.path, cache_dir, stop)}});
  }
  return out;
}

/// What the bytes are and how they are read; names of files and folders are no part of it, but for
/// the folders of a partition, which are columns.
std::string import_key(const std::string& format, const json& settings, const json& files) {
  json key = {{"reader", kReaderVersion}, {"format", format}, {"settings", settings}};
  for (json file : files) {
    file.erase("name");
    file.erase("bytes");
    key["files"].push_back(std::move(file));
  }
  return dataset::cache_key(key);
}

std::string imported_folder(const std::string& cache_dir) { return cache_dir + "/imported"; }

std::string imported_path(const std::string& cache_dir, const std::string& key, int layout) {
  return fmt::format("{}/{}", imported_folder(cache_dir), dataset::cache_file(key, layout));
}

/// Everything that a data set is read from.
struct Source {
  std::vector<SourceFile> files;
  std::vector<NamedFeatures> features;
  NamedData named;  // of named formats
};

void add_feature_files(Source& source) {
  for (size_t i = 0; i < source.features.size(); ++i) {
    const task::FeatureFileSpec& spec = source.features[i].spec;
    const int feature = static_cast<int>(i);
    source.files.push_back({spec.path, spec.of, -1, feature, {}});
    if (is_vector_format(spec.format) && !spec.id.empty())
      source.files.push_back({spec.id, "ids", -1, feature, {}});
  }
}

Source find_source(const task::DatasetSpec& dataset) {
  Source source;
  if (is_named_format(dataset.format)) {
    source.named = named_data(dataset);
    for (const std::string& path : source.named.events)
      source.files.push_back({path, "events", -1, -1, {}});
    source.features = source.named.features;
  } else {
    source.files = source_files(dataset);
  }
  for (const task::FeatureFileSpec& spec : dataset.features)
    source.features.push_back({spec, table_format(spec)});
  add_feature_files(source);
  return source;
}

/// Reads the events; returns the column of values, and adds features that come with the format.
std::string read_events(const Source& source, const task::DatasetSpec& dataset,
                        EventBuilder& events, std::map<std::string, FeatureRows>& features) {
  const std::string& format = dataset.format;
  if (format == "recbole") {
    features = read_atomic_files(source.files, dataset, events);
    return column_roles(dataset).at("value");
  }
  if (format == "user_items" || format == "sequences") {
    read_user_items(source.files, format == "sequences", events);
    return "";
  }
  if (is_named_format(format))
    return read_event_tables(source.files, source.named.format, source.named.layouts, events);
  check_table_columns(dataset);
  return read_event_tables(
      source.files,
      {.name = format, .delimiter = dataset.delimiter.front(), .names = dataset.header},
      {{.columns = dataset.columns}}, events);
}

/// Columns whose texts a target compares, but for the one of event types, which is read anyway.
std::vector<std::string> compared_texts(const task::DatasetSpec& dataset) {
  const auto types = dataset.columns.find("event");
  std::set<std::string> out;
  for (const task::TargetSpec& target : dataset.targets) {
    const bool is_type = types == dataset.columns.end()
                             ? is_named_format(dataset.format) && target.column == "event"
                             : target.column == types->second;
    if (target.equals_text && !is_type) out.insert(target.column);
  }
  return {out.begin(), out.end()};
}

/// What was read of the files.
struct Imported {
  dataset::Dataset data;
  int64_t dropped = 0;  ///< rows without a time
  std::vector<dataset::FeatureCoverage> feature_files;
  json empty_rows;  // as of tell_empty_rows(); null where there is none
  std::vector<dataset::TextCodes> texts;
};

// RecBole's feature file of a role.
const std::string& own_file(const Source& source, const std::string& role) {
  const auto is_it = [&](const SourceFile& f) { return f.role == role && f.feature < 0; };
  return std::ranges::find_if(source.files, is_it)->path;
}

/// The column of the events' times, "" without one.
std::string time_column(const task::DatasetSpec& dataset) {
  const auto roles = column_roles(dataset);
  return roles.contains("time") ? roles.at("time") : "";
}

Imported read(const Source& source, const task::DatasetSpec& dataset, const DataPlaces& places,
              const std::stop_token& stop = {}) {
  EventBuilder events(stop, imported_folder(places.cache_dir));
  events.keep_texts(compared_texts(dataset));
  events.read_times_by(TimeReader(dataset.time, dataset.where));
  if (dataset.clean.missing_times) events.drop_missing_times();
  std::map<std::string, FeatureRows> own;
  const std::string value = read_events(source, dataset, events, own);
  FeatureReader features(events, own, time_column(dataset));
  for (auto& [role, rows] : own) features.add_own(role, own_file(source, role), std::move(rows));
  for (const NamedFeatures& feature : source.features) features.read(feature.spec, feature.format);
  Imported out{events.finish(value, source.files.front().path),
               events.dropped(),
               {},
               empty_rows_info(events),
               std::move(events).take_texts()};
  out.feature_files = std::move(features).finish(out.data);
  return out;
}

void check_format(const task::DatasetSpec& dataset) {
  if (std::ranges::count(all_formats(), dataset.format) > 0) return;
  throw error::UserError(dataset.where,
                         fmt::format("source.format {} is not known{}", dataset.format,
                                     error::did_you_mean(dataset.format, all_formats())));
}

json time_settings(const task::TimeFormat& time) {
  json out = json::object();
  if (!time.unit.empty()) out["unit"] = time.unit;
  if (!time.format.empty()) out["format"] = time.format;
  if (!time.zone.empty()) out["zone"] = time.zone;
  return out;
}

json settings_of(const Source& source, const task::DatasetSpec& dataset) {
  json settings = {{"columns", column_roles(dataset)}};
  if (dataset.format == "csv") settings["delimiter"] = dataset.delimiter;
  if (!dataset.header.empty()) settings["header"] = dataset.header;
  if (dataset.time != task::TimeFormat{}) settings["time"] = time_settings(dataset.time);
  if (dataset.clean.missing_times) settings["missing_times"] = "drop";
  if (const auto texts = compared_texts(dataset); !texts.empty()) settings["texts"] = texts;
  if (!dataset.features.empty()) settings["features_known_since"] = time_column(dataset);
  for (const NamedFeatures& feature : source.features)
    if (!feature.format.none.empty()) settings["none"] = feature.format.none;
  for (const task::FeatureFileSpec& spec : dataset.features) {
    settings["features"].push_back({{"of", spec.of},
                                    {"format", spec.format},
                                    {"id", is_vector_format(spec.format) ? "" : spec.id},
                                    {"columns", spec.columns},
                                    {"separator", spec.separator}});
  }
  return settings;
}

/// The files of a data set, hashed, and what was read of them meanwhile.
struct SourceState {
  json described;
  std::string key;
  std::optional<Imported> read;
};

/// Whether there is something to gain from reading files before their hash is known, and a change
/// meanwhile would be seen.
bool reads_ahead(const Source& source, const task::DatasetSpec& dataset, const DataPlaces& places) {
  const bool large = dataset.format == "csv" || dataset.format == "parquet";
  const auto is_new = [&](const SourceFile& file) {
    return !dataset::remembers_sha256(file.path, places.cache_dir);
  };
  const auto settled = [](const SourceFile& file) {
    return dataset::state_of(file.path).settled();
  };
  return large && std::ranges::any_of(source.files, is_new) &&
         std::ranges::all_of(source.files, settled);
}

/// What importing a data set takes of a disk is about what its files take: numbers and ids are
/// shorter than as text, and columns longer than compressed.
int64_t bytes_of(const Source& source) {
  int64_t bytes = 0;
  for (const SourceFile& file : source.files)
    if (std::error_code gone; fs::exists(file.path, gone))  // else reading it will say so
      bytes += static_cast<int64_t>(fs::file_size(file.path, gone));
  return bytes;
}

/// Hashes the files; new ones are read at the same time, until their hash turns out to be known.
SourceState inspect_source(const Source& source, const task::DatasetSpec& dataset,
                           const DataPlaces& places) {
  SourceState out;
  std::stop_source stop_reading, stop_hashing;
  const auto hash = [&] {
    out.described = describe_files(source.files, places.cache_dir, stop_hashing.get_token());
    out.key = import_key(dataset.format, settings_of(source, dataset), out.described);
    if (fs::exists(imported_path(places.cache_dir, out.key, dataset::kImportedLayout)))
      stop_reading.request_stop();
  };
  const int64_t free = dataset::free_bytes(places.cache_dir);
  const bool room = free < 0 || free >= bytes_of(source);
  if (!room || !reads_ahead(source, dataset, places)) {
    hash();
    return out;
  }
  std::future<void> hashed = std::async(std::launch::async, hash);
  try {
    out.read = read(source, dataset, places, stop_reading.get_token());
  } catch (const Stopped&) {
    // It is in the cache.
  } catch (...) {
    stop_hashing.request_stop();
    throw;
  }
  hashed.get();
  return out;
}

std::vector<std::string> paths_of(const std::vector<SourceFile>& files) {
  std::vector<std::string> paths;
  for (const SourceFile& file : files) paths.push_back(file.path);
  return paths;
}

std::vector<std::string> hashes_of(const json& described) {
  std::vector<std::string> hashes;
  for (const json& file : described) hashes.push_back(file.at("sha256").get<std::string>());
  return hashes;
}

/// What a person should know of the files of ranked lists.
void tell_list_notes(const task::DatasetSpec& dataset,
                     const std::map<std::string, dataset::ImportedRef>& lists,
                     const dataset::Notice& notice) {
  for (const auto& [name, ref] : lists) {
    for (const std::string& note : list_notes(ref.info, dataset.lists.at(name).path))
      notice(fmt::format("{}: lists.{}: {}", dataset.name, name, note));
  }
}

}  // namespace

std::string default_cache_dir() {
  if (const std::string named = environment("ASSAY_CACHE"); !named.empty()) return named;
  if (const std::string cache = environment("XDG_CACHE_HOME"); !cache.empty())
    return cache + "/assay";
  if (const std::string home = environment("HOME"); !home.empty()) return home + "/.cache/assay";
  return ".cache/assay";
}

DataPlaces DataPlaces::from_environment(std::string cache_dir) {
  DataPlaces places;
  std::string rest = environment("ASSAY_DATA");
  while (!rest.empty()) {
    const size_t end = rest.find(':');
    if (const std::string folder = rest.substr(0, end); !folder.empty())
      places.folders.push_back(folder);
    rest = end == std::string::npos ? "" : rest.substr(end + 1);
  }
  places.folders.push_back("data");
  places.folders.push_back(cache_dir + "/data");
  places.cache_dir = std::move(cache_dir);
  return places;
}

namespace {

/// The positives of logged rows that no log stands beside.
dataset::ImportedRef import_positives(const task::DatasetSpec& dataset, const DataPlaces& places,
                                      const dataset::Notice& notice) {
  const task::ImpressionsSpec spec = with_named_format(*dataset.impressions);
  require_items(spec);
  const dataset::ImportedRef table = import_impression_table(spec, places.cache_dir, notice);
  dataset::ImportedRef out;
  out.key = dataset::cache_key({{"positives", kReaderVersion}, {"table", table.key}});
  out.path = imported_path(places.cache_dir, out.key, dataset::kImportedLayout);
  const auto make = [&](const std::string& path) {
    write_imported(positives_of(dataset::Impressions::open(table.path), spec),
                   {{"format", "impressions"},
                    {"files", table.info.at("files")},
                    {"feature_files", json::array()}},
                   path);
  };
  dataset::find_or_make(out.path, "the imported data of " + dataset.name, make, notice);
  out.info = dataset::ImportedData::open(out.path).info();
  return out;
}

}  // namespace

dataset::ImportedRef import_dataset(const task::DatasetSpec& asked, const DataPlaces& places,
                                    const dataset::Notice& notice) {
  if (asked.impressions && asked.path.empty()) return import_positives(asked, places, notice);
  const task::DatasetSpec dataset = locate(asked, places);
  check_format(dataset);
  const Source source = find_source(dataset);
  const WatchedFiles watch(paths_of(source.files));
  SourceState state = watch.over([&] { return inspect_source(source, dataset, places); });
  dataset::ImportedRef out;
  out.key = state.key;
  out.path = imported_path(places.cache_dir, out.key, dataset::kImportedLayout);
  const auto make = [&](const std::string& path) {
    dataset::check_disk(
        places.cache_dir,
        {{fmt::format("the imported data of {}, by its files,", dataset.name), bytes_of(source)}});
    Imported in = state.read ? std::move(*state.read)
                             : watch.over([&] { return read(source, dataset, places); });
    watch.check(hashes_of(state.described), places.cache_dir);
    json info = {{"format", dataset.format},
                 {"files", state.described},
                 {"feature_files", to_json(in.feature_files)}};
    if (dataset.clean.missing_times) info["missing_times"] = in.dropped;
    if (!in.empty_rows.is_null()) info["rows_without_event"] = in.empty_rows;
    write_imported(std::move(in.data), std::move(info), path, std::move(in.texts));
  };
  dataset::find_or_make(out.path, "the imported data of " + dataset.name, make, notice);
  out.info = dataset::ImportedData::open(out.path).info();
  return out;
}

dataset::ImportedRef import_lists(const task::ListSpec& lists, const std::string& cache_dir,
                                  const dataset::Notice& notice) {
  const std::string& path = lists.path;
  if (!fs::is_regular_file(path))
    throw error::UserError(path, "was not found; expected a file of ranked lists");
  const WatchedFiles watch({path});
  const json files = describe_files({{path, "lists", -1, -1, {}}}, cache_dir);
  dataset::ImportedRef out;
  const std::string format = list_format(path);
  json settings = json::object();
  if (lists.ties) settings["ties"] = task::name_of(*lists.ties);
  if (!lists.columns.empty()) settings["columns"] = lists.columns;
  out.key = import_key(format == "trec_run" ? format : "lists_" + format, settings, files);
  out.path = imported_path(cache_dir, out.key, kListsLayout);
  const auto make = [&](const std::string& to) {
    const json info = {{"format", format}, {"files", files}};
    watch.over([&] { import_ranked_lists(lists, info, to); });
  };
  dataset::find_or_make(out.path, "the imported lists of " + path, make, notice);
  out.info = dataset::ImportedData::open(out.path).info();
  return out;
}

std::vector<std::string> cache_files_of(const dataset::PreparedRef& data,
                                        const std::string& cache_dir) {
  std::vector<std::string> out = {
      imported_path(cache_dir, data.data_hash, dataset::kImportedLayout), data.path};
  for (const auto& [name, lists] : data.lists) {
    const auto hash = lists.info.at("hash").get<std::string>();
    out.push_back(imported_path(cache_dir, hash, kListsLayout));
    out.push_back(lists.path);
  }
  const std::string logged = dataset::PreparedData::open(data.path).logged_rows_path();
  if (!logged.empty()) out.push_back(logged);
  return out;
}

dataset::CacheLayouts cache_layouts() {
  return {.imported = {dataset::kImportedLayout, kListsLayout, dataset::kImpressionsLayout},
          .prepared = {dataset::kPreparedLayout, dataset::kImpressionsLayout},
          .lists = {dataset::kCutListsLayout}};
}

dataset::ImportedRef import_impression_table(const task::ImpressionsSpec& asked,
                                             const std::string& cache_dir,
                                             const dataset::Notice& notice) {
  const task::ImpressionsSpec spec = with_named_format(asked);
  const std::vector<SourceFile> files = impression_files(spec);
  const WatchedFiles watch(paths_of(files));
  const json described = describe_files(files, cache_dir);
  dataset::ImportedRef out;
  out.key = import_key("impressions_" + spec.format, impression_identity(spec), described);
  out.path = imported_path(cache_dir, out.key, dataset::kImpressionsLayout);
  const auto make = [&](const std::string& to) {
    const json info = {{"format", spec.format}, {"files", described}};
    watch.over([&] { import_impressions(spec, files, info, to); });
    watch.check(hashes_of(described), cache_dir);
  };
  dataset::find_or_make(out.path, "the imported rows of " + spec.path, make, notice);
  out.info = dataset::Impressions::open(out.path).info();
  return out;
}

namespace {

std::optional<dataset::ImportedRef> import_logged_rows(const task::DatasetSpec& dataset,
                                                       const task::TrafficSpec& traffic,
                                                       const std::string& cache_dir,
                                                       const dataset::Notice& notice) {
  if (!dataset::uses_logged_rows(dataset, traffic)) return std::nullopt;
  if (!dataset.impressions)
    throw error::UserError(dataset.where,
                           "traffic.requests is logged, and the data set has no logged rows: name "
                           "them in source.impressions");
  require_items(with_named_format(*dataset.impressions));
  return error::with_context(fmt::format("while reading the logged rows of {}", dataset.name), [&] {
    return import_impression_table(*dataset.impressions, cache_dir, notice);
  });
}

/// What of logged rows is not as one would think.
void tell_logged_rows(const task::DatasetSpec& dataset, const dataset::ImportedRef& rows,
                      const dataset::PreparedRef& prepared, const dataset::Notice& notice) {
  if (!notice) return;
  for (const std::string& note : impression_notes(rows.info))
    notice(fmt::format("{}: impressions: {}", dataset.name, note));
  const json info =
      dataset::Impressions::open(dataset::PreparedData::open(prepared.path).logged_rows_path())
          .info();
  const int64_t users = info.at("new_users"), items = info.at("new_items");
  if (users + items > 0)
    notice(
        fmt::format("{}: impressions: {} and {} are in no event of the log; they come behind "
                    "its own",
                    dataset.name, text::counted(users, "user"), text::counted(items, "item")));
}

}  // namespace

dataset::PreparedRef load_dataset(const task::DatasetSpec& dataset,
                                  const task::TrafficSpec& traffic, const task::FitOn& fit_on,
                                  uint64_t seed, const DataPlaces& places,
                                  const dataset::Notice& notice) {
  const dataset::ImportedRef data = import_dataset(dataset, places, notice);
  std::map<std::string, dataset::ImportedRef> lists;
  for (const auto& [name, spec] : dataset.lists) {
    lists.emplace(name,
                  error::with_context(
                      fmt::format("while reading lists.{} of {}", name, dataset.name),
                      [&, &spec = spec] { return import_lists(spec, places.cache_dir, notice); }));
  }
  const std::optional<dataset::ImportedRef> rows =
      import_logged_rows(dataset, traffic, places.cache_dir, notice);
  dataset::PreparedRef out = prepare(data, lists, dataset, traffic, fit_on, seed, places.cache_dir,
                                     notice, rows ? &*rows : nullptr);
  if (rows) tell_logged_rows(dataset, *rows, out, notice);
  tell_times(dataset, data, notice);
  tell_empty_rows(dataset.name, data.info, notice);
  tell_missing(dataset, data.info, out.info, notice);
  if (notice) tell_list_notes(dataset, lists, notice);
  const std::string& path =
      dataset.path.empty() && dataset.impressions ? dataset.impressions->path : dataset.path;
  out.info["source"] = dataset.source.empty() ? path : dataset.source;
  if (!dataset.source.empty()) {
    const CatalogueEntry& entry = catalogue_entry(dataset.source, dataset.where);
    out.info["licence"] = entry.licence;
    out.info["citation"] = entry.citation;
  }
  return out;
}

}  // namespace assay::ingest
