#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace assay::cli {

/// How a listing is printed: `--format`.
enum class OutputFormat {
  text,      ///< aligned columns for a terminal
  markdown,  ///< a pipe table
  json,      ///< a list of objects; numbers stay numbers, a missing value is null
  csv,       ///< RFC 4180 with a header
};

/// Adds `--format text|markdown|json|csv` to a command.
CLI::Option* add_format_option(CLI::App& command, OutputFormat& format);

/// A listing: named columns and rows of JSON scalars (text, number, bool, null for a missing
/// value).
struct Listing {
  std::vector<std::string> columns;
  std::vector<std::vector<nlohmann::json>> rows;

  /// Adds a row; it has as many cells as there are columns.
  void add(std::vector<nlohmann::json> cells);
};

/// The table in a format, with a line end behind it. In text and Markdown integers have thousands
/// separators and stand right, a missing value is "-"; the last column of text is not padded.
std::string render(const Listing& table, OutputFormat format);

}  // namespace assay::cli
