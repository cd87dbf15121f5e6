#pragma once

/// Rows of Parquet that hold lists, read as a row of each element: columns in lists give a value an
/// element, others the same value for all elements of their row. Nothing is allocated for a row.

#include <parquet/file_reader.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ingest/parquet_columns.h"
#include "ingest/row_values.h"
#include "ingest/table.h"

namespace assay::ingest {

class ParquetLists {
 public:
  /// A column of the table. One without a reader holds `instead` everywhere; one without that too
  /// is the caller's.
  struct Column {
    std::string name;
    ParquetColumnReader* reader = nullptr;
    int leaf = -1;        ///< column of the file, of one in lists
    bool needed = false;  ///< in lists: their lengths must agree
    std::string_view instead = {};
  };

  /// @param first  place of a needed column, which has a value in each row that is read
  ParquetLists(std::string path, parquet::ParquetFileReader& file, std::vector<Column> columns,
               int first);

  /// Fills the columns of the next batch, as BatchSource::fill. Lists of one row that differ in
  /// length end the batch (ColumnBatch::bad); of a column that is not needed they become cells
  /// that say so.
  bool fill(ColumnBatch& batch, const std::function<Use(size_t)>& use_of, const TimeReader& times);

  /// How many rows come out: by the statistics of the file, none where it has none.
  std::optional<int64_t> rows_known() const;
  /// The same, or a little more.
  int64_t rows_expected() const;
  /// Rows without an element so far.
  const EmptyRows& empty_rows() const { return empty_; }

 private:
  struct State {
    Column column;
    RowValues row;
    int64_t left = 0;   // slots of the group
    bool lost = false;  // lists of another length
    bool in_list() const { return column.leaf >= 0; }
  };
  bool next_group();
  int64_t slots_of_batch() const;
  void place_rows(const SlotLevels& levels);
  void read_needed(int64_t slots, ColumnBatch& batch, const std::function<Use(size_t)>& use_of,
                   const TimeReader& times);
  void read_extra(State& state, int64_t slots, Use use, const TimeReader& times, BatchColumn& out);
  void cut(int64_t row, const State& other, ColumnBatch& batch);
  int64_t length_of(int leaf, int64_t row_of_group) const;

  std::string path_;
  parquet::ParquetFileReader& file_;
  std::vector<State> columns_;
  std::vector<size_t> needed_;  // places of columns, the first of them first
  int group_ = -1;
  int64_t rows_of_group_ = 0, rows_ = 0;  // begun before this batch: of the group, of the file
  int64_t begun_ = 0;                     // in this batch
  std::vector<int32_t> row_of_;           // of each element of the batch; -1 began before
  EmptyRows empty_;
  bool ended_ = false;  // at lists that differ
};

}  // namespace assay::ingest
