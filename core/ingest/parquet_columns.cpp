#include "ingest/parquet_columns.h"

#include <arrow/array.h>
#include <arrow/chunked_array.h>
#include <arrow/type.h>
#include <parquet/arrow/schema.h>
#include <parquet/column_reader.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>

#include <cstring>
#include <limits>
#include <span>

#include "ingest/arrow_cells.h"
#include "ingest/text.h"

namespace assay::ingest {
namespace {

using Kind = BatchColumn::Kind;
using arrow::Type;

/// Values of one physical type, or codes of those that a chunk holds once. Those that are missing
/// take a place of their own.
template <typename ParquetType>
class Values {
 public:
  using Value = typename ParquetType::c_type;

  Values(parquet::ParquetFileReader& file, int column) : file_(file), column_(column) {}

  /// Goes on to the rows of a group; where the group is a new one, to its chunk.
  void go_to(int group) {
    if (group == group_) return;
    if (reader_ && reader_->HasNext())
      throw parquet::ParquetException("a column is longer than its metadata says");
    group_ = group;
    group_reader_ = file_.RowGroup(group);
    reader_ = std::static_pointer_cast<parquet::TypedColumnReader<ParquetType>>(
        group_reader_->ColumnWithExposeEncoding(column_, parquet::ExposedEncoding::DICTIONARY));
    dictionary_.reset();
  }

  /// Whether the chunk holds codes alone.
  bool coded() const {
    return reader_->GetExposedEncoding() == parquet::ExposedEncoding::DICTIONARY;
  }

  /// Reads the next values. `missing` becomes 1 for each that is not there, or empty.
  /// @param page  called with the values of a page while what they point to is there
  template <typename Page>
  void read(int64_t rows, Value* values, std::vector<uint8_t>& missing, const Page& page) {
    each_page(
        rows, values, missing,
        [&](int64_t count, Value* here, int64_t* present) {
          return reader_->ReadBatch(count, levels_.data(), nullptr, here, present);
        },
        page);
  }
  void read(int64_t rows, Value* values, std::vector<uint8_t>& missing) {
    read(rows, values, missing, [](Value*, int64_t) {});
  }

  /// Reads the next codes.
  /// @param keep  makes a column of the values that codes stand for; called once a chunk
  template <typename Keep>
  void read_codes(int64_t rows, BatchColumn& out, const Keep& keep) {
    out.kind = Kind::codes;
    out.codes.resize(static_cast<size_t>(rows));
    const auto read_page = [&](int64_t count, int32_t* here, int64_t* present) {
      const Value* values = nullptr;
      int32_t size = 0;
      const int64_t read = reader_->ReadBatchWithDictionary(count, levels_.data(), nullptr, here,
                                                            present, &values, &size);
      if (!dictionary_) dictionary_ = keep(std::span(values, static_cast<size_t>(size)));
      check_codes(std::span(here, static_cast<size_t>(*present)), size);
      return read;
    };
    each_page(rows, out.codes.data(), out.missing, read_page, [](int32_t*, int64_t) {});
    out.dictionary = dictionary_;
  }

 private:
  template <typename Stored, typename ReadPage, typename Page>
  void each_page(int64_t rows, Stored* out, std::vector<uint8_t>& missing,
                 const ReadPage& read_page, const Page& page) {
    missing.clear();
    levels_.resize(static_cast<size_t>(rows));
    for (int64_t done = 0; done < rows;) {
      if (!reader_->HasNext())
        throw parquet::ParquetException("a column is shorter than its metadata says");
      int64_t present = 0;
      Stored* const here = out + done;
      const int64_t read = read_page(rows - done, here, &present);
      if (present < read) {
        missing.resize(static_cast<size_t>(rows), 0);
        spread(here, read, present, missing.data() + done);
      }
      page(here, read);
      done += read;
    }
  }

  // Values stand one behind the other; each goes to its row.
  template <typename Stored>
  void spread(Stored* values, int64_t rows, int64_t present, uint8_t* missing) const {
    for (int64_t row = rows; row-- > 0;) {
      missing[row] = levels_[static_cast<size_t>(row)] == 0;
      values[row] = missing[row] ? Stored{} : values[--present];
    }
  }

