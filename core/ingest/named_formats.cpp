#include "ingest/named_formats.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "error/error.h"
#include "ingest/known_files.h"
#include "ingest/source_files.h"
#include "ingest/text.h"
#include "ingest/text_file.h"
#include "text/listed.h"

namespace assay::ingest {
namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;
using Paths = std::vector<std::string>;

struct Format {
  const char* name;
  std::vector<KnownFile> (*files)();
};

constexpr Format kFormats[] = {{"movielens", movielens_files},
                               {"amazon_reviews", amazon_files},
                               {"yelp", yelp_files},
                               {"lastfm_360k", lastfm_360k_files},
                               {"lastfm_1k", lastfm_1k_files},
                               {"lfm_1b", lfm_1b_files},
                               {"lfm_2b", lfm_2b_files},
                               {"yambda", yambda_files},
                               {"netflix", netflix_files},
                               {"kuairec", kuairec_files},
                               {"retailrocket", retailrocket_files},
                               {"otto", otto_files},
                               {"taobao", taobao_files},
                               {"goodreads", goodreads_files},
                               {"steam", steam_files}};

/// Files of events; those of features have no layout.
std::vector<KnownFile> events_of(const Format& format) {
  std::vector<KnownFile> files = format.files();
  std::erase_if(files, [](const KnownFile& file) { return file.layouts.empty(); });
  return files;
}

const Format& format_called(const std::string& name) {
  return *std::ranges::find_if(kFormats, [&](const Format& f) { return name == f.name; });
}

/// The files of that name in a folder, packed or not, in the order of their names.
Paths found_in(const fs::path& folder, const KnownFile& file) {
  if (file.name.empty()) return {};
  const fs::path inside = fs::path(file.name).parent_path();
  Paths found;
  for (const std::string& name : names_in((folder / inside).string())) {
    if (!has_name_of(file, (inside / unpacked_name(name)).string())) continue;
    const fs::path path = folder / inside / name;
    if (fs::is_regular_file(path)) found.push_back(path.string());
  }
  if (!file.all && found.size() > 1) found.resize(1);  // unpacked comes before packed
  return found;
}

bool has_file_name(const KnownFile& file, const std::string& path) {
  return !file.name.empty() && has_name_of(file, fs::path(unpacked_name(path)).filename().string());
}

Names file_names(const std::vector<KnownFile>& events) {
  Names names;
  for (const KnownFile& file : events)
    if (!file.name.empty()) names.push_back(file.name);
  return names;
}

[[noreturn]] void holds_none(const task::DatasetSpec& dataset,
                             const std::vector<KnownFile>& events) {
  const Names expected = file_names(events);
  const std::string holds = fmt::format("it contains: {}", fmt::join(names_in(dataset.path), ", "));
  throw error::UserError(
      dataset.path, expected.empty()
                        ? fmt::format("is a folder; {} needs a file; {}", dataset.format, holds)
                        : fmt::format("contains no file of {} ({}); {}", dataset.format,
                                      fmt::join(expected, ", "), holds));
}

// What stands at the beginning of a file that is none of its format.
std::string beginning_of(const std::string& path) {
  constexpr size_t kMost = 400;
  const std::string text = TextFile(path, kMost).beginning(kMost);
  if (text.empty()) return "it is empty";
  if (text.starts_with("PAR1"))
    return fmt::format("it is Parquet with the columns {}",
                       fmt::join(open_table(path, {.name = "parquet"})->names(), ", "));
  return fmt::format("it begins {}", in_quotes(text.substr(0, text.find_first_of("\r\n"))));
}

[[noreturn]] void is_another(const std::string& path, const std::string& format,
                             const std::vector<KnownFile>& events) {
  const Names names = file_names(events);
  Names columns;
  for (const KnownFile& file : events) {
    for (const std::string& layout : columns_of(file))
      if (std::ranges::count(columns, layout) == 0) columns.push_back(layout);
  }
  const NamedGuess other = named_format_of(path);
  throw error::UserError(
      path, fmt::format("is not a file of {}: expected {}{}; {}", format,
                        names.empty() ? "" : text::alternatives(names) + ", with ",
                        fmt::join(columns, "; or "),
                        other.format.empty()
                            ? beginning_of(path)
                            : fmt::format("it looks like {}: {}", other.format, other.why)));
}

/// Files of one kind.
struct Found {
  KnownFile file;
  Paths paths;
};

// A folder is searched by names. A file is known by its name and its beginning, or by its beginning
// alone; where the experiment names columns of its own, by its name alone.
Found find_events(const task::DatasetSpec& dataset, const std::vector<KnownFile>& events) {
  const bool folder = fs::is_directory(dataset.path);
  std::string other;  // has the name of one, and is none
  for (const KnownFile& file : events) {
    const bool fits = !folder && has_file_name(file, dataset.path);
    const Paths paths = folder ? found_in(dataset.path, file)
                        : fits ? Paths{dataset.path}
                               : Paths{};
    if (paths.empty()) continue;
    if (begins_as(file, paths.front())) return {file, paths};
    if (!dataset.columns.empty()) return {file, paths};
    if (other.empty()) other = paths.front();
  }
  if (folder && other.empty()) holds_none(dataset, events);
  if (!folder) {
    for (const KnownFile& file : events)
      if (begins_as(file, dataset.path)) return {file, {dataset.path}};
    if (events.size() == 1 && !dataset.columns.empty()) return {events.front(), {dataset.path}};
  }
  is_another(other.empty() ? dataset.path : other, dataset.format, events);
}

}  // namespace

