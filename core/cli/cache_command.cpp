#include "cli/cache_command.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <map>
#include <memory>
#include <tuple>

#include "cli/listing.h"
#include "dataset/cache_files.h"
#include "dataset/disk_space.h"
#include "error/error.h"
#include "ingest/load.h"
#include "text/counted.h"
#include "text/utc_text.h"

namespace assay::cli {
namespace {

using dataset::bytes_text;
using dataset::CacheFile;
using nlohmann::json;

struct CacheArguments {
  OutputFormat format = OutputFormat::text;
  std::string keep, unused;
  bool dry_run = false;
};

struct Unit {
  std::string_view name;
  double factor;
};

constexpr double kKiB = 1024;
constexpr std::array kSizes = {Unit{"", 1},
                               Unit{"B", 1},
                               Unit{"KB", 1e3},
                               Unit{"MB", 1e6},
                               Unit{"GB", 1e9},
                               Unit{"TB", 1e12},
                               Unit{"KiB", kKiB},
                               Unit{"MiB", kKiB* kKiB},
                               Unit{"GiB", kKiB* kKiB* kKiB},
                               Unit{"TiB", kKiB* kKiB* kKiB* kKiB}};
constexpr std::array kAges = {Unit{"s", 1}, Unit{"m", 60}, Unit{"h", 3600}, Unit{"d", 86400},
                              Unit{"w", 7 * 86400}};

template <size_t N>
int64_t parse(const std::string& text, const std::string& place, const std::array<Unit, N>& units,
              const char* example) {
  double value = 0;
  const char* const end = text.data() + text.size();
  auto [rest, error] = std::from_chars(text.data(), end, value, std::chars_format::fixed);
  while (rest != end && *rest == ' ') ++rest;
  const std::string_view unit(rest, static_cast<size_t>(end - rest));
  for (const Unit& known : units) {
    const double out = value * known.factor;
    if (error == std::errc() && unit == known.name && out >= 0 && out < 9e18)
      return static_cast<int64_t>(std::llround(out));
  }
  std::vector<std::string_view> names;
  for (const Unit& known : units)
    if (!known.name.empty()) names.push_back(known.name);
  throw error::UserError(
      place, fmt::format("is \"{}\"; it must be a number with one of {}, such as {}", text,
                         fmt::join(names, ", "), example));
}

std::string experiments_text(const std::vector<std::string>& names) {
  if (names.empty()) return "";
  if (names.size() == 1) return names.back();
  return fmt::format("{} and {} more", names.back(), names.size() - 1);
}

/// A row: files that agree in what they are of.
struct Group {
  int64_t files = 0, bytes = 0, last_use_s = 0, held = 0;
};

// Without its fraction and with a T, as ISO 8601 has it, for machines.
json time_cell(int64_t time_s, OutputFormat format) {
  std::string text = text::utc_text(time_s * 1'000'000);
  if (format == OutputFormat::text || format == OutputFormat::markdown) return text.substr(0, 16);
  return text.substr(0, 10) + "T" + text.substr(11, 8) + "Z";
}

json or_null(const std::string& text) { return text.empty() ? json() : json(text); }

Listing table_of(const std::vector<CacheFile>& files, OutputFormat format) {
  const bool people = format == OutputFormat::text || format == OutputFormat::markdown;
  std::map<std::tuple<bool, std::string, int, bool, std::string>, Group> groups;
  for (const CacheFile& file : files) {
    // What belongs to no data set comes last.
    Group& group = groups[{file.dataset.empty(), file.dataset, static_cast<int>(file.kind),
                           file.other_version, experiments_text(file.experiments)}];
    ++group.files;
    group.bytes += file.bytes;
    group.held += file.held;
    group.last_use_s = std::max(group.last_use_s, file.last_use_s);
  }
  Listing table{
      {"data set", "kind", "experiment", "files", people ? "size" : "bytes", "last use", "in use"},
      {}};
  for (const auto& [of, group] : groups) {
    const auto& [nobody, dataset, kind, other, experiment] = of;
    const std::string name(name_of(static_cast<dataset::CacheKind>(kind)));
    table.add({or_null(dataset), other ? name + ", other version" : name, or_null(experiment),
               group.files, people ? json(bytes_text(group.bytes)) : json(group.bytes),
               time_cell(group.last_use_s, format), group.held});
  }
  return table;
}

std::string limit_text() {
  const std::optional<int64_t> limit = cache_limit("");
  return limit ? "limit " + bytes_text(*limit)
               : "no limit (ASSAY_CACHE_LIMIT=50GiB, or limits.cache of an experiment, sets one, "
                 "which "
                 "`assay run` keeps)";
}

void show(const CacheArguments& arguments) {
  const std::string cache = ingest::default_cache_dir();
  const std::vector<CacheFile> files = cache_files(cache, ingest::cache_layouts());
  fmt::print("{}", render(table_of(files, arguments.format), arguments.format));
  if (arguments.format != OutputFormat::text) return;
  int64_t bytes = 0;
  for (const CacheFile& file : files) bytes += file.bytes;
  fmt::print("\n{}: {} in {}, {}; {} free on its disk\n", cache, bytes_text(bytes),
             text::counted(std::ssize(files), "file"), limit_text(),
             bytes_text(std::max<int64_t>(0, dataset::free_bytes(cache))));
}

/// "removed 3 files, 1.2 GiB: imported 1.0 GiB, models 0.2 GiB".
std::string removed_text(const dataset::Pruned& pruned, bool dry_run) {
  std::map<dataset::CacheKind, int64_t> by_kind;
  for (const CacheFile& file : pruned.removed) by_kind[file.kind] += file.bytes;
  std::vector<std::string> parts;
  for (const auto& [kind, bytes] : by_kind)
    parts.push_back(fmt::format("{} {}", name_of(kind), bytes_text(bytes)));
  return fmt::format("{} {}, {}{}{}", dry_run ? "would remove" : "removed",
                     text::counted(std::ssize(pruned.removed), "file"),
                     bytes_text(pruned.removed_bytes), parts.empty() ? "" : ": ",
                     fmt::join(parts, ", "));
}

std::string left_text(const dataset::Pruned& pruned) {
  std::string text = fmt::format("{} left", bytes_text(pruned.left_bytes));
  if (pruned.held_bytes > 0)
    text += fmt::format(", of which {} in use", bytes_text(pruned.held_bytes));
  return text;
}

int prune(const CacheArguments& arguments) {
  if (arguments.keep.empty() && arguments.unused.empty())
    throw error::UserError("assay cache prune",
                           "needs --keep SIZE (such as 20GiB) or --unused AGE (such as 30d)");
  dataset::PruneRules rules;
  if (!arguments.keep.empty()) rules.keep_bytes = parse_bytes(arguments.keep, "--keep");
  if (!arguments.unused.empty()) rules.unused_s = parse_age(arguments.unused, "--unused");
  rules.dry_run = arguments.dry_run;
  const std::string cache = ingest::default_cache_dir();
  const dataset::Pruned pruned = prune_cache(cache, ingest::cache_layouts(), rules);
  Listing table = table_of(pruned.removed, arguments.format);
  fmt::print("{}", render(table, arguments.format));
  if (arguments.format != OutputFormat::text) return 0;
  fmt::print("\n{}: {}; {}\n", cache, removed_text(pruned, arguments.dry_run), left_text(pruned));
  if (rules.keep_bytes && pruned.left_bytes > *rules.keep_bytes)
    fmt::print("That is more than {}: what is in use, and small records, are never removed.\n",
               bytes_text(*rules.keep_bytes));
  return 0;
}

}  // namespace

int64_t parse_bytes(const std::string& text, const std::string& place) {
  return parse(text, place, kSizes, "20GiB");
}

int64_t parse_age(const std::string& text, const std::string& place) {
  return parse(text, place, kAges, "30d");
}

std::optional<int64_t> cache_limit(const std::string& asked, double file_gib) {
  constexpr double kGiB = 1024.0 * 1024 * 1024;
  if (!asked.empty()) return parse_bytes(asked, "--cache-limit");
  if (file_gib > 0) return static_cast<int64_t>(file_gib * kGiB);
  const char* const named = std::getenv("ASSAY_CACHE_LIMIT");
  if (named == nullptr || *named == '\0') return std::nullopt;
  return parse_bytes(named, "ASSAY_CACHE_LIMIT");
}

void keep_cache_limit(const std::string& cache_dir, int64_t limit) {
  dataset::Pruned pruned;
  try {
    pruned = prune_cache(cache_dir, ingest::cache_layouts(), {.keep_bytes = limit});
  } catch (const error::UserError& error) {
    fmt::print(stderr, "{}\n", error.what());  // what was run is done all the same
    return;
  }
  if (!pruned.removed.empty())
    fmt::print(stderr, "cache: {} to keep within {}; {}\n", removed_text(pruned, false),
               bytes_text(limit), left_text(pruned));
  if (pruned.left_bytes > limit)
    fmt::print(stderr, "cache: {}, more than the limit of {}\n", left_text(pruned),
               bytes_text(limit));
}

void add_cache_command(CLI::App& app, int& exit_code) {
  const auto arguments = std::make_shared<CacheArguments>();
  CLI::App* cache = app.add_subcommand(
      "cache", "what the cache holds, by data set and experiment; `cache prune` makes it smaller");
  add_format_option(*cache, arguments->format);
  CLI::App* smaller = cache->add_subcommand(
      "prune", "remove what was used least recently; never what a running command uses");
  smaller->add_option("--keep", arguments->keep, "Remove until no more than this is left: 20GiB");
  smaller->add_option("--unused", arguments->unused,
                      "Remove what was not used for so long: 30d, 12h");
  smaller->add_flag("--dry-run", arguments->dry_run, "Show what would go; remove nothing");
  add_format_option(*smaller, arguments->format);
  smaller->callback([=, &exit_code] { exit_code = prune(*arguments); });
  cache->callback([=] {
    if (smaller->count() == 0) show(*arguments);
  });
}

}  // namespace assay::cli
