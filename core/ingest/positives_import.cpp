#include "ingest/positives_import.h"

#include "dataset/cache.h"
#include "dataset/feature_coverage.h"
#include "dataset/impressions.h"
#include "ingest/feature_reader.h"
#include "ingest/import_names.h"
#include "ingest/impression_events.h"
#include "ingest/impression_formats.h"
#include "ingest/private_load.h"
#include "ingest/watched_files.h"

namespace assay::ingest {
namespace {

using nlohmann::json;

/// What the positives are made of.
struct Positives {
  task::ImpressionsSpec spec;
  dataset::ImportedRef table;
  std::vector<NamedFeatures> features;
  json feature_files;  // described
};

// Without features it is the key that earlier versions gave.
std::string key_of(const Positives& from) {
  json key = {{"positives", kReaderVersion}, {"table", from.table.key}};
  for (const NamedFeatures& feature : from.features)
    key["features"].push_back(feature_settings(feature.spec));
  if (!from.features.empty()) key["files"] = bytes_of_files(from.feature_files);
  return dataset::cache_key(key);
}

// The ids of the table are named by pseudonyms already, those of the features are not.
void write(const Positives& from, const std::string& path, const dataset::Pseudonyms* pseudonyms) {
  EventBuilder events;
  add_positives(dataset::Impressions::open(from.table.path), from.spec, events);
  const auto time = from.spec.columns.find("time");
  FeatureReader features(events, {}, time == from.spec.columns.end() ? "" : time->second,
                         pseudonyms);
  for (const NamedFeatures& feature : from.features) features.read(feature.spec, feature.format);
  dataset::Dataset data = events.finish("", from.spec.path);
  const auto coverage = std::move(features).finish(data);
  json files = from.table.info.at("files");
  files.insert(files.end(), from.feature_files.begin(), from.feature_files.end());
  write_imported(
      std::move(data),
      {{"format", "impressions"}, {"files", files}, {"feature_files", to_json(coverage)}}, path);
}

}  // namespace

dataset::ImportedRef import_positives(const task::DatasetSpec& dataset, const DataPlaces& places,
                                      const dataset::Pseudonyms* pseudonyms,
                                      const dataset::Notice& notice) {
  Positives from{with_named_format(*dataset.impressions), {}, {}, json::array()};
  require_items(from.spec);
  from.table = import_impression_table(from.spec, places.cache_dir, pseudonyms, notice);
  from.features = features_beside(from.spec);
  add_features_of(dataset, from.features);
  const std::vector<SourceFile> files = files_of(from.features);
  const WatchedFiles watch(paths_of(files));
  from.feature_files = describe_files(files, places.cache_dir);
  dataset::ImportedRef out;
  out.key = key_of(from);
  out.path = imported_path(places.cache_dir, out.key, dataset::kImportedLayout);
  const auto make = [&](const std::string& path) {
    watch.over([&] { write(from, path, pseudonyms); });
    watch.check(hashes_of(from.feature_files), places.cache_dir);
  };
  dataset::find_or_make(out.path, "the imported data of " + dataset.name, make, notice);
  out.info = dataset::ImportedData::open(out.path).info();
  return out;
}

}  // namespace assay::ingest