  static void check_codes(std::span<const int32_t> codes, int32_t size) {
    bool inside = true;
    for (const int32_t code : codes)
      inside &= static_cast<uint32_t>(code) < static_cast<uint32_t>(size);
    if (!inside) throw parquet::ParquetException("a value is not in its dictionary");
  }

  parquet::ParquetFileReader& file_;
  int column_;
  int group_ = -1;
  std::shared_ptr<parquet::RowGroupReader> group_reader_;
  std::shared_ptr<parquet::TypedColumnReader<ParquetType>> reader_;
  std::shared_ptr<const BatchColumn> dictionary_;
  std::vector<int16_t> levels_;
};

/// Integers and times, each made of a stored value by `convert`.
template <typename ParquetType, typename Convert>
class IntegerColumn : public ParquetColumnReader {
 public:
  IntegerColumn(Values<ParquetType> values, Kind kind, Convert convert)
      : values_(std::move(values)), kind_(kind), convert_(convert) {}

  void read(int group, int64_t rows, Use use, BatchColumn& out) override {
    values_.go_to(group);
    if (use == Use::id && values_.coded())
      return values_.read_codes(rows, out, [this](auto values) { return dictionary(values); });
    stored_.resize(static_cast<size_t>(rows));
    values_.read(rows, stored_.data(), out.missing);
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
  std::vector<Stored> stored_;
};

/// Integers as they are stored.
class Int64Column : public ParquetColumnReader {
 public:
  explicit Int64Column(Values<parquet::Int64Type> values) : values_(std::move(values)) {}
  void read(int group, int64_t rows, Use use, BatchColumn& out) override {
    values_.go_to(group);
    if (use == Use::id && values_.coded()) return values_.read_codes(rows, out, dictionary);
    out.kind = Kind::integers;
    out.integers.resize(static_cast<size_t>(rows));
    values_.read(rows, out.integers.data(), out.missing);
  }

 private:
  static std::shared_ptr<const BatchColumn> dictionary(std::span<const int64_t> values) {
    auto out = std::make_shared<BatchColumn>();
    out->kind = Kind::integers;
    out->integers.assign(values.begin(), values.end());
    return out;
  }

  Values<parquet::Int64Type> values_;
};

template <typename ParquetType>
class NumberColumn : public ParquetColumnReader {
 public:
  explicit NumberColumn(Values<ParquetType> values) : values_(std::move(values)) {}

