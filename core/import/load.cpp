#include "import/load.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>

#include "dataset/cache.h"
#include "error/error.h"
#include "import/atomic_files.h"
#include "import/catalogue.h"
#include "import/csv.h"
#include "import/source_files.h"
#include "import/trec_run.h"
#include "import/user_items.h"

namespace assay {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int kReaderVersion = 1;  // raised when the same file is read as something else

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

json describe_files(const std::vector<SourceFile>& files, const std::string& cache_dir) {
  json out = json::array();
  for (const SourceFile& file : files) {
    out.push_back({{"name", fs::path(file.path).filename().string()},
                   {"role", file.role},
                   {"part", file.part},
                   {"bytes", fs::file_size(file.path)},
                   {"sha256", remembered_sha256(file.path, cache_dir)}});
  }
  return out;
}

/// What the bytes are and how they are read; names of files and folders are no part of it.
std::string import_key(const std::string& format, const json& settings, const json& files) {
  json key = {{"reader", kReaderVersion}, {"format", format}, {"settings", settings}};
  for (const json& file : files) {
    key["files"].push_back(
        {{"role", file.at("role")}, {"part", file.at("part")}, {"sha256", file.at("sha256")}});
  }
  return cache_key(key);
}

Dataset read(const std::vector<SourceFile>& files, const DatasetSpec& dataset) {
  if (dataset.format == "recbole") return read_atomic_files(files, dataset);
  if (dataset.format == "csv") return read_csv(files, dataset);
  if (dataset.format == "user_items") return read_user_items(files);
  const std::vector<std::string> known = {"recbole", "csv", "user_items"};
  throw UserError(dataset.where, fmt::format("source.format {} is not known{}", dataset.format,
                                             did_you_mean(dataset.format, known)));
}

json settings_of(const DatasetSpec& dataset) {
  json settings = {{"columns", column_roles(dataset)}};
  if (dataset.format == "csv") settings["delimiter"] = dataset.delimiter;
  return settings;
}

std::string imported_path(const std::string& cache_dir, const std::string& key) {
  return fmt::format("{}/imported/{}.safetensors", cache_dir, key);
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

ImportedRef import_dataset(const DatasetSpec& asked, const DataPlaces& places,
                           const Notice& notice) {
  const DatasetSpec dataset = locate(asked, places);
  const std::vector<SourceFile> files = source_files(dataset);
  const json described = describe_files(files, places.cache_dir);
  ImportedRef out;
  out.key = import_key(dataset.format, settings_of(dataset), described);
  out.path = imported_path(places.cache_dir, out.key);
  const auto make = [&](const std::string& path) {
    write_imported(read(files, dataset), {{"format", dataset.format}, {"files", described}}, path);
  };
  find_or_make(out.path, "the imported data of " + dataset.name, make, notice);
  out.info = ImportedData::open(out.path).info();
  return out;
}

ImportedRef import_lists(const std::string& path, const std::string& cache_dir,
                         const Notice& notice) {
  if (!fs::is_regular_file(path))
    throw UserError(path, "was not found; expected a file of ranked lists");
  const json files = describe_files({{path, "lists", -1}}, cache_dir);
  ImportedRef out;
  out.key = import_key("trec_run", json::object(), files);
  out.path = imported_path(cache_dir, out.key);
  const auto make = [&](const std::string& to) {
    import_trec_run(path, {{"format", "trec_run"}, {"files", files}}, to);
  };
  find_or_make(out.path, "the imported lists of " + path, make, notice);
  out.info = ImportedData::open(out.path).info();
  return out;
}

PreparedRef load_dataset(const DatasetSpec& dataset, const TrafficSpec& traffic,
                         const FitOn& fit_on, uint64_t seed, const DataPlaces& places,
                         const Notice& notice) {
  const ImportedRef data = import_dataset(dataset, places, notice);
  std::map<std::string, ImportedRef> lists;
  for (const auto& [name, path] : dataset.lists) {
    lists.emplace(name,
                  with_context(fmt::format("while reading lists.{} of {}", name, dataset.name),
                               [&] { return import_lists(path, places.cache_dir, notice); }));
  }
  PreparedRef out = prepare(data, lists, dataset, traffic, fit_on, seed, places.cache_dir, notice);
  out.info["source"] = dataset.source.empty() ? dataset.path : dataset.source;
  if (!dataset.source.empty()) {
    const CatalogueEntry& entry = catalogue_entry(dataset.source, dataset.where);
    out.info["licence"] = entry.licence;
    out.info["citation"] = entry.citation;
  }
  return out;
}

}  // namespace assay
