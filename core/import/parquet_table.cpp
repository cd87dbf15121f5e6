#include <arrow/array.h>
#include <arrow/io/file.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>
#include <parquet/arrow/reader.h>
#include <parquet/exception.h>

#include <algorithm>
#include <deque>
#include <filesystem>
#include <limits>

#include "error/error.h"
#include "import/table_formats.h"
#include "import/text.h"

namespace assay {
namespace {

using Kind = Cell::Kind;
using Lists = std::deque<std::vector<Cell>>;

constexpr int64_t kBatchRows = 1 << 16;

template <typename ArrayType>
auto value_of(const arrow::Array& array, int64_t row) {
  return static_cast<const ArrayType&>(array).Value(row);
}

template <typename ArrayType>
std::string_view text_of(const arrow::Array& array, int64_t row) {
  return static_cast<const ArrayType&>(array).GetView(row);
}

// Timestamps without a zone are taken for UTC.
Cell time_cell(const arrow::Array& array, int64_t row) {
  const int64_t value = value_of<arrow::TimestampArray>(array, row);
  int64_t per_second = 1;
  const auto unit = static_cast<const arrow::TimestampType&>(*array.type()).unit();
  if (unit == arrow::TimeUnit::MILLI) per_second = 1'000;
  if (unit == arrow::TimeUnit::MICRO) per_second = 1'000'000;
  if (unit == arrow::TimeUnit::NANO) per_second = 1'000'000'000;
  return {Kind::time, {}, value < 0 ? -1 : value / per_second};
}

Cell cell_of(const arrow::Array& array, int64_t row, Lists& lists);

Cell list_cell(const arrow::Array& values, int64_t begin, int64_t length, Lists& lists) {
  std::vector<Cell> elements;
  elements.reserve(static_cast<size_t>(length));
  for (int64_t i = begin; i < begin + length; ++i) elements.push_back(cell_of(values, i, lists));
  lists.push_back(std::move(elements));
  return {Kind::list, {}, 0, 0, lists.back()};
}

template <typename ListType>
Cell list_of(const arrow::Array& array, int64_t row, Lists& lists) {
  const auto& list = static_cast<const ListType&>(array);
  return list_cell(*list.values(), list.value_offset(row), list.value_length(row), lists);
}

Cell integer(int64_t value) { return {Kind::integer, {}, value}; }
Cell number(double value) { return {Kind::number, {}, 0, value}; }

// Unsigned ids above 2^63 do not fit; they are said to be what they are.
Cell unsigned_cell(uint64_t value) {
  if (value > static_cast<uint64_t>(std::numeric_limits<int64_t>::max()))
    return {Kind::other, "an integer above 2^63"};
  return integer(static_cast<int64_t>(value));
}

Cell nested_cell(const arrow::Array& array, int64_t row, Lists& lists) {
  switch (array.type_id()) {
    case arrow::Type::LIST:
      return list_of<arrow::ListArray>(array, row, lists);
    case arrow::Type::LARGE_LIST:
      return list_of<arrow::LargeListArray>(array, row, lists);
    case arrow::Type::FIXED_SIZE_LIST:
      return list_of<arrow::FixedSizeListArray>(array, row, lists);
    case arrow::Type::DICTIONARY: {
      const auto& coded = static_cast<const arrow::DictionaryArray&>(array);
      return cell_of(*coded.dictionary(), coded.GetValueIndex(row), lists);
    }
    case arrow::Type::STRUCT:
      return {Kind::other, "a struct"};
    case arrow::Type::MAP:
      return {Kind::other, "a map"};
    default:
      return {Kind::other, "of a type that assay does not read"};
  }
}

Cell cell_of(const arrow::Array& array, int64_t row, Lists& lists) {
  if (array.IsNull(row)) return {};
  switch (array.type_id()) {
    case arrow::Type::INT64:
      return integer(value_of<arrow::Int64Array>(array, row));
    case arrow::Type::INT32:
      return integer(value_of<arrow::Int32Array>(array, row));
    case arrow::Type::INT16:
      return integer(value_of<arrow::Int16Array>(array, row));
    case arrow::Type::INT8:
      return integer(value_of<arrow::Int8Array>(array, row));
    case arrow::Type::UINT8:
      return integer(value_of<arrow::UInt8Array>(array, row));
    case arrow::Type::UINT16:
      return integer(value_of<arrow::UInt16Array>(array, row));
    case arrow::Type::UINT32:
      return integer(value_of<arrow::UInt32Array>(array, row));
    case arrow::Type::UINT64:
      return unsigned_cell(value_of<arrow::UInt64Array>(array, row));
    case arrow::Type::FLOAT:
      return number(value_of<arrow::FloatArray>(array, row));
    case arrow::Type::DOUBLE:
      return number(value_of<arrow::DoubleArray>(array, row));
    case arrow::Type::BOOL:
      return integer(value_of<arrow::BooleanArray>(array, row) ? 1 : 0);
    case arrow::Type::STRING:
      return {Kind::text, text_of<arrow::StringArray>(array, row)};
    case arrow::Type::BINARY:
      return {Kind::text, text_of<arrow::BinaryArray>(array, row)};
    case arrow::Type::LARGE_STRING:
      return {Kind::text, text_of<arrow::LargeStringArray>(array, row)};
    case arrow::Type::TIMESTAMP:
      return time_cell(array, row);
    case arrow::Type::DATE32:
      return {Kind::time, {}, value_of<arrow::Date32Array>(array, row) * int64_t{86'400}};
    default:
      return nested_cell(array, row, lists);
  }
}

/// key=value of the folders above a file, as Hive writes them.
std::vector<std::pair<std::string, std::string>> partitions(const std::string& inside) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& folder : std::filesystem::path(inside).parent_path()) {
    const std::string name = folder.string();
    const size_t equals = name.find('=');
    if (equals != std::string::npos && equals > 0)
      out.emplace_back(name.substr(0, equals), name.substr(equals + 1));
  }
  return out;
}

class ParquetTable : public Table {
 public:
  ParquetTable(const std::string& path, const std::string& inside)
      : Table(path, "row"), inside_(inside) {
    try {
      open();
    } catch (const parquet::ParquetException& error) {
      damaged(error.what());
    }
  }

