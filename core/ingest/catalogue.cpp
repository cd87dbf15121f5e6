#include "ingest/catalogue.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "error/error.h"

namespace assay::ingest {
namespace {

namespace fs = std::filesystem;

bool holds(const fs::path& folder, const CatalogueEntry& entry) {
  return std::ranges::all_of(entry.files, [&](const CatalogueFile& file) {
    return fs::is_regular_file(folder / file.name);
  });
}

std::string how_to_get(const CatalogueEntry& entry) {
  if (entry.wheel) return fmt::format("get it with: assay data get {}", entry.name);
  return entry.obtain;
}

}  // namespace

std::vector<std::string> catalogue_names() {
  std::vector<std::string> names;
  for (const CatalogueEntry& entry : data_catalogue()) names.push_back(entry.name);
  return names;
}

const CatalogueEntry& catalogue_entry(const std::string& name, const std::string& where) {
  for (const CatalogueEntry& entry : data_catalogue()) {
    if (entry.name == name) return entry;
  }
  throw error::UserError(where, fmt::format("{} is not in the data catalogue{}", name,
                                            error::did_you_mean(name, catalogue_names())));
}

std::optional<std::string> find_data(const CatalogueEntry& entry, const DataPlaces& places) {
  for (const std::string& folder : places.folders) {
    const fs::path path = fs::path(folder) / entry.name;
    if (holds(path, entry)) return path.string();
  }
  return std::nullopt;
}

task::DatasetSpec locate(const task::DatasetSpec& dataset, const DataPlaces& places) {
  if (dataset.source.empty()) return dataset;
  const CatalogueEntry& entry = catalogue_entry(dataset.source, dataset.where);
  const std::optional<std::string> path = find_data(entry, places);
  if (!path) {
    throw error::UserError(
        dataset.where,
        fmt::format("the data set {} was not found (searched {}/ in {}); {}", entry.name,
                    entry.name, fmt::join(places.folders, ", "), how_to_get(entry)));
  }
  task::DatasetSpec out = dataset;
  out.path = *path;
  if (entry.format == "sequences") out.path = (fs::path(*path) / entry.files.front().name).string();
  out.format = entry.format;
  for (task::FeatureFileSpec features : entry.features) {
    features.path = (fs::path(*path) / features.path).string();
    out.features.push_back(std::move(features));
  }
  out.columns.insert(entry.columns.begin(), entry.columns.end());
  if (out.split.train_path.empty()) out.split.train_path = entry.train_file;
  if (out.split.test_path.empty()) out.split.test_path = entry.test_file;
  return out;
}

}  // namespace assay::ingest
