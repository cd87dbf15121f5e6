#pragma once

/// Columns of Parquet that are read as texts.

#include <memory>

#include "ingest/parquet_columns.h"

namespace parquet {
class ParquetFileReader;
}

namespace assay::ingest {

/// Of byte arrays.
std::unique_ptr<ParquetColumnReader> text_column(parquet::ParquetFileReader& file, int column);

/// Of UUIDs, 16 bytes each.
std::unique_ptr<ParquetColumnReader> uuid_column(parquet::ParquetFileReader& file, int column);

}  // namespace assay::ingest
