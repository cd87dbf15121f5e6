#include "ingest/parquet_columns.h"

#include <arrow/array.h>
#include <arrow/chunked_array.h>
#include <arrow/extension_type.h>
#include <arrow/type.h>
#include <arrow/type_traits.h>
#include <parquet/arrow/schema.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>

#include <limits>
#include <span>

#include "ingest/arrow_cells.h"
#include "ingest/parquet_texts.h"
#include "ingest/parquet_values.h"
#include "ingest/times.h"

namespace assay::ingest {
namespace {

using Kind = BatchColumn::Kind;
using arrow::Type;

/// Integers and times, each made of a stored value by `convert`.
template <typename ParquetType, typename Convert>
class IntegerColumn : public ParquetColumnReader {
 public:
  /// @param local  of times: of a clock whose zone is not said
  IntegerColumn(Values<ParquetType> values, Kind kind, Convert conversion, bool local)
      : values_(std::move(values)), kind_(kind), convert_(conversion), local_(local) {}

  void read(int group, int64_t rows, Use use, BatchColumn& out) override {
    values_.go_to(group);
    if (use == Use::id && values_.coded())
      return values_.read_codes(rows, out, [this](auto values) { return dictionary(values); });
    stored_.resize(static_cast<size_t>(rows));
    values_.read(rows, stored_.data(), out.missing);
    out.dated = kind_ == Kind::times;
    out.local = local_;
    convert(stored_, out);
  }

 private:
  using Stored = typename ParquetType::c_type;

  std::shared_ptr<const BatchColumn> dictionary(std::span<const Stored> values) const {
    auto out = std::make_shared<BatchColumn>();
    convert(values, *out);
    return out;
  }
  void convert(std::span<const Stored> stored, BatchColumn& out) const {
    out.kind = kind_;
    out.integers.resize(stored.size());
    for (size_t row = 0; row < stored.size(); ++row) out.integers[row] = convert_(stored[row]);
  }

  Values<ParquetType> values_;
  Kind kind_;
  Convert convert_;
  bool local_;
  std::vector<Stored> stored_;
};

/// Integers as they are stored.
class Int64Column : public ParquetColumnReader {
 public:
  Int64Column(Values<parquet::Int64Type> values, bool is_unsigned)
      : values_(std::move(values)), is_unsigned_(is_unsigned) {}
  void read(int group, int64_t rows, Use use, BatchColumn& out) override {
    values_.go_to(group);
    if (use == Use::id && values_.coded())
      return values_.read_codes(rows, out, [this](auto values) { return dictionary(values); });
    out.kind = Kind::integers;
    out.is_unsigned = is_unsigned_;
    out.integers.resize(static_cast<size_t>(rows));
    values_.read(rows, out.integers.data(), out.missing);
  }

 private:
  std::shared_ptr<const BatchColumn> dictionary(std::span<const int64_t> values) const {
    auto out = std::make_shared<BatchColumn>();
    out->kind = Kind::integers;
    out->is_unsigned = is_unsigned_;
    out->integers.assign(values.begin(), values.end());
    return out;
  }

  Values<parquet::Int64Type> values_;
  bool is_unsigned_;
};

template <typename ParquetType>
class NumberColumn : public ParquetColumnReader {
 public:
  explicit NumberColumn(Values<ParquetType> values) : values_(std::move(values)) {}

  void read(int group, int64_t rows, Use, BatchColumn& out) override {
    values_.go_to(group);
    constexpr bool kDouble = std::is_same_v<ParquetType, parquet::DoubleType>;
    out.kind = Kind::numbers;
    out.number_type = kDouble ? "double" : "float";
    out.numbers.resize(static_cast<size_t>(rows));
    if constexpr (kDouble) {
      values_.read(rows, out.numbers.data(), out.missing);
    } else {
      stored_.resize(static_cast<size_t>(rows));
      values_.read(rows, stored_.data(), out.missing);
      std::copy(stored_.begin(), stored_.end(), out.numbers.begin());
    }
    for (size_t row = 0; row < out.missing.size(); ++row)
      if (out.missing[row]) out.numbers[row] = std::numeric_limits<double>::quiet_NaN();
  }

 private:
  Values<ParquetType> values_;
  std::vector<typename ParquetType::c_type> stored_;
};

/// Any other type, value by value.
class CellColumn : public ParquetColumnReader {
 public:
  CellColumn(parquet::arrow::FileReader& file, int field) {
    check(file.GetColumn(field, &reader_));
  }

  void read(int, int64_t rows, Use, BatchColumn& out) override {
    const auto memory = std::make_shared<Memory>();
    check(reader_->NextBatch(rows, &memory->array));
    out.kind = Kind::cells;
    out.missing.clear();
    out.cells.clear();
    for (const auto& chunk : memory->array->chunks()) {
      for (int64_t row = 0; row < chunk->length(); ++row)
        out.cells.push_back(cell_of(*chunk, row, memory->lists));
    }
    if (std::ssize(out.cells) != rows)
      throw parquet::ParquetException("a column is shorter than its metadata says");
    out.memory = memory;
  }

