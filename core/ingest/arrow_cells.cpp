#include "ingest/arrow_cells.h"

#include <arrow/array.h>
#include <arrow/extension_type.h>
#include <arrow/type.h>
#include <arrow/util/decimal.h>
#include <arrow/util/float16.h>

#include <charconv>
#include <limits>

#include "ingest/times.h"
#include "ingest/uuid.h"

namespace assay::ingest {
namespace {

using Kind = Cell::Kind;

constexpr int64_t kMilliseconds = 1'000;  // of a second

template <typename ArrayType>
auto value_of(const arrow::Array& array, int64_t row) {
  return static_cast<const ArrayType&>(array).Value(row);
}

template <typename ArrayType>
std::string_view text_of(const arrow::Array& array, int64_t row) {
  return static_cast<const ArrayType&>(array).GetView(row);
}

Cell time_cell(const arrow::Array& array, int64_t row) {
  const int64_t value = value_of<arrow::TimestampArray>(array, row);
  int64_t per_second = 1;
  const auto& type = static_cast<const arrow::TimestampType&>(*array.type());
  const auto unit = type.unit();
  if (unit == arrow::TimeUnit::MILLI) per_second = kMilliseconds;
  if (unit == arrow::TimeUnit::MICRO) per_second = 1'000'000;
  if (unit == arrow::TimeUnit::NANO) per_second = 1'000'000'000;
  return {type.timezone().empty() ? Kind::local_time : Kind::time,
          {},
          microseconds_of_ticks(value, per_second)};
}

Cell list_cell(const arrow::Array& values, int64_t begin, int64_t length, CellLists& lists) {
  std::vector<Cell> elements;
  elements.reserve(static_cast<size_t>(length));
  for (int64_t i = begin; i < begin + length; ++i) elements.push_back(cell_of(values, i, lists));
  lists.lists.push_back(std::move(elements));
  return {Kind::list, {}, 0, 0, lists.lists.back()};
}

template <typename ListType>
Cell list_of(const arrow::Array& array, int64_t row, CellLists& lists) {
  const auto& list = static_cast<const ListType&>(array);
  return list_cell(*list.values(), list.value_offset(row), list.value_length(row), lists);
}

Cell integer(int64_t value) { return {Kind::integer, {}, value}; }
Cell number(double value, std::string_view type) { return {Kind::number, type, 0, value}; }

Cell unsigned_cell(uint64_t value) {
  const bool large = value > static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
  return {large ? Kind::large : Kind::integer, {}, static_cast<int64_t>(value)};
}

// A text that no array holds.
Cell made_text(std::string text, CellLists& lists) {
  lists.texts.push_back(std::move(text));
  return {Kind::text, lists.texts.back()};
}

template <typename ArrayType, typename Decimal>
Cell decimal_cell(const arrow::Array& array, int64_t row, CellLists& lists) {
  const Decimal value(static_cast<const ArrayType&>(array).GetValue(row));
  const int32_t scale = static_cast<const arrow::DecimalType&>(*array.type()).scale();
  if (scale > 0) return number(value.ToDouble(scale), "decimal");
  const auto rescaled = scale == 0 ? arrow::Result<Decimal>(value) : value.Rescale(scale, 0);
  const std::string digits = rescaled.ok() ? rescaled->ToIntegerString() : "";
  int64_t whole = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), whole);
  if (digits.empty()) return {Kind::other, "a decimal of more digits than there is room for"};
  return error == std::errc() ? integer(whole) : made_text(digits, lists);
}

// Of a type that is not read.
Cell named_cell(const arrow::DataType& type, CellLists& lists) {
  const std::string text = type.ToString() + ", a type that assay does not read";
  if (lists.texts.empty() || lists.texts.back() != text) lists.texts.push_back(text);
  return {Kind::other, lists.texts.back()};
}

