#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <future>
#include <optional>
#include <set>
#include <stop_token>

#include "dataset/cache.h"
#include "dataset/disk_space.h"
#include "dataset/feature_coverage.h"
#include "error/error.h"
#include "ingest/atomic_files.h"
#include "ingest/catalogue.h"
#include "ingest/feature_reader.h"
#include "ingest/format_guess.h"
#include "ingest/import_names.h"
#include "ingest/named_formats.h"
#include "ingest/notices.h"
#include "ingest/positives_import.h"
#include "ingest/private_load.h"
#include "ingest/table_events.h"
#include "ingest/user_items.h"
#include "ingest/watched_files.h"

namespace assay::ingest {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// Everything that a data set is read from.
struct Source {
  std::vector<SourceFile> files;
  std::vector<NamedFeatures> features;
  NamedData named;  // of named formats
};

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
  add_features_of(dataset, source.features);
  for (SourceFile& file : files_of(source.features)) source.files.push_back(std::move(file));
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

/// Names ids by pseudonyms, those of examples too.
void rename_ids(const dataset::Pseudonyms& pseudonyms, Imported& in) {
  in.data.users.ids = pseudonyms.names("user", in.data.users.ids);
  in.data.items.ids = pseudonyms.names("item", in.data.items.ids);
  for (dataset::FeatureCoverage& file : in.feature_files)
    for (auto* const first : {&file.first_without, &file.first_unknown})
      for (std::string& id : *first) id = pseudonyms.name(file.of, id);
}

Imported read(const Source& source, const task::DatasetSpec& dataset, const DataPlaces& places,
              const dataset::Pseudonyms* pseudonyms, const std::stop_token& stop = {}) {
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
  if (pseudonyms != nullptr) rename_ids(*pseudonyms, out);
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

json settings_of(const Source& source, const task::DatasetSpec& dataset,
                 const dataset::Pseudonyms* pseudonyms) {
  json settings = {{"columns", column_roles(dataset)}};
  if (dataset.format == "csv") settings["delimiter"] = dataset.delimiter;
  if (!dataset.header.empty()) settings["header"] = dataset.header;
  if (dataset.time != task::TimeFormat{}) settings["time"] = time_settings(dataset.time);
  if (dataset.clean.missing_times) settings["missing_times"] = "drop";
  if (const auto texts = compared_texts(dataset); !texts.empty()) settings["texts"] = texts;
  if (!dataset.features.empty()) settings["features_known_since"] = time_column(dataset);
  for (const NamedFeatures& feature : source.features)
    if (!feature.format.none.empty()) settings["none"] = feature.format.none;
  for (const task::FeatureFileSpec& spec : dataset.features)
    settings["features"].push_back(feature_settings(spec));
  if (pseudonyms != nullptr) settings["pseudonyms"] = pseudonyms->key_id();
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
                           const DataPlaces& places, const dataset::Pseudonyms* pseudonyms) {
  SourceState out;
  std::stop_source stop_reading, stop_hashing;
  const auto hash = [&] {
    out.described = describe_files(source.files, places.cache_dir, stop_hashing.get_token());
    out.key = import_key(dataset.format, settings_of(source, dataset, pseudonyms), out.described);
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
    out.read = read(source, dataset, places, pseudonyms, stop_reading.get_token());
  } catch (const Stopped&) {
    // It is in the cache.
  } catch (...) {
    stop_hashing.request_stop();
    throw;
  }
  hashed.get();
  return out;
}

}  // namespace

dataset::ImportedRef import_dataset(const task::DatasetSpec& dataset, const DataPlaces& places,
                                    const dataset::Notice& notice) {
  return import_dataset(dataset, places, nullptr, notice);
}

dataset::ImportedRef import_dataset(const task::DatasetSpec& asked, const DataPlaces& places,
                                    const dataset::Pseudonyms* pseudonyms,
                                    const dataset::Notice& notice) {
  if (asked.impressions && asked.path.empty())
    return import_positives(asked, places, pseudonyms, notice);
  const task::DatasetSpec dataset = locate(asked, places);
  check_format(dataset);
  const Source source = find_source(dataset);
  const WatchedFiles watch(paths_of(source.files));
  SourceState state =
      watch.over([&] { return inspect_source(source, dataset, places, pseudonyms); });
  dataset::ImportedRef out;
  out.key = state.key;
  out.path = imported_path(places.cache_dir, out.key, dataset::kImportedLayout);
  const auto make = [&](const std::string& path) {
    dataset::check_disk(
        places.cache_dir,
        {{fmt::format("the imported data of {}, by its files,", dataset.name), bytes_of(source)}});
    Imported in = state.read
                      ? std::move(*state.read)
                      : watch.over([&] { return read(source, dataset, places, pseudonyms); });
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

}  // namespace assay::ingest
