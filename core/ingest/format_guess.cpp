#include "ingest/format_guess.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "error/error.h"
#include "ingest/named_formats.h"
#include "ingest/source_files.h"
#include "ingest/table.h"
#include "ingest/text.h"
#include "ingest/text_file.h"
#include "text/lower_case.h"

namespace assay::ingest {
namespace {

namespace fs = std::filesystem;

constexpr size_t kFirstLine = 1 << 16;

bool begins_with_reviews(const std::string& path) {
  const std::string beginning = TextFile(path, kFirstLine).text();
  const std::string line = beginning.substr(0, beginning.find('\n'));
  const auto has = [&](const char* key) { return line.find(key) != std::string::npos; };
  return (has("\"reviewerID\"") && has("\"asin\"")) ||
         (has("\"user_id\"") && has("\"parent_asin\""));
}

std::string say_it() {
  return fmt::format("give the format with --as {}", fmt::join(all_formats(), ", "));
}

std::string format_of_folder(const std::string& path) {
  const std::vector<std::string> names = names_in(path);
  if (names.empty()) throw error::UserError(path, "is an empty folder");
  for (const std::string& name : names)
    if (fs::path(name).extension() == ".inter") return "recbole";
  if (const std::string named = named_format_of(path); !named.empty()) return named;
  if (holds_parquet(path)) return "parquet";
  throw error::UserError(path, fmt::format("contains no file of a format that is recognised by "
                                           "name; it contains: {}; name the file, or {}",
                                           fmt::join(names, ", "), say_it()));
}

}  // namespace

const std::vector<std::string>& all_formats() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> out = {"recbole", "csv",        "tsv",      "jsonl",
                                    "parquet", "user_items", "sequences"};
    out.insert(out.end(), named_formats().begin(), named_formats().end());
    return out;
  }();
  return all;
}

std::string guess_format(const std::string& path) {
  static const std::map<std::string, std::string> formats = {
      {".inter", "recbole"},   {".csv", "csv"},      {".tsv", "tsv"},    {".jsonl", "jsonl"},
      {".ndjson", "jsonl"},    {".parq", "parquet"}, {".pq", "parquet"}, {".txt", "user_items"},
      {".parquet", "parquet"}, {".json", "jsonl"}};
  if (fs::is_directory(path)) return format_of_folder(path);
  if (const std::string named = named_format_of(path); !named.empty()) return named;
  const auto found =
      formats.find(text::lower_case(fs::path(unpacked_name(path)).extension().string()));
  if (found == formats.end())
    throw error::UserError(path, "has a name that fits no format; " + say_it());
  return found->second == "jsonl" && begins_with_reviews(path) ? "amazon_reviews" : found->second;
}

std::vector<std::string> event_columns(const task::DatasetSpec& dataset) {
  const SourceFile file = source_files(dataset).front();
  TableFormat format{.name = dataset.format, .names = dataset.header, .inside = file.inside};
  if (!dataset.delimiter.empty()) format.delimiter = dataset.delimiter.front();
  return open_table(file.path, format)->names();
}

}  // namespace assay::ingest
