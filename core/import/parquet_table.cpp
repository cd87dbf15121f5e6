#include <arrow/io/file.h>
#include <arrow/type.h>
#include <parquet/arrow/reader.h>
#include <parquet/exception.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>

#include <algorithm>
#include <filesystem>

#include "error/error.h"
#include "import/batch_table.h"
#include "import/parquet_columns.h"
#include "import/table_formats.h"

namespace assay {
namespace {

constexpr int64_t kBatchRows = 1 << 14;
constexpr int64_t kReadBytes = 1 << 18;  // of a column at a time, so that no row group is held

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

/// Runs `body`; what Arrow says is wrong becomes a UserError.
template <typename Body>
auto reading(const std::string& path, const Body& body) {
  const auto damaged = [&](const std::string& why) {
    return UserError(path,
                     "cannot be read as Parquet; it is damaged, cut off or no Parquet: " + why);
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
  std::unique_ptr<parquet::arrow::FileReader> file;
  check(builder.Build(&file));
  return file;
}

/// A file, and behind its columns those that its folders name.
class ParquetSource : public BatchSource {
 public:
  ParquetSource(std::string path, std::unique_ptr<parquet::arrow::FileReader> file, size_t columns,
                std::vector<std::string> constants)
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
      BatchColumn& column = batch.columns[columns_.size() + i];
      column.kind = BatchColumn::Kind::texts;
      column.texts.assign(static_cast<size_t>(batch.rows), constants_[i]);
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
    narrow(column, use_of(i));
  }

  std::string path_;
  std::unique_ptr<parquet::arrow::FileReader> file_;
  int64_t rows_;
  int group_ = -1;
  int64_t left_in_group_ = 0;
  std::vector<std::unique_ptr<ParquetColumn>> columns_;
  std::vector<std::string> constants_;
};

}  // namespace

std::unique_ptr<Table> open_parquet(const std::string& path, const std::string& inside) {
  return reading(path, [&]() -> std::unique_ptr<Table> {
    auto file = opened(path);
    std::shared_ptr<arrow::Schema> schema;
    check(file->GetSchema(&schema));
    std::vector<std::string> names = schema->field_names();
    const size_t columns = names.size();
    std::vector<std::string> constants;
    for (auto& [key, value] : partitions(inside)) {
      if (std::ranges::count(names, key) > 0) continue;
      names.push_back(key);
      constants.push_back(value);
    }
    auto source = std::make_unique<ParquetSource>(path, std::move(file), columns, constants);
    return std::make_unique<BatchTable>(path, "row", path, names, /*lines_before=*/0,
                                        std::move(source));
  });
}

}  // namespace assay
