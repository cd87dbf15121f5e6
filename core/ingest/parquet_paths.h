#pragma once

/// Values within structs and lists of a Parquet file, by their path: "events.aid".

#include <parquet/arrow/reader.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace assay::ingest {

/// A value within a top-level field.
struct ParquetLeaf {
  std::string path;  ///< names of fields with dots between them; lists have none
  int field = 0;     ///< top level, that it lies in
  int column = 0;    ///< of the file
  std::shared_ptr<arrow::DataType> type;
  int lists = 0;  ///< within each other, on the way to it
};

/// Everything within the top-level field, itself where it is a value or a list of values.
std::vector<ParquetLeaf> leaves_of(const parquet::arrow::FileReader& file, int field);

/// Whether a top-level field is a list, of whatever.
bool is_list_field(const parquet::arrow::FileReader& file, int field);

}  // namespace assay::ingest
