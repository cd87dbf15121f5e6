#pragma once

/// Columns of a Parquet file, read on and on across its row groups.

#include <parquet/arrow/reader.h>

#include <memory>

#include "ingest/column_batch.h"

namespace assay::ingest {

class ParquetColumnReader {
 public:
  virtual ~ParquetColumnReader() = default;
  /// The next `rows` values, all of one row group. Ids become codes where the group holds them so.
  /// Throws parquet::ParquetException.
  virtual void read(int group, int64_t rows, Use use, BatchColumn& out) = 0;
};

/// The reader of the top-level column number `field`. Numbers, times and texts are decoded straight
/// into the batch, other types by way of Arrow arrays. `file` must outlive it.
std::unique_ptr<ParquetColumnReader> parquet_column(parquet::arrow::FileReader& file, int field);

}  // namespace assay::ingest
