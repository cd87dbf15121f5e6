#include "ingest/parquet_writer.h"

#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/io/file.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/core.h>
#include <parquet/arrow/writer.h>

#include <filesystem>

#include "error/error.h"

namespace assay::ingest {
namespace {

void check(const std::string& path, const arrow::Status& status) {
  if (status.ok()) return;
  throw error::UserError(path,
                         fmt::format("the file cannot be written: {}; make its folder writable, or "
                                     "write to another one",
                                     status.message()));
}

template <typename Value>
Value taken(const std::string& path, arrow::Result<Value> result) {
  check(path, result.status());
  return std::move(result).ValueUnsafe();
}

std::shared_ptr<arrow::DataType> type_of(ParquetField::Type type) {
  switch (type) {
    case ParquetField::Type::integer:
      return arrow::int64();
    case ParquetField::Type::real:
      return arrow::float64();
    case ParquetField::Type::text:
      return arrow::utf8();
  }
  throw error::InternalError("a column has one of three types");
}

std::shared_ptr<arrow::Schema> schema_of(const std::vector<ParquetField>& columns) {
  std::vector<std::shared_ptr<arrow::Field>> fields;
  for (const ParquetField& column : columns) {
    fields.push_back(arrow::field(column.name, type_of(column.type)));
  }
  return arrow::schema(fields);
}

template <typename Builder, typename Values>
std::shared_ptr<arrow::Array> built(const std::string& path, const Values& values) {
  Builder builder;
  check(path, builder.Reserve(static_cast<int64_t>(values.size())));
  for (const auto& value : values) {
    check(path, value ? builder.Append(*value) : builder.AppendNull());
  }
  return taken(path, builder.Finish());
}

std::shared_ptr<arrow::Array> array_of(const std::string& path, const ParquetValues& values) {
  if (const auto* integers = std::get_if<ParquetIntegers>(&values)) {
    return built<arrow::Int64Builder>(path, *integers);
  }
  if (const auto* reals = std::get_if<ParquetReals>(&values)) {
    return built<arrow::DoubleBuilder>(path, *reals);
  }
  return built<arrow::StringBuilder>(path, std::get<ParquetTexts>(values));
}

size_t size_of(const ParquetValues& values) {
  return std::visit([](const auto& list) { return list.size(); }, values);
}

}  // namespace

struct ParquetWriter::File {
  std::shared_ptr<arrow::Schema> schema;
  std::unique_ptr<parquet::arrow::FileWriter> writer;
};

ParquetWriter::ParquetWriter(const std::string& path, std::vector<ParquetField> columns)
    : path_(path), columns_(std::move(columns)), file_(std::make_unique<File>()) {
  file_->schema = schema_of(columns_);
  const auto out = taken(path_, arrow::io::FileOutputStream::Open(path_));
  const auto properties =
      parquet::WriterProperties::Builder().compression(parquet::Compression::ZSTD)->build();
  file_->writer = taken(path_, parquet::arrow::FileWriter::Open(
                                   *file_->schema, arrow::default_memory_pool(), out, properties));
}

ParquetWriter::~ParquetWriter() {
  if (!file_) return;
  file_.reset();
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);
}

void ParquetWriter::write(const std::vector<ParquetValues>& batch) {
  error::require(file_ && batch.size() == columns_.size(),
                 "a batch has every column of an open file");
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  for (size_t c = 0; c < batch.size(); ++c) {
    error::require(batch[c].index() == static_cast<size_t>(columns_[c].type),
                   "values are of their column's type");
    error::require(size_of(batch[c]) == size_of(batch[0]), "columns of a batch are equally long");
    arrays.push_back(array_of(path_, batch[c]));
  }
  const auto rows = static_cast<int64_t>(size_of(batch[0]));
  if (rows == 0) return;
  check(path_,
        file_->writer->WriteRecordBatch(*arrow::RecordBatch::Make(file_->schema, rows, arrays)));
}

void ParquetWriter::close() {
  check(path_, file_->writer->Close());
  file_.reset();
}

}  // namespace assay::ingest
