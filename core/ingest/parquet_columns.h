#pragma once

/// Columns of a Parquet file, read on and on across its row groups.

#include <parquet/arrow/reader.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "ingest/column_batch.h"

namespace assay::ingest {

/// What says of a column where its values lie (Melnik et al., Dremel, VLDB 2010). A slot is an
/// element of a list, or a list without one; without lists it is a row.
struct SlotLevels {
  explicit SlotLevels(const parquet::ColumnDescriptor& column);

  std::vector<int16_t> definition;  ///< of each slot that was read last: how much of it is there
  std::vector<int16_t> repetition;  ///< in a list: 0 begins a row; empty without lists
  int16_t element = 0;  ///< definition of an element of a list, which may be missing itself
  int16_t present = 0;  ///< definition of a value
  int16_t lists = 0;    ///< within each other; 0 of a column that is in none

  bool in_list() const { return lists > 0; }
  bool is_element(size_t slot) const { return definition[slot] >= element; }
  /// How many of the slots are elements.
  int64_t elements(int64_t first, int64_t count) const;
  void resize(int64_t slots);
};

class ParquetColumnReader {
 public:
  virtual ~ParquetColumnReader() = default;
  /// The next `slots` values, all of one row group: of as many rows, or of a column in lists of so
  /// many slots. Ids become codes where the group holds them so. Throws parquet::ParquetException.
  virtual void read(int group, int64_t slots, Use use, BatchColumn& out) = 0;
  /// Of the slots that were read last; null of a column that is in no list.
  virtual const SlotLevels* levels() const { return nullptr; }
};

/// The reader of the top-level column number `field`. Numbers, times and texts are decoded straight
/// into the batch, other types by way of Arrow arrays. `file` must outlive it.
std::unique_ptr<ParquetColumnReader> parquet_column(parquet::arrow::FileReader& file, int field);

/// The reader of a leaf that lies in structs, or in one list; null where its type is not read there.
/// @param type  of the leaf, as Arrow has it
std::unique_ptr<ParquetColumnReader> parquet_leaf(parquet::arrow::FileReader& file, int column,
                                                  const arrow::DataType& type);

}  // namespace assay::ingest