  bool next() override {
    lists_.clear();
    ++row_;
    while (++in_batch_ >= rows_) {
      if (!read_batch()) return false;
    }
    return true;
  }

  Cell cell(int column) override {
    const auto i = static_cast<size_t>(column);
    if (i < arrays_.size()) return cell_of(*arrays_[i], in_batch_, lists_);
    return {Kind::text, constants_[i - arrays_.size()]};
  }

 private:
  [[noreturn]] void damaged(const std::string& why) const {
    throw UserError(path_,
                    "cannot be read as Parquet; it is damaged, cut off or no Parquet: " + why);
  }
  void check(const arrow::Status& status) const {
    if (!status.ok()) damaged(status.message());
  }

  void open() {
    auto input = arrow::io::ReadableFile::Open(path_);
    check(input.status());
    parquet::arrow::FileReaderBuilder builder;
    check(builder.Open(*input));
    parquet::ArrowReaderProperties properties;
    properties.set_batch_size(kBatchRows);
    properties.set_pre_buffer(false);  // it would hold whole row groups
    builder.properties(properties);
    check(builder.Build(&file_));
    std::shared_ptr<arrow::Schema> schema;
    check(file_->GetSchema(&schema));
    start(*schema);
  }

  void start(const arrow::Schema& schema) {
    std::vector<std::string> names = schema.field_names();
    arrays_.resize(names.size());
    for (auto& [key, value] : partitions(inside_)) {
      if (std::ranges::count(names, key) > 0) continue;
      names.push_back(key);
      constants_.push_back(value);
    }
    set_names(std::move(names));
    auto reader = file_->GetRecordBatchReader();
    check(reader.status());
    batches_ = std::move(*reader);
  }

  bool read_batch() {
    try {
      check(batches_->ReadNext(&batch_));
    } catch (const parquet::ParquetException& error) {
      damaged(error.what());
    }
    if (!batch_) return false;
    for (size_t i = 0; i < arrays_.size(); ++i)
      arrays_[i] = batch_->column(static_cast<int>(i)).get();
    rows_ = batch_->num_rows();
    in_batch_ = -1;
    return true;
  }

  std::string inside_;
  std::unique_ptr<parquet::arrow::FileReader> file_;
  std::unique_ptr<arrow::RecordBatchReader> batches_;
  std::shared_ptr<arrow::RecordBatch> batch_;
  std::vector<const arrow::Array*> arrays_;
  std::vector<std::string> constants_;  // of the folders, behind the columns of the file
  Lists lists_;
  int64_t rows_ = 0, in_batch_ = -1;
};

}  // namespace

std::unique_ptr<Table> open_parquet(const std::string& path, const std::string& inside) {
  return std::make_unique<ParquetTable>(path, inside);
}

}  // namespace assay
