#include <arrow/io/file.h>
#include <arrow/type.h>
#include <arrow/type_traits.h>
#include <parquet/arrow/reader.h>
#include <parquet/exception.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "error/error.h"
#include "ingest/batch_table.h"
#include "ingest/parquet_columns.h"
#include "ingest/table_formats.h"
#include "ingest/text.h"

namespace assay::ingest {
namespace {

constexpr int64_t kBatchRows = 1 << 14;
constexpr int64_t kReadBytes = 1 << 18;  // of a column at a time, so that no row group is held

constexpr const char* kHiveMissing = "__HIVE_DEFAULT_PARTITION__";

/// A column that a folder gives its files; no value is a missing one.
struct Partition {
  std::string name;
  std::optional<std::string> value;
};

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const int letter = (c | 0x20) - 'a';
  return letter >= 0 && letter < 6 ? letter + 10 : -1;
}

// Names of folders hold what they may not as %2F; a % that begins no such code stands for itself.
std::string decoded(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool code = text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 &&
                      hex_digit(text[i + 2]) >= 0;
    out.push_back(code ? static_cast<char>(hex_digit(text[i + 1]) << 4 | hex_digit(text[i + 2]))
                       : text[i]);
    if (code) i += 2;
  }
  return out;
}

/// key=value of the folders above a file, as Hive writes them.
std::vector<Partition> partitions(const std::string& inside) {
  std::vector<Partition> out;
  for (const auto& folder : std::filesystem::path(inside).parent_path()) {
    const std::string name = folder.string();
    const size_t equals = name.find('=');
    if (equals == std::string::npos || equals == 0) continue;
    const std::string value = name.substr(equals + 1);
    out.push_back({decoded(name.substr(0, equals)),
                   value == kHiveMissing ? std::nullopt : std::optional(decoded(value))});
  }
  return out;
}

/// What a column holds, as errors name it; "" for what is rarely read.
std::string kind_of(const arrow::DataType& type) {
  if (type.id() == arrow::Type::DICTIONARY)
    return kind_of(*static_cast<const arrow::DictionaryType&>(type).value_type());
  if (arrow::is_base_binary_like(type.id()) || arrow::is_binary_view_like(type.id()))
    return "a text";
  if (arrow::is_integer(type.id())) return "an integer";
  if (arrow::is_floating(type.id()) || arrow::is_decimal(type.id())) return "a number";
  if (type.id() == arrow::Type::TIMESTAMP || arrow::is_date(type.id())) return "a time";
  return type.id() == arrow::Type::BOOL ? "a boolean" : "";
}

/// Runs `body`; what Arrow says is wrong becomes a UserError.
template <typename Body>
auto reading(const std::string& path, const Body& body) {
  const auto damaged = [&](const std::string& why) {
    return error::UserError(
        path, "cannot be read as Parquet; it is damaged, truncated or not Parquet: " + why);
  };
  try {
    return body();
  } catch (const parquet::ParquetException& error) {
    throw damaged(error.what());
  }
}

void check(const arrow::Status& status) {
  if (!status.ok()) throw parquet::ParquetException(status.message());
}

std::unique_ptr<parquet::arrow::FileReader> opened(const std::string& path) {
  const auto input = arrow::io::ReadableFile::Open(path);
  check(input.status());
  parquet::ReaderProperties properties;
  properties.enable_buffered_stream();
  properties.set_buffer_size(kReadBytes);
  parquet::arrow::FileReaderBuilder builder;
  check(builder.Open(*input, properties));
  // Nanoseconds of INT96 within lists would overflow in 2262; others are read without Arrow.
  parquet::ArrowReaderProperties as_arrow;
  as_arrow.set_coerce_int96_timestamp_unit(arrow::TimeUnit::MICRO);
  builder.properties(as_arrow);
  std::unique_ptr<parquet::arrow::FileReader> file;
  check(builder.Build(&file));
  return file;
}

// A truth value as Spark, DuckDB and pandas name folders by it, or a number.
std::optional<double> number_of_folder(const std::string& value) {
  if (value == "true" || value == "True" || value == "TRUE") return 1;
  if (value == "false" || value == "False" || value == "FALSE") return 0;
  return parse_number(value);
}

