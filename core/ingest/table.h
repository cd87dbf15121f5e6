#pragma once

/// Tables of any format, row by row: what CSV, TSV, JSON lines and Parquet have in common.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/cell.h"
#include "ingest/event_builder.h"

namespace assay::ingest {

/// Rows whose lists have no element.
struct EmptyRows {
  int64_t count = 0;
  int64_t first = 0;  ///< line or row of the file, from 1
};

class Table {
 public:
  virtual ~Table() = default;

  const std::string& path() const { return path_; }
  /// Of its columns. Those of JSON lines become more where a line has a new key.
  const std::vector<std::string>& names() const { return names_; }
  /// The place of a column, or -1.
  int find(const std::string& name) const;
  /// The place of a column. Throws UserError with near names where it is missing.
  /// @param key  of the experiment file that names it, for the message
  int column(const std::string& name, const std::string& key);

  /// Goes to the next row; false at the end. Throws UserError with the place: a row that cannot be
  /// read.
  virtual bool next() = 0;
  virtual Cell cell(int column) = 0;
  /// What the file itself says a column holds ("a text", "an integer", ...); "" where it does not.
  virtual std::string kind(int column) const {
    (void)column;
    return "";
  }
  /// Makes a row of each element of the lists that stand in one of `columns` (places, a user or an
  /// item first): columns of lists then hold elements, others repeat their value. Lists of one row
  /// must be equally long; one without an element gives no row. Nothing changes where no such column
  /// holds lists. Before the first row. Throws UserError where there is no value to take.
  virtual void unnest(const std::vector<int>& columns) { (void)columns; }
  /// After the last row: how many rows gave none.
  virtual EmptyRows empty_rows() const { return {}; }
  Origin origin() const { return {path_, row_, unit_}; }
  /// Where the columns are named: "log.csv:1", or the file.
  virtual std::string header_place() const { return path_; }

 protected:
  /// Looks for a column that is not among the names so far.
  virtual bool look_for(const std::string& name) {
    (void)name;
    return false;
  }
  Table(std::string path, const char* unit) : path_(std::move(path)), unit_(unit) {}
  /// Throws UserError where a name stands twice or is no UTF-8.
  void set_names(std::vector<std::string> names);

  std::string path_;
  std::vector<std::string> names_;
  int64_t row_ = 0;  ///< line or row of the file, from 1
  const char* unit_;
};

/// What a table is read as.
struct TableFormat {
  std::string name;                     ///< csv, tsv, jsonl, json_map, parquet, delimited, netflix,
                                        ///< python_lines
  char delimiter = ',';                 ///< csv
  std::string separator = {};           ///< delimited: "::", "|"
  std::vector<std::string> names = {};  ///< csv, tsv, delimited: of the columns of a file that has
                                        ///< no header line; json_map: of the values
  std::vector<std::string> flags = {};  ///< delimited: columns of 0 and 1 that make up one more
                                        ///< column, the set `genres`
  std::string inside = {};  ///< parquet: the file's path below the data set's folder, whose
                            ///< key=value folders are columns
  bool latin1 = false;      ///< delimited: bytes above 0x7F are ISO 8859-1
  bool rest = false;        ///< delimited: the last column is the rest of the line
  std::string none = {};    ///< features: a text that says that there is no value
};

/// Opens a table. Throws UserError: missing, empty or damaged file, header that is wrong.
std::unique_ptr<Table> open_table(const std::string& path, const TableFormat& format);

/// The text of an id: a text, or an integer in digits. `buffer` holds the digits.
/// Throws UserError where it is anything else.
std::string_view id_text(const Cell& cell, const std::string& column, const Origin& origin,
                         std::string& buffer);

/// What a cell holds, for messages: `"abc"`, `3.0`, `2024-05-31 18:30:00`, `a list`.
std::string shown(const Cell& cell);

/// Of an integer or a number; none of anything else.
std::optional<double> number_of(const Cell& cell);

}  // namespace assay::ingest