const std::vector<std::string>& named_formats() {
  static const Names names = [] {
    Names out;
    for (const Format& format : kFormats) out.emplace_back(format.name);
    return out;
  }();
  return names;
}

bool is_named_format(const std::string& format) {
  return std::ranges::count(named_formats(), format) > 0;
}

NamedGuess named_format_of(const std::string& path) {
  const bool folder = fs::is_directory(path);
  for (const Format& format : kFormats) {
    for (const KnownFile& file : events_of(format)) {
      const bool fits = !folder && has_file_name(file, path);
      const Paths found = folder ? found_in(path, file) : fits ? Paths{path} : Paths{};
      if (found.empty() || !begins_as(file, found.front())) continue;
      const std::string name = fs::path(found.front()).filename().string();
      return {
          format.name,
          folder ? fmt::format("it contains {}", file.name) : fmt::format("its name is {}", name),
          text::alternatives(columns_of(file))};
    }
  }
  if (folder) return {};
  for (const Format& format : kFormats) {
    for (const KnownFile& file : events_of(format)) {
      if (!file.distinct || !begins_as(file, path)) continue;
      const std::string columns = text::alternatives(columns_of(file));
      return {format.name, fmt::format("it has {}", columns), columns};
    }
  }
  return {};
}

NamedData named_data(const task::DatasetSpec& dataset) {
  if (!fs::exists(dataset.path)) throw error::UserError(dataset.path, "was not found");
  const Format& format = format_called(dataset.format);
  const Found found = find_events(dataset, events_of(format));
  NamedData out{found.paths, found.file.format, found.file.layouts, {}};
  for (EventRoles& layout : out.layouts) {
    for (const auto& [role, column] : dataset.columns) layout.columns[role] = column;
    if (dataset.time != task::TimeFormat{}) layout.time = dataset.time;
  }
  const fs::path folder = fs::is_directory(dataset.path) ? fs::path(dataset.path)
                                                         : fs::path(dataset.path).parent_path();
  for (const KnownFile& file : format.files()) {
    if (std::ranges::count(found.file.beside, file.name) == 0) continue;
    const Paths paths = found_in(folder, file);
    if (paths.empty()) continue;
    out.features.push_back({file.features, file.format});
    out.features.back().spec.path = paths.front();
  }
  return out;
}

}  // namespace assay::ingest
