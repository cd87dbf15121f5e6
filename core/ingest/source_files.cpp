#include "ingest/source_files.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "error/error.h"
#include "ingest/table_folders.h"
#include "ingest/text.h"
#include "text/listed.h"
#include "text/lower_case.h"

namespace assay::ingest {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kParquetMagic = "PAR1";

[[noreturn]] void missing(const fs::path& path) {
  const std::vector<std::string> beside = names_in(path.parent_path());
  const std::string hint = error::did_you_mean(path.filename().string(), beside);
  throw error::UserError(path.string(), fmt::format("was not found{}", hint));
}

[[noreturn]] void holds_no(const std::string& what, const fs::path& folder) {
  const std::vector<std::string> names = names_in(folder);
  throw error::UserError(folder.string(), names.empty()
                                              ? "is an empty folder"
                                              : fmt::format("contains no {} file; it contains: {}",
                                                            what, fmt::join(names, ", ")));
}

SourceFile file_at(const fs::path& path, const std::string& role, int part = -1) {
  if (!fs::is_regular_file(path)) missing(path);
  return {path.string(), role, part, -1, {}};
}

fs::path folder_of(const task::DatasetSpec& dataset) {
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

// As writers mark what is no data: _SUCCESS, ._x.crc, _temporary/. Folders of a partition by _x are
// named _x=1.
bool is_hidden(const std::string& name) {
  return name.starts_with('.') || (name.starts_with('_') && name.find('=') == std::string::npos);
}

// Whether `is_it` holds for a file below the folder that is not hidden; none after it is asked.
template <typename IsIt>
bool any_file_below(const fs::path& folder, const IsIt& is_it) {
  for (auto entry = fs::recursive_directory_iterator(folder);
       entry != fs::recursive_directory_iterator(); ++entry) {
    if (is_hidden(entry->path().filename().string()))
      entry.disable_recursion_pending();
    else if (entry->is_regular_file() && is_it(entry->path()))
      return true;
  }
  return false;
}

// By its name, or because it begins as one: Hive gives its files no ending.
bool is_parquet(const fs::path& path) {
  static const std::vector<std::string> endings = {".parquet", ".parq", ".pq"};
  if (std::ranges::count(endings, text::lower_case(path.extension().string())) > 0) return true;
  std::string beginning(kParquetMagic.size(), '\0');
  std::ifstream(path, std::ios::binary).read(beginning.data(), std::ssize(beginning));
  return beginning == kParquetMagic;
}

// Every Parquet file below the folder, in the order of its path. What is no Parquet and not hidden
// is refused: it may be a part of the data in another format.
std::vector<SourceFile> parquet_files_below(const fs::path& folder) {
  refuse_table_with_log(folder.string());
  std::vector<SourceFile> files;
  std::vector<std::string> others;
  any_file_below(folder, [&](const fs::path& path) {
    const std::string inside = fs::relative(path, folder).string();
    if (is_parquet(path))
      files.push_back({path.string(), "events", -1, -1, inside});
    else
      others.push_back(inside);
    return false;
  });
  std::ranges::sort(others);
  if (files.empty()) holds_no("Parquet", folder);
  if (!others.empty()) {
    throw error::UserError(
        folder.string(),
        fmt::format("contains {} {} not Parquet beside {} that {}: {}; move {} away, or rename {} "
                    "to begin with _",
                    others.size(), others.size() == 1 ? "file that is" : "files that are",
                    files.size(), files.size() == 1 ? "is" : "are", text::first_of(others, 5),
                    others.size() == 1 ? "it" : "them",
                    others.size() == 1 ? "its name" : "their names"));
  }
  std::ranges::sort(files, {}, &SourceFile::path);
  return files;
}

// A file, or a folder of Parquet.
void add_given(const task::DatasetSpec& dataset, const std::string& name, int part,
               std::vector<SourceFile>& files) {
  const fs::path path = folder_of(dataset) / name;
  if (dataset.format != "parquet" || !fs::is_directory(path))
    return files.push_back(file_at(path, "events", part));
  for (SourceFile& file : parquet_files_below(path)) {
    file.part = part;
    files.push_back(std::move(file));
  }
}

bool has_given_files(const task::DatasetSpec& dataset) {
  return !dataset.split.train_path.empty() && !dataset.split.test_path.empty();
}

std::vector<SourceFile> given_files(const task::DatasetSpec& dataset) {
  std::vector<SourceFile> files;
  add_given(dataset, dataset.split.train_path, 0, files);
  add_given(dataset, dataset.split.test_path, 1, files);
  return files;
}

// The one .inter of a folder; of several the one that is named like it.
fs::path events_of_folder(const fs::path& folder) {
  const std::vector<std::string> found = with_extension(folder, ".inter");
  if (found.empty()) holds_no(".inter", folder);
  const std::string like_folder = folder.filename().string() + ".inter";
  if (found.size() == 1) return folder / found.front();
  if (std::ranges::count(found, like_folder) == 1) return folder / like_folder;
  throw error::UserError(folder.string(),
                         fmt::format("contains several .inter files ({}); name one as the path",
                                     fmt::join(found, ", ")));
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

std::vector<SourceFile> recbole_files(const task::DatasetSpec& dataset) {
  std::vector<SourceFile> files;
  const fs::path path = dataset.path;
  if (dataset.split.method == task::SplitMethod::given)
    files = given_files(dataset);
  else if (fs::is_directory(path))
    files = {file_at(events_of_folder(path), "events")};
  else
    files = {file_at(path, "events")};
  add_features(files, "user");
  add_features(files, "item");
  return files;
}

std::vector<SourceFile> plain_files(const task::DatasetSpec& dataset) {
  const fs::path path = dataset.path;
  const bool folder = fs::is_directory(path);
  if (dataset.split.method == task::SplitMethod::given || (folder && has_given_files(dataset)))
    return given_files(dataset);
  if (folder && dataset.format == "parquet") return parquet_files_below(path);
  if (folder) {
    throw error::UserError(path.string(),
                           fmt::format("is a folder; name a file in it; it contains: {}",
                                       fmt::join(names_in(path), ", ")));
  }
  return {file_at(path, "events")};
}

}  // namespace

bool holds_parquet(const std::string& folder) { return any_file_below(folder, is_parquet); }

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    names.push_back(entry.path().filename().string());
  }
  std::ranges::sort(names);
  return names;
}

std::vector<SourceFile> source_files(const task::DatasetSpec& dataset) {
  if (dataset.split.method == task::SplitMethod::given && !has_given_files(dataset)) {
    throw error::UserError(
        dataset.where,
        "split.method given needs split.train_file and split.test_file, relative to "
        "the data set's folder");
  }
  if (!fs::exists(dataset.path)) missing(dataset.path);
  return dataset.format == "recbole" ? recbole_files(dataset) : plain_files(dataset);
}

std::map<std::string, std::string> column_roles(const task::DatasetSpec& dataset) {
  std::map<std::string, std::string> roles = dataset.columns;
  if (dataset.format == "recbole") {
    roles.insert(
        {{"user", "user_id"}, {"item", "item_id"}, {"time", "timestamp"}, {"value", "rating"}});
  }
  return roles;
}

}  // namespace assay::ingest
