#pragma once

/// Rows of a table by column: what CSV and Parquet are read as.

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/cell.h"
#include "ingest/time_reader.h"

namespace assay::ingest {

/// What a column is read for, which decides what its texts are turned into where all of a batch
/// can be: an id stays a text unless it is an integer as we would write it, a time becomes microseconds,
/// a number a number. A column that is not `wanted` is not read.
enum class Use : uint8_t { any, id, time, number, unwanted };

/// One column of a batch: values of one kind, or cells where kinds are mixed.
struct BatchColumn {
  enum class Kind : uint8_t { unwanted, integers, times, numbers, texts, cells, codes };
  Kind kind = Kind::unwanted;
  std::vector<int64_t> integers;        ///< integers; times: microseconds since 1970, UTC
  bool is_unsigned = false;             ///< integers: the bits of unsigned ones
  bool dated = false;                   ///< times: some are written as times, and not counted
  bool local = false;                   ///< times: of a clock whose zone is not said
  bool was_texts = false;               ///< times: read by a TimeReader
  std::vector<double> numbers;          ///< numbers; NaN may be a missing one
  std::string_view number_type = {};    ///< numbers: as Cell::text
  std::vector<std::string_view> texts;  ///< texts; one without data is missing
  std::vector<Cell> cells;
  std::vector<int32_t> codes;                     ///< places in the dictionary
  std::shared_ptr<const BatchColumn> dictionary;  ///< integers or texts, the same for many batches
  std::vector<uint8_t> missing;  ///< 1 each, of all but texts and cells; empty where none is
  std::shared_ptr<void> memory;  ///< what texts and cells point to

  Cell cell(int64_t row) const;
  bool has_missing() const { return !missing.empty(); }
};

/// Texts of a column become what it is read for; where one of them is something else all stay.
/// @param times  how times are written
void narrow(BatchColumn& column, Use use, const TimeReader& times);

/// Rows that follow each other in a file. What texts point to lives as long as the batch is not
/// filled again.
struct ColumnBatch {
  int64_t rows = 0;
  std::vector<BatchColumn> columns;
  int64_t lines = 0;          ///< that it takes of the file; more than rows where some are empty
  std::vector<int32_t> line;  ///< of each row from 0; empty where they follow each other
  /// Where rows take several lines: the first line of what `line` counts. Empty where each takes
  /// one.
  std::vector<int32_t> row_line;
  std::optional<std::string> bad;  ///< why the row after the last one cannot be read
  int64_t bad_line = 0;            ///< its line, from 0

  int64_t line_of(int64_t row) const {
    const int64_t read = line.empty() ? row : line[row];
    return row_line.empty() ? read : row_line[read];
  }
};

/// The rows of a batch whose places are given, without what lines they stand in.
ColumnBatch only_rows(const ColumnBatch& batch, std::span<const int32_t> rows);

/// Where the batches of a table come from.
class BatchSource {
 public:
  explicit BatchSource(size_t columns) : uses_(columns) {}
  virtual ~BatchSource() = default;

  /// Fills the batch number `k`; false where the file has ended before it. Up to threads() threads
  /// call it at once, with different numbers in rising order. Throws UserError.
  virtual bool fill(int64_t k, ColumnBatch& batch) = 0;
  virtual int threads() const = 0;
  /// How many rows there are; a guess may be a little too high.
  virtual int64_t rows_expected() = 0;

  void set_use(size_t column, Use use) { uses_[column] = use; }
  /// How times are written; before the first batch.
  void set_times(TimeReader times) { times_ = std::move(times); }

 protected:
  Use use_of(size_t column) const { return uses_[column]; }
  const TimeReader& times() const { return times_; }

 private:
  std::vector<std::atomic<Use>> uses_;  // may change while batches are made
  TimeReader times_;
};

}  // namespace assay::ingest
