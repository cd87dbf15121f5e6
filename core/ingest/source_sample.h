#pragma once

/// The first rows of a file that nothing is known of, as columns of texts.

#include <string>
#include <string_view>
#include <vector>

#include "ingest/cell.h"

namespace assay::ingest {

/// A value as it stands in the file.
struct SampleValue {
  std::string text;  ///< "" where it is missing
  Cell::Kind kind = Cell::Kind::missing;
};

struct SampleColumn {
  std::string name;
  std::vector<SampleValue> values;

  /// Those that are not missing.
  std::vector<std::string_view> texts() const;
  /// Different ones.
  size_t distinct() const;
  /// Whether there is one and every one is a number.
  bool is_numeric() const;
  /// Whether every number is whole.
  bool is_whole() const;
  /// Whether a value is of that kind.
  bool has(Cell::Kind kind) const;
};

struct Sample {
  std::string format;    ///< csv, tsv, jsonl, parquet, user_items
  std::string why;       ///< of the format
  char delimiter = ',';  ///< csv
  bool has_header = true;
  std::string header_why;  ///< of text formats
  std::vector<std::string> doubts;
  std::vector<SampleColumn> columns;
  size_t rows = 0;
};

/// Reads the beginning of a file: at most 1,000 rows, of a text at most 256 KiB.
/// Throws UserError where it is in no format that is guessed; it says what it begins with.
Sample sample_of(const std::string& path);

}  // namespace assay::ingest