/// The same value in each row.
void fill_constant(const std::optional<std::string>& value, int64_t rows, Use use,
                   const TimeReader& times, BatchColumn& column) {
  const auto count = static_cast<size_t>(rows);
  const std::optional<double> number =
      value && use == Use::number ? number_of_folder(*value) : std::nullopt;
  column.kind = number ? BatchColumn::Kind::numbers : BatchColumn::Kind::texts;
  if (number) return column.numbers.assign(count, *number);
  column.texts.assign(count, value ? std::string_view(*value) : std::string_view());
  narrow(column, use, times);
}

/// A file, and behind its columns those that its folders name.
class ParquetSource : public BatchSource {
 public:
  ParquetSource(std::string path, std::unique_ptr<parquet::arrow::FileReader> file, size_t columns,
                std::vector<std::optional<std::string>> constants)
      : BatchSource(columns + constants.size()),
        path_(std::move(path)),
        file_(std::move(file)),
        rows_(file_->parquet_reader()->metadata()->num_rows()),
        constants_(std::move(constants)) {
    for (size_t i = 0; i < columns; ++i)
      columns_.push_back(parquet_column(*file_, static_cast<int>(i)));
  }

  int threads() const override { return 1; }
  int64_t rows_expected() override { return rows_; }

  bool fill(int64_t, ColumnBatch& batch) override {
    batch.rows = batch.lines = next_rows();
    if (batch.rows == 0) return false;
    batch.columns.resize(columns_.size() + constants_.size());
    reading(path_, [&] {
      for (size_t i = 0; i < columns_.size(); ++i) fill_column(i, batch);
    });
    for (size_t i = 0; i < constants_.size(); ++i) {
      const size_t place = columns_.size() + i;
      fill_constant(constants_[i], batch.rows, use_of(place), times(), batch.columns[place]);
    }
    return true;
  }

 private:
  // Of a batch, which ends where its row group does; 0 at the end of the file.
  int64_t next_rows() {
    const parquet::FileMetaData& file = *file_->parquet_reader()->metadata();
    while (left_in_group_ == 0) {
      if (group_ + 1 >= file.num_row_groups()) return 0;
      left_in_group_ = file.RowGroup(++group_)->num_rows();
    }
    const int64_t rows = std::min(kBatchRows, left_in_group_);
    left_in_group_ -= rows;
    return rows;
  }

  void fill_column(size_t i, ColumnBatch& batch) {
    BatchColumn& column = batch.columns[i];
    column.kind = BatchColumn::Kind::unwanted;
    if (use_of(i) == Use::unwanted) return;
    columns_[i]->read(group_, batch.rows, use_of(i), column);
    narrow(column, use_of(i), times());
  }

  std::string path_;
  std::unique_ptr<parquet::arrow::FileReader> file_;
  int64_t rows_;
  int group_ = -1;
  int64_t left_in_group_ = 0;
  std::vector<std::unique_ptr<ParquetColumnReader>> columns_;
  std::vector<std::optional<std::string>> constants_;
};

}  // namespace

std::unique_ptr<Table> open_parquet(const std::string& path, const std::string& inside) {
  return reading(path, [&]() -> std::unique_ptr<Table> {
    auto file = opened(path);
    std::shared_ptr<arrow::Schema> schema;
    check(file->GetSchema(&schema));
    std::vector<std::string> names = schema->field_names();
    const size_t columns = names.size();
    std::vector<std::string> kinds;
    for (const auto& field : schema->fields()) kinds.push_back(kind_of(*field->type()));
    std::vector<std::optional<std::string>> constants;
    for (const Partition& partition : partitions(inside)) {
      if (std::ranges::count(names, partition.name) > 0) continue;
      names.push_back(partition.name);
      constants.push_back(partition.value);
    }
    auto source = std::make_unique<ParquetSource>(path, std::move(file), columns, constants);
    auto table = std::make_unique<BatchTable>(path, "row", path, names, /*lines_before=*/0,
                                              std::move(source));
    table->set_kinds(std::move(kinds));
    return table;
  });
}

}  // namespace assay::ingest