 private:
  struct Memory {
    std::shared_ptr<arrow::ChunkedArray> array;
    CellLists lists;
  };
  static void check(const arrow::Status& status) {
    if (!status.ok()) throw parquet::ParquetException(status.message());
  }
  std::unique_ptr<parquet::arrow::ColumnReader> reader_;
};

int64_t per_second(const parquet::LogicalType& type) {
  switch (static_cast<const parquet::TimestampLogicalType&>(type).time_unit()) {
    case parquet::LogicalType::TimeUnit::MILLIS:
      return 1'000;
    case parquet::LogicalType::TimeUnit::MICROS:
      return 1'000'000;
    default:
      return 1'000'000'000;
  }
}

template <typename ParquetType, typename Convert>
std::unique_ptr<ParquetColumnReader> integers(parquet::ParquetFileReader& file, int column,
                                              Kind kind, Convert convert, bool local = false) {
  return std::make_unique<IntegerColumn<ParquetType, Convert>>(Values<ParquetType>(file, column),
                                                               kind, convert, local);
}

std::unique_ptr<ParquetColumnReader> timestamps(parquet::ParquetFileReader& file, int column,
                                                int64_t unit, bool local) {
  return integers<parquet::Int64Type>(
      file, column, Kind::times, [unit](int64_t time) { return microseconds_of_ticks(time, unit); },
      local);
}

// Hive's and Spark's old times: nanoseconds of a day, and the day by Julian's count.
int64_t microseconds_of_int96(const parquet::Int96& time) {
  constexpr int64_t kJulianDayOf1970 = 2'440'588, kNanosecondsPerMicrosecond = 1'000;
  const int64_t day = microseconds_of_days(int64_t{time.value[2]} - kJulianDayOf1970);
  const uint64_t nanoseconds = time.value[0] | uint64_t{time.value[1]} << 32;
  const auto in_day = static_cast<int64_t>(nanoseconds / kNanosecondsPerMicrosecond);
  constexpr int64_t kLargest = std::numeric_limits<int64_t>::max();
  return day > kLargest - in_day ? kLargest : day + in_day;
}

// What is behind a type that Parquet or an application has made out of another one.
const arrow::DataType& storage_of(const arrow::DataType& type) {
  if (type.id() == Type::EXTENSION)
    return storage_of(*static_cast<const arrow::ExtensionType&>(type).storage_type());
  return type;
}

bool is_text(const arrow::DataType& type) {
  if (type.id() == Type::DICTIONARY)
    return is_text(*static_cast<const arrow::DictionaryType&>(type).value_type());
  return arrow::is_base_binary_like(type.id()) || arrow::is_binary_view_like(type.id());
}

std::unique_ptr<ParquetColumnReader> int32_column(parquet::ParquetFileReader& file, int column,
                                                  Type::type type) {
  if (type == Type::UINT32) {
    return integers<parquet::Int32Type>(file, column, Kind::integers, [](int32_t value) {
      return static_cast<int64_t>(static_cast<uint32_t>(value));
    });
  }
  if (type == Type::DATE32) {
    return integers<parquet::Int32Type>(
        file, column, Kind::times, [](int32_t day) { return microseconds_of_days(day); },
        /*local=*/true);
  }
  if (!arrow::is_integer(type)) return nullptr;
  return integers<parquet::Int32Type>(file, column, Kind::integers,
                                      [](int32_t value) { return int64_t{value}; });
}

std::unique_ptr<ParquetColumnReader> int64_column(parquet::ParquetFileReader& file, int column,
                                                  Type::type type) {
  const parquet::LogicalType& logical = *file.metadata()->schema()->Column(column)->logical_type();
  if (type == Type::TIMESTAMP && logical.is_timestamp())
    return timestamps(
        file, column, per_second(logical),
        !static_cast<const parquet::TimestampLogicalType&>(logical).is_adjusted_to_utc());
  if (!arrow::is_integer(type)) return nullptr;
  return std::make_unique<Int64Column>(Values<parquet::Int64Type>(file, column),
                                       type == Type::UINT64);
}

// Of a column that is neither nested nor a list; null where it goes by way of Arrow.
std::unique_ptr<ParquetColumnReader> flat_column(parquet::ParquetFileReader& file, int column,
                                                 const arrow::DataType& type) {
  const parquet::ColumnDescriptor& stored = *file.metadata()->schema()->Column(column);
  switch (stored.physical_type()) {
    case parquet::Type::INT32:
      return int32_column(file, column, type.id());
    case parquet::Type::INT64:
      return int64_column(file, column, type.id());
    case parquet::Type::INT96:
      return integers<parquet::Int96Type>(file, column, Kind::times, microseconds_of_int96);
    case parquet::Type::DOUBLE:
      if (type.id() != Type::DOUBLE) return nullptr;
      return std::make_unique<NumberColumn<parquet::DoubleType>>(
          Values<parquet::DoubleType>(file, column));
    case parquet::Type::FLOAT:
      if (type.id() != Type::FLOAT) return nullptr;
      return std::make_unique<NumberColumn<parquet::FloatType>>(
          Values<parquet::FloatType>(file, column));
    case parquet::Type::BYTE_ARRAY:
      return is_text(type) ? text_column(file, column) : nullptr;
    case parquet::Type::FIXED_LEN_BYTE_ARRAY:
      return stored.logical_type()->is_UUID() ? uuid_column(file, column) : nullptr;
    default:
      return nullptr;
  }
}

}  // namespace

std::unique_ptr<ParquetColumnReader> parquet_column(parquet::arrow::FileReader& file, int field) {
  const auto& top = file.manifest().schema_fields[static_cast<size_t>(field)];
  if (top.is_leaf()) {
    parquet::ParquetFileReader& reader = *file.parquet_reader();
    const auto& stored = *reader.metadata()->schema()->Column(top.column_index);
    if (stored.max_repetition_level() == 0 && stored.max_definition_level() <= 1) {
      auto flat = flat_column(reader, top.column_index, storage_of(*top.field->type()));
      if (flat) return flat;
    }
  }
  return std::make_unique<CellColumn>(file, field);
}

}  // namespace assay::ingest
