#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace assay::ingest {

/// A column of a Parquet file; every column may hold missing values.
struct ParquetField {
  enum class Type { integer, real, text };  ///< int64, double, UTF-8

  std::string name;
  Type type = Type::text;
};

using ParquetIntegers = std::vector<std::optional<int64_t>>;
using ParquetReals = std::vector<std::optional<double>>;
using ParquetTexts = std::vector<std::optional<std::string>>;
/// Values of one column, of its type.
using ParquetValues = std::variant<ParquetIntegers, ParquetReals, ParquetTexts>;

/// Writes a Parquet file (Zstandard) batch by batch, so that it need not fit in memory: a batch
/// becomes a row group. Errors of the file are UserErrors that name it.
class ParquetWriter {
 public:
  ParquetWriter(const std::string& path, std::vector<ParquetField> columns);
  /// A file that was not closed is removed: it could not be read.
  ~ParquetWriter();
  ParquetWriter(const ParquetWriter&) = delete;

  /// One list of values a column, all as long. Throws InternalError where they are not, or of
  /// another type than their column.
  void write(const std::vector<ParquetValues>& batch);
  void close();

 private:
  struct File;
  std::string path_;
  std::vector<ParquetField> columns_;
  std::unique_ptr<File> file_;
};

}  // namespace assay::ingest