  void read(int group, int64_t rows, Use, BatchColumn& out) override {
    values_.go_to(group);
    out.kind = Kind::numbers;
    out.numbers.resize(static_cast<size_t>(rows));
    if constexpr (std::is_same_v<ParquetType, parquet::DoubleType>) {
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

class TextColumnReader : public ParquetColumnReader {
 public:
  explicit TextColumnReader(Values<parquet::ByteArrayType> values) : values_(std::move(values)) {}

  void read(int group, int64_t rows, Use use, BatchColumn& out) override {
    values_.go_to(group);
    if (use == Use::id && values_.coded()) return values_.read_codes(rows, out, dictionary);
    std::vector<char>& bytes = memory_of(out);
    stored_.resize(static_cast<size_t>(rows));
    values_.read(
        rows, stored_.data(), out.missing,
        [&](const parquet::ByteArray* texts, int64_t count) { keep(texts, count, bytes); });
    point_to(bytes, stored_, out);
    for (size_t row = 0; row < out.missing.size(); ++row)
      if (out.missing[row]) out.texts[row] = {};
  }

 private:
  static std::shared_ptr<const BatchColumn> dictionary(std::span<const parquet::ByteArray> values) {
    auto out = std::make_shared<BatchColumn>();
    std::vector<char>& bytes = memory_of(*out);
    keep(values.data(), std::ssize(values), bytes);
    point_to(bytes, values, *out);
    return out;
  }

  static std::vector<char>& memory_of(BatchColumn& out) {
    if (!out.memory) out.memory = std::make_shared<std::vector<char>>();
    auto& bytes = *static_cast<std::vector<char>*>(out.memory.get());
    bytes.assign(1, '\0');  // so that an empty text has data, unlike a missing one
    return bytes;
  }

  static void point_to(const std::vector<char>& bytes, std::span<const parquet::ByteArray> stored,
                       BatchColumn& out) {
    out.kind = Kind::texts;
    out.texts.resize(stored.size());
    const char* next = bytes.data() + 1;
    for (size_t row = 0; row < stored.size(); ++row) {
      out.texts[row] = {next, stored[row].len};
      next += stored[row].len;
    }
  }

  static void keep(const parquet::ByteArray* texts, int64_t count, std::vector<char>& bytes) {
    size_t size = 0;
    for (int64_t i = 0; i < count; ++i) size += texts[i].len;
    bytes.resize(bytes.size() + size);
    char* to = bytes.data() + bytes.size() - size;
    for (int64_t i = 0; i < count; ++i) {
      if (texts[i].len > 0) std::memcpy(to, texts[i].ptr, texts[i].len);
      to += texts[i].len;
    }
  }

  Values<parquet::ByteArrayType> values_;
  std::vector<parquet::ByteArray> stored_;
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
                                              Kind kind, Convert convert) {
  return std::make_unique<IntegerColumn<ParquetType, Convert>>(Values<ParquetType>(file, column),
                                                               kind, convert);
}

std::unique_ptr<ParquetColumnReader> timestamps(parquet::ParquetFileReader& file, int column,
                                                int64_t unit) {
  return integers<parquet::Int64Type>(file, column, Kind::times, [unit](int64_t time) {
    return microseconds_of_ticks(time, unit);
  });
}

bool is_text(const arrow::DataType& type) {
  if (type.id() == Type::DICTIONARY)
    return is_text(*static_cast<const arrow::DictionaryType&>(type).value_type());
  return type.id() == Type::STRING || type.id() == Type::BINARY || type.id() == Type::LARGE_STRING;
}

// Of a column that is neither nested nor a list; null where it goes by way of Arrow.
std::unique_ptr<ParquetColumnReader> flat_column(parquet::ParquetFileReader& file, int column,
                                                 const arrow::DataType& type) {
  const parquet::ColumnDescriptor& stored = *file.metadata()->schema()->Column(column);
  const parquet::Type::type physical = stored.physical_type();
  const bool int32 = physical == parquet::Type::INT32, int64 = physical == parquet::Type::INT64;
  const bool whole = arrow::is_integer(type.id()) && type.id() != Type::UINT64;
  if (whole && int64)
    return std::make_unique<Int64Column>(Values<parquet::Int64Type>(file, column));
  if (type.id() == Type::UINT32 && int32) {
    return integers<parquet::Int32Type>(file, column, Kind::integers, [](int32_t value) {
      return static_cast<int64_t>(static_cast<uint32_t>(value));
    });
  }
  if (whole && int32) {
    return integers<parquet::Int32Type>(file, column, Kind::integers,
                                        [](int32_t value) { return int64_t{value}; });
  }
  if (type.id() == Type::DATE32 && int32) {
    return integers<parquet::Int32Type>(file, column, Kind::times,
                                        [](int32_t day) { return microseconds_of_days(day); });
  }
  if (type.id() == Type::TIMESTAMP && int64 && stored.logical_type()->is_timestamp())
    return timestamps(file, column, per_second(*stored.logical_type()));
  if (type.id() == Type::DOUBLE && physical == parquet::Type::DOUBLE)
    return std::make_unique<NumberColumn<parquet::DoubleType>>(
        Values<parquet::DoubleType>(file, column));
  if (type.id() == Type::FLOAT && physical == parquet::Type::FLOAT)
    return std::make_unique<NumberColumn<parquet::FloatType>>(
        Values<parquet::FloatType>(file, column));
  if (is_text(type) && physical == parquet::Type::BYTE_ARRAY)
    return std::make_unique<TextColumnReader>(Values<parquet::ByteArrayType>(file, column));
  return nullptr;
}

}  // namespace

std::unique_ptr<ParquetColumnReader> parquet_column(parquet::arrow::FileReader& file, int field) {
  const auto& top = file.manifest().schema_fields[static_cast<size_t>(field)];
  if (top.is_leaf()) {
    parquet::ParquetFileReader& reader = *file.parquet_reader();
    const auto& stored = *reader.metadata()->schema()->Column(top.column_index);
    if (stored.max_repetition_level() == 0 && stored.max_definition_level() <= 1) {
      auto flat = flat_column(reader, top.column_index, *top.field->type());
      if (flat) return flat;
    }
  }
  return std::make_unique<CellColumn>(file, field);
}

}  // namespace assay::ingest
