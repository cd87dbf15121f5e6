#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ingest/batch_pipeline.h"
#include "ingest/table.h"

namespace assay::ingest {

/// A table that is read by column, and can be walked row by row too.
class BatchTable : public Table {
 public:
  /// @param unit          as of Origin
  /// @param header_place  where the columns are named
  /// @param lines_before  of the file, before its first batch
  BatchTable(const std::string& path, const char* unit, std::string header_place,
             std::vector<std::string> names, int64_t lines_before,
             std::unique_ptr<BatchSource> source);

  std::string header_place() const override { return header_place_; }
  bool next() override;
  std::string kind(int column) const override {
    const auto place = static_cast<size_t>(column);
    return place < kinds_.size() ? kinds_[place] : "";
  }
  /// As of kind(), of the first columns.
  void set_kinds(std::vector<std::string> kinds) { kinds_ = std::move(kinds); }
  Cell cell(int column) override { return batch_->columns[column].cell(in_batch_); }

  /// Says what a column is read for; before the first batch, or any time to give it up.
  void set_use(int column, Use use) { source_->set_use(static_cast<size_t>(column), use); }
  /// How its times are written; before the first batch.
  void set_times(TimeReader times) { source_->set_times(std::move(times)); }
  int64_t rows_expected() { return source_->rows_expected(); }
  /// The next rows, good until the call after; null at the end. Throws UserError with the place.
  const ColumnBatch* next_batch();
  /// Of a row of that batch.
  Origin origin_of(int64_t row) const { return {path_, first_line_ + batch_->line_of(row), unit_}; }

 private:
  std::string header_place_;
  std::vector<std::string> kinds_;
  std::unique_ptr<BatchSource> source_;
  int64_t first_line_;  // of the batch
  const ColumnBatch* batch_ = nullptr;
  int64_t in_batch_ = -1;
  std::optional<BatchPipeline> pipeline_;  // last, since its threads use the others
};

}  // namespace assay::ingest