// Of a type that Parquet or an application has made out of another one.
Cell extension_cell(const arrow::Array& array, int64_t row, CellLists& lists) {
  const auto& extended = static_cast<const arrow::ExtensionArray&>(array);
  const arrow::Array& storage = *extended.storage();
  const auto& type = static_cast<const arrow::ExtensionType&>(*array.type());
  if (type.extension_name() != "arrow.uuid" || storage.type_id() != arrow::Type::FIXED_SIZE_BINARY)
    return cell_of(storage, row, lists);
  std::string text(kUuidLength, '\0');
  write_uuid(static_cast<const arrow::FixedSizeBinaryArray&>(storage).GetValue(row), text.data());
  return made_text(std::move(text), lists);
}

Cell nested_cell(const arrow::Array& array, int64_t row, CellLists& lists) {
  switch (array.type_id()) {
    case arrow::Type::LIST:
      return list_of<arrow::ListArray>(array, row, lists);
    case arrow::Type::LARGE_LIST:
      return list_of<arrow::LargeListArray>(array, row, lists);
    case arrow::Type::FIXED_SIZE_LIST:
      return list_of<arrow::FixedSizeListArray>(array, row, lists);
    case arrow::Type::LIST_VIEW:
      return list_of<arrow::ListViewArray>(array, row, lists);
    case arrow::Type::LARGE_LIST_VIEW:
      return list_of<arrow::LargeListViewArray>(array, row, lists);
    case arrow::Type::EXTENSION:
      return extension_cell(array, row, lists);
    case arrow::Type::DICTIONARY: {
      const auto& coded = static_cast<const arrow::DictionaryArray&>(array);
      return cell_of(*coded.dictionary(), coded.GetValueIndex(row), lists);
    }
    case arrow::Type::STRUCT:
      return {Kind::other, "a struct"};
    case arrow::Type::MAP:
      return {Kind::other, "a map"};
    default:
      return named_cell(*array.type(), lists);
  }
}

}  // namespace

Cell cell_of(const arrow::Array& array, int64_t row, CellLists& lists) {
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
      return number(value_of<arrow::FloatArray>(array, row), "float");
    case arrow::Type::DOUBLE:
      return number(value_of<arrow::DoubleArray>(array, row), "double");
    case arrow::Type::BOOL:
      return {Kind::boolean, {}, value_of<arrow::BooleanArray>(array, row) ? 1 : 0};
    case arrow::Type::HALF_FLOAT:
      return number(
          arrow::util::Float16::FromBits(value_of<arrow::HalfFloatArray>(array, row)).ToDouble(),
          "halffloat");
    case arrow::Type::DECIMAL128:
      return decimal_cell<arrow::Decimal128Array, arrow::Decimal128>(array, row, lists);
    case arrow::Type::DECIMAL256:
      return decimal_cell<arrow::Decimal256Array, arrow::Decimal256>(array, row, lists);
    case arrow::Type::STRING:
      return {Kind::text, text_of<arrow::StringArray>(array, row)};
    case arrow::Type::BINARY:
      return {Kind::text, text_of<arrow::BinaryArray>(array, row)};
    case arrow::Type::LARGE_STRING:
      return {Kind::text, text_of<arrow::LargeStringArray>(array, row)};
    case arrow::Type::LARGE_BINARY:
      return {Kind::text, text_of<arrow::LargeBinaryArray>(array, row)};
    case arrow::Type::STRING_VIEW:
      return {Kind::text, text_of<arrow::StringViewArray>(array, row)};
    case arrow::Type::BINARY_VIEW:
      return {Kind::text, text_of<arrow::BinaryViewArray>(array, row)};
    case arrow::Type::TIMESTAMP:
      return time_cell(array, row);
    case arrow::Type::DATE64:
      return {Kind::local_time,
              {},
              microseconds_of_ticks(value_of<arrow::Date64Array>(array, row), kMilliseconds)};
    case arrow::Type::DATE32:
      return {Kind::local_time, {}, microseconds_of_days(value_of<arrow::Date32Array>(array, row))};
    default:
      return nested_cell(array, row, lists);
  }
}

}  // namespace assay::ingest
