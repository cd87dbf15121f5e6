#pragma once

#include <parquet/arrow/reader.h>
#include <parquet/exception.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "error/error.h"
#include "ingest/column_batch.h"
#include "ingest/parquet_columns.h"
#include "ingest/parquet_lists.h"
#include "ingest/parquet_paths.h"

namespace assay::ingest {

/// The batches of a Parquet file. Its columns are the fields of the top level, then those that its
/// folders name, then values within fields, as far as they were asked for.
class ParquetSource : public BatchSource {
 public:
  /// @param constants  a column each; no value is a missing one
  ParquetSource(std::string path, std::unique_ptr<parquet::arrow::FileReader> file, size_t fields,
                std::vector<std::optional<std::string>> constants);

  int threads() const override { return 1; }
  int64_t rows_expected() override;
  /// How many rows come out; none where only reading them all would tell.
  std::optional<int64_t> rows_known() const;
  bool fill(int64_t k, ColumnBatch& batch) override;

  const parquet::arrow::FileReader& file() const { return *file_; }
  /// Makes a value within a field a column. Before columns are given a use.
  void add_leaf(ParquetLeaf leaf);
  /// Makes a row of each element of the lists that hold one of `columns` (places; user or item
  /// first); nothing where none does. Before columns are given a use. Throws UserError: one of them
  /// is a list of structs, or a list within a list.
  void unnest(const std::vector<int>& columns);
  EmptyRows empty_rows() const { return lists_ ? lists_->empty_rows() : EmptyRows(); }

 private:
  struct Leaf {
    ParquetLeaf leaf;
    std::unique_ptr<ParquetColumnReader> reader;  // null where its type is not read there
  };
  int64_t next_rows();
  void fill_column(size_t place, ParquetColumnReader* reader, ColumnBatch& batch);
  const std::string& field_name(size_t field) const;
  std::optional<ParquetLeaf> element_at(int place) const;
  void check_element(int place) const;
  ParquetLists::Column list_column(int place, bool needed);
  void fill_constants(ColumnBatch& batch);
  size_t first_leaf() const { return fields_.size() + constants_.size(); }

  std::string path_;
  std::unique_ptr<parquet::arrow::FileReader> file_;
  int group_ = -1;
  int64_t left_in_group_ = 0;
  std::vector<std::unique_ptr<ParquetColumnReader>> fields_;
  std::vector<std::optional<std::string>> constants_;
  std::vector<Leaf> leaves_;
  std::vector<Leaf> elements_;  // of fields that are lists of values
  std::optional<ParquetLists> lists_;
};

/// Runs `body`; what Arrow says is wrong becomes a UserError.
template <typename Body>
auto reading_parquet(const std::string& path, const Body& body) {
  try {
    return body();
  } catch (const parquet::ParquetException& error) {
    throw error::UserError(
        path, std::string("cannot be read as Parquet; it is damaged, truncated or not Parquet: ") +
                  error.what());
  }
}

}  // namespace assay::ingest
