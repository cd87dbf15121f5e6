#include "ingest/load.h"

#include <fmt/format.h>

#include <filesystem>
#include <optional>

#include "dataset/audit.h"
#include "dataset/cache.h"
#include "dataset/impressions.h"
#include "dataset/prepared.h"
#include "dataset/prepared_writer.h"
#include "error/error.h"
#include "ingest/catalogue.h"
#include "ingest/import_names.h"
#include "ingest/impression_events.h"
#include "ingest/impression_formats.h"
#include "ingest/impressions.h"
#include "ingest/notices.h"
#include "ingest/private_load.h"
#include "ingest/ranked_entries.h"
#include "ingest/simulated_data.h"
#include "ingest/watched_files.h"
#include "text/counted.h"

namespace assay::ingest {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

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

dataset::ImportedRef import_lists(const task::ListSpec& lists, const std::string& cache_dir,
                                  const dataset::Notice& notice) {
  return import_lists(lists, cache_dir, nullptr, notice);
}

dataset::ImportedRef import_lists(const task::ListSpec& lists, const std::string& cache_dir,
                                  const dataset::Pseudonyms* pseudonyms,
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
  if (pseudonyms != nullptr) settings["pseudonyms"] = pseudonyms->key_id();
  out.key = import_key(format == "trec_run" ? format : "lists_" + format, settings, files);
  out.path = imported_path(cache_dir, out.key, kListsLayout);
  const auto make = [&](const std::string& to) {
    const json info = {{"format", format}, {"files", files}};
    watch.over([&] { import_ranked_lists(lists, info, to, pseudonyms); });
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

dataset::ImportedRef import_impression_table(const task::ImpressionsSpec& spec,
                                             const std::string& cache_dir,
                                             const dataset::Notice& notice) {
  return import_impression_table(spec, cache_dir, nullptr, notice);
}

dataset::ImportedRef import_impression_table(const task::ImpressionsSpec& asked,
                                             const std::string& cache_dir,
                                             const dataset::Pseudonyms* pseudonyms,
                                             const dataset::Notice& notice) {
  const task::ImpressionsSpec spec = with_named_format(asked);
  const std::vector<SourceFile> files = impression_files(spec);
  const WatchedFiles watch(paths_of(files));
  const json described = describe_files(files, cache_dir);
  dataset::ImportedRef out;
  json identity = impression_identity(spec);
  if (pseudonyms != nullptr) identity["pseudonyms"] = pseudonyms->key_id();
  out.key = import_key("impressions_" + spec.format, identity, described);
  out.path = imported_path(cache_dir, out.key, dataset::kImpressionsLayout);
  const auto make = [&](const std::string& to) {
    json info = {{"format", spec.format}, {"files", described}};
    if (spec.format == "simulator") info["world"] = world_beside(spec.path);
    watch.over([&] { import_impressions(spec, files, info, to, pseudonyms); });
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
                                                       const dataset::Pseudonyms* pseudonyms,
                                                       const dataset::Notice& notice) {
  if (!dataset::uses_logged_rows(dataset, traffic)) return std::nullopt;
  if (!dataset.impressions)
    throw error::UserError(dataset.where,
                           "traffic.requests is logged, and the data set has no logged rows: name "
                           "them in source.impressions");
  require_items(with_named_format(*dataset.impressions));
  return error::with_context(fmt::format("while reading the logged rows of {}", dataset.name), [&] {
    return import_impression_table(*dataset.impressions, cache_dir, pseudonyms, notice);
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

/// The property `pseudonyms` of the audit.
void note_pseudonyms(const dataset::Pseudonyms& pseudonyms, dataset::PreparedRef& prepared) {
  std::vector<dataset::AuditFinding> findings = dataset::findings_of(prepared.info.at("audit"));
  findings.push_back(
      {.check = "pseudonyms",
       .result = "found",
       .detail = fmt::format(
           "outside ids of users and items are keyed hashes (key {}), and users and items stand in "
           "their order: results are those without the key, but where scores tie or a strategy "
           "draws by position",
           pseudonyms.key_id())});
  prepared.info["audit"] = audit_json(findings);
}

}  // namespace

dataset::PreparedRef load_dataset(const task::DatasetSpec& dataset,
                                  const task::TrafficSpec& traffic, const task::FitOn& fit_on,
                                  uint64_t seed, const DataPlaces& places,
                                  const dataset::Notice& notice) {
  return load_dataset(dataset, traffic, fit_on, seed, places, nullptr, notice);
}

dataset::PreparedRef load_dataset(const task::DatasetSpec& dataset,
                                  const task::TrafficSpec& traffic, const task::FitOn& fit_on,
                                  uint64_t seed, const DataPlaces& places,
                                  const dataset::Pseudonyms* pseudonyms,
                                  const dataset::Notice& notice) {
  if (dataset.simulator) {
    dataset::PreparedRef out = load_dataset(with_simulated_files(dataset, places.cache_dir, notice),
                                            traffic, fit_on, seed, places, pseudonyms, notice);
    out.info["source"] = "simulator";
    return out;
  }
  const dataset::ImportedRef data = import_dataset(dataset, places, pseudonyms, notice);
  std::map<std::string, dataset::ImportedRef> lists;
  for (const auto& [name, spec] : dataset.lists) {
    lists.emplace(
        name, error::with_context(fmt::format("while reading lists.{} of {}", name, dataset.name),
                                  [&, &spec = spec] {
                                    return import_lists(spec, places.cache_dir, pseudonyms, notice);
                                  }));
  }
  const std::optional<dataset::ImportedRef> rows =
      import_logged_rows(dataset, traffic, places.cache_dir, pseudonyms, notice);
  dataset::PreparedRef out = prepare(data, lists, dataset, traffic, fit_on, seed, places.cache_dir,
                                     notice, rows ? &*rows : nullptr);
  if (rows) tell_logged_rows(dataset, *rows, out, notice);
  if (pseudonyms != nullptr) note_pseudonyms(*pseudonyms, out);
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
