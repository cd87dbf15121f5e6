#include "ingest/format_guess.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "error/error.h"
#include "ingest/named_formats.h"
#include "ingest/source_files.h"

namespace assay::ingest {
namespace {

namespace fs = std::filesystem;

std::string say_it() {
  return fmt::format("give the format with --as {}", fmt::join(all_formats(), ", "));
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

std::string format_of_folder(const std::string& path) {
  const std::vector<std::string> names = names_in(path);
  if (names.empty()) throw error::UserError(path, "is an empty folder");
  for (const std::string& name : names)
    if (fs::path(name).extension() == ".inter") return "recbole";
  if (const NamedGuess named = named_format_of(path); !named.format.empty()) return named.format;
  if (holds_parquet(path)) return "parquet";
  throw error::UserError(path, fmt::format("contains no file of a format that is recognised by "
                                           "name; it contains: {}; name the file, or {}",
                                           fmt::join(names, ", "), say_it()));
}

}  // namespace assay::ingest
