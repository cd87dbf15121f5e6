#include "import/source_files.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "error/error.h"

namespace assay {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    names.push_back(entry.path().filename().string());
  }
  std::ranges::sort(names);
  return names;
}

[[noreturn]] void missing(const fs::path& path) {
  const std::vector<std::string> beside = names_in(path.parent_path());
  const std::string hint = did_you_mean(path.filename().string(), beside);
  throw UserError(path.string(), fmt::format("was not found{}", hint));
}

SourceFile file_at(const fs::path& path, const std::string& role, int part = -1) {
  if (!fs::is_regular_file(path)) missing(path);
  return {path.string(), role, part, -1, {}};
}

fs::path folder_of(const DatasetSpec& dataset) {
  const fs::path path = dataset.path;
  return fs::is_directory(path) ? path : path.parent_path();
}

/// Files of the folder with that extension.
std::vector<std::string> with_extension(const fs::path& folder, const std::string& extension) {
  std::vector<std::string> found;
  for (const std::string& name : names_in(folder)) {
    if (fs::path(name).extension() == extension) found.push_back(name);
  }
  return found;
}

bool has_given_files(const DatasetSpec& dataset) {
  return !dataset.split.train_path.empty() && !dataset.split.test_path.empty();
}

std::vector<SourceFile> given_files(const DatasetSpec& dataset) {
  const fs::path folder = folder_of(dataset);
  return {file_at(folder / dataset.split.train_path, "events", 0),
          file_at(folder / dataset.split.test_path, "events", 1)};
}

// The one .inter of a folder; of several the one that is named like it.
fs::path events_of_folder(const fs::path& folder) {
  const std::vector<std::string> found = with_extension(folder, ".inter");
  if (found.empty()) {
    throw UserError(folder.string(), fmt::format("holds no .inter file; it holds: {}",
                                                 fmt::join(names_in(folder), ", ")));
  }
  const std::string like_folder = folder.filename().string() + ".inter";
  if (found.size() == 1) return folder / found.front();
  if (std::ranges::count(found, like_folder) == 1) return folder / like_folder;
  throw UserError(
      folder.string(),
      fmt::format("holds several .inter files ({}); name one as the path", fmt::join(found, ", ")));
}

// The feature file beside the events: named like them, or the only one.
void add_features(std::vector<SourceFile>& files, const std::string& role) {
  const fs::path events = files.front().path;
  const std::string extension = "." + role;
  const fs::path beside = fs::path(events).replace_extension(extension);
  const std::vector<std::string> found = with_extension(events.parent_path(), extension);
  if (fs::is_regular_file(beside))
    files.push_back({beside.string(), role, -1, -1, {}});
  else if (found.size() == 1)
    files.push_back({(events.parent_path() / found.front()).string(), role, -1, -1, {}});
}

std::vector<SourceFile> recbole_files(const DatasetSpec& dataset) {
  std::vector<SourceFile> files;
  const fs::path path = dataset.path;
  if (dataset.split.method == "given")
    files = given_files(dataset);
  else if (fs::is_directory(path))
    files = {file_at(events_of_folder(path), "events")};
  else
    files = {file_at(path, "events")};
  add_features(files, "user");
  add_features(files, "item");
  return files;
}

// Every file below the folder that ends so, in the order of its path. Names that begin with . or _
// are left out, as writers mark what is no data (_SUCCESS, ._x.crc).
std::vector<SourceFile> files_below(const fs::path& folder, const std::string& extension) {
  std::vector<SourceFile> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (!entry.is_regular_file() || entry.path().extension() != extension) continue;
    if (name.starts_with('.') || name.starts_with('_')) continue;
    files.push_back(
        {entry.path().string(), "events", -1, -1, fs::relative(entry.path(), folder).string()});
  }
  if (files.empty()) {
    throw UserError(folder.string(), fmt::format("holds no {} file; it holds: {}", extension,
                                                 fmt::join(names_in(folder), ", ")));
  }
  std::ranges::sort(files, {}, &SourceFile::path);
  return files;
}

std::vector<SourceFile> plain_files(const DatasetSpec& dataset) {
  const fs::path path = dataset.path;
  const bool folder = fs::is_directory(path);
  if (dataset.split.method == "given" || (folder && has_given_files(dataset)))
    return given_files(dataset);
  if (folder && dataset.format == "parquet") return files_below(path, ".parquet");
  if (folder) {
    throw UserError(path.string(), fmt::format("is a folder; name the file to read, it holds: {}",
                                               fmt::join(names_in(path), ", ")));
  }
  return {file_at(path, "events")};
}

}  // namespace

std::vector<SourceFile> source_files(const DatasetSpec& dataset) {
  if (dataset.split.method == "given" && !has_given_files(dataset)) {
    throw UserError(dataset.where,
                    "split.method given needs split.train_file and split.test_file, relative to "
                    "the data set's folder");
  }
  if (!fs::exists(dataset.path)) missing(dataset.path);
  return dataset.format == "recbole" ? recbole_files(dataset) : plain_files(dataset);
}

std::map<std::string, std::string> column_roles(const DatasetSpec& dataset) {
  std::map<std::string, std::string> roles = dataset.columns;
  if (dataset.format == "recbole") {
    roles.insert(
        {{"user", "user_id"}, {"item", "item_id"}, {"time", "timestamp"}, {"value", "rating"}});
  }
  return roles;
}

}  // namespace assay
