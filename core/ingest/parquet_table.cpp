#include <arrow/io/file.h>
#include <arrow/type.h>
#include <arrow/type_traits.h>
#include <fmt/format.h>
#include <parquet/arrow/reader.h>
#include <parquet/exception.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/schema.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "error/error.h"
#include "ingest/batch_table.h"
#include "ingest/parquet_paths.h"
#include "ingest/parquet_source.h"
#include "ingest/table_formats.h"

namespace assay::ingest {
namespace {

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

/// What a column or its lists hold, as errors name it; "" for what is rarely read.
std::string kind_of(const arrow::DataType& type) {
  if (arrow::is_var_length_list(type.id()) || type.id() == arrow::Type::FIXED_SIZE_LIST)
    return kind_of(*static_cast<const arrow::BaseListType&>(type).value_type());
  if (type.id() == arrow::Type::DICTIONARY)
    return kind_of(*static_cast<const arrow::DictionaryType&>(type).value_type());
  if (arrow::is_base_binary_like(type.id()) || arrow::is_binary_view_like(type.id()))
    return "a text";
  if (arrow::is_integer(type.id())) return "an integer";
  if (arrow::is_floating(type.id()) || arrow::is_decimal(type.id())) return "a number";
  if (type.id() == arrow::Type::TIMESTAMP || arrow::is_date(type.id())) return "a time";
  return type.id() == arrow::Type::BOOL ? "a boolean" : "";
}

void check(const arrow::Status& status) {
  if (!status.ok()) throw parquet::ParquetException(status.message());
}

// Polars' Int128 and UInt128: Arrow cannot describe them.
error::UserError integers_of_128_bits(const std::string& path,
                                      const parquet::FileMetaData& metadata) {
  std::vector<std::string> names;
  for (int c = 0; c < metadata.num_columns(); ++c) {
    const parquet::ColumnDescriptor& column = *metadata.schema()->Column(c);
    if (column.physical_type() == parquet::Type::FIXED_LEN_BYTE_ARRAY &&
        column.type_length() == 16 && column.logical_type()->is_none())
      names.push_back(column.path()->ToDotString());
  }
  const std::string which = names.empty() ? "a column" : fmt::format("{}", fmt::join(names, ", "));
  return error::UserError(
      path, fmt::format("has integers of 128 bits ({}), for which Parquet has no type; write "
                        "ids as texts: df.with_columns(pl.col(\"{}\").cast(pl.String))",
                        which, names.empty() ? "..." : names.front()));
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
  const auto metadata = builder.raw_reader()->metadata();
  std::unique_ptr<parquet::arrow::FileReader> file;
  const arrow::Status status = builder.Build(&file);
  if (status.IsNotImplemented() && status.message().find("64 bits") != std::string::npos)
    throw integers_of_128_bits(path, *metadata);
  check(status);
  return file;
}

/// A file, in which names of values within its fields are columns too.
class ParquetTable : public BatchTable {
 public:
  ParquetTable(const std::string& path, std::vector<std::string> names, size_t fields,
               std::unique_ptr<ParquetSource> source)
      : BatchTable(path, "row", path, std::move(names), /*lines_before=*/0, std::move(source)),
        fields_(fields),
        source_(static_cast<ParquetSource&>(batches())) {}

  void unnest(const std::vector<int>& columns) override { source_.unnest(columns); }
  EmptyRows empty_rows() const override { return source_.empty_rows(); }
  std::optional<int64_t> rows_known() const override { return source_.rows_known(); }

 private:
  // Names that stand for something already stay what they are.
  bool look_for(const std::string& name) override {
    add_leaves_where([&](const std::string& field) { return name.starts_with(field + "."); });
    if (find(name) >= 0) return true;
    add_leaves_where([](const std::string&) { return true; });  // for near names
    return false;
  }

  template <typename IsIt>
  void add_leaves_where(const IsIt& is_it) {
    for (size_t field = 0; field < fields_; ++field) {
      if (!is_it(names()[field])) continue;
      for (ParquetLeaf& leaf : leaves_of(source_.file(), static_cast<int>(field))) {
        if (find(leaf.path) >= 0) continue;
        add_name(leaf.path, kind_of(*leaf.type));
        source_.add_leaf(std::move(leaf));
      }
    }
  }

  size_t fields_;
  ParquetSource& source_;
};

}  // namespace

std::unique_ptr<Table> open_parquet(const std::string& path, const std::string& inside) {
  return reading_parquet(path, [&]() -> std::unique_ptr<Table> {
    auto file = opened(path);
    std::shared_ptr<arrow::Schema> schema;
    check(file->GetSchema(&schema));
    std::vector<std::string> names = schema->field_names();
    const size_t fields = names.size();
    std::vector<std::string> kinds;
    for (const auto& field : schema->fields()) kinds.push_back(kind_of(*field->type()));
    std::vector<std::optional<std::string>> constants;
    for (const Partition& partition : partitions(inside)) {
      if (std::ranges::count(names, partition.name) > 0) continue;
      names.push_back(partition.name);
      constants.push_back(partition.value);
    }
    kinds.resize(names.size());
    auto source = std::make_unique<ParquetSource>(path, std::move(file), fields, constants);
    auto table = std::make_unique<ParquetTable>(path, names, fields, std::move(source));
    table->set_kinds(std::move(kinds));
    return table;
  });
}

}  // namespace assay::ingest
