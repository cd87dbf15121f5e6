#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ingest/event_builder.h"
#include "ingest/text.h"
#include "ingest/text_file.h"

namespace assay::ingest {

/// A column of an atomic file.
struct AtomicColumn {
  std::string name;
  std::string type;  ///< token, float, token_seq, float_seq
};

/// An atomic file, read row by row.
class AtomicTable {
 public:
  /// Reads the header. Throws UserError: the file is empty, a column has no or an unknown type, or
  /// stands twice.
  explicit AtomicTable(const std::string& path);

  const std::vector<AtomicColumn>& columns() const { return columns_; }
  /// The place of a column. Throws UserError with near names where it is missing.
  size_t column(const std::string& name) const;
  /// The place of a column, or -1.
  int find(const std::string& name) const;

  /// The next row. Throws UserError where it has more or fewer fields than the header.
  bool next(std::vector<std::string_view>& fields);
  Origin origin() const { return {path_, lines_.number()}; }
  const std::string& path() const { return path_; }

 private:
  void read_header();

  std::string path_;
  LineReader lines_;
  std::vector<AtomicColumn> columns_;
};

}  // namespace assay::ingest
