#include <arrow/array.h>
#include <arrow/csv/api.h>
#include <arrow/io/memory.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "error/error.h"
#include "import/table_formats.h"
#include "import/text.h"
#include "import/text_file.h"

namespace assay {
namespace {

/// Separated values, read by Arrow as texts: numbers are parsed where the line is known.
class CsvTable : public Table {
 public:
  CsvTable(const std::string& path, char delimiter)
      : Table(path, nullptr), delimiter_(delimiter), text_(open_text(path)) {
    if (text_.text().empty()) throw UserError(path, "is empty; expected a header line");
    row_ = 1;
    open(/*threads=*/true);
    set_names(reader_->schema()->field_names());
    columns_.resize(names_.size());
  }
  std::string header_place() const override { return place(path_, 1); }

  bool next() override {
    do {
      ++row_;
      while (++in_batch_ >= rows_) {
        if (!read_batch()) return false;
      }
    } while (is_empty_line());
    return true;
  }

  Cell cell(int column) override {
    const std::string_view text = columns_[column]->GetView(in_batch_);
    return {text.empty() ? Cell::Kind::missing : Cell::Kind::text, text};
  }

 private:
  // What Arrow says, or rather what we know better. Its threads know no row numbers, so that what
  // they stumble over is read again without them.
  [[noreturn]] void failed(const arrow::Status& status) {
    if (threads_) {
      open(/*threads=*/false);
      while (read_batch()) {
      }
    }
    if (invalid_row_) throw UserError(invalid_row_->where, invalid_row_->what);
    throw UserError(path_, "cannot be read as separated values: " + status.message());
  }

  arrow::csv::InvalidRowResult note_invalid(const arrow::csv::InvalidRow& row) {
    if (threads_) return arrow::csv::InvalidRowResult::Error;
    invalid_row_ = {place(path_, row.number),
                    fmt::format("the row has {} fields, the header names {}; it begins {}",
                                row.actual_columns, row.expected_columns, in_quotes(row.text)),
                    ""};
    return arrow::csv::InvalidRowResult::Error;
  }

  void open(bool threads) {
    threads_ = threads;
    const auto bytes = text_.bytes();
    auto input = std::make_shared<arrow::io::BufferReader>(std::make_shared<arrow::Buffer>(
        reinterpret_cast<const uint8_t*>(bytes.data()), static_cast<int64_t>(bytes.size())));
    auto read = arrow::csv::ReadOptions::Defaults();
    read.use_threads = threads;
    auto parse = arrow::csv::ParseOptions::Defaults();
    parse.delimiter = delimiter_;
    parse.ignore_empty_lines = false;  // they are rows of empty cells, so that rows count lines
    parse.invalid_row_handler = [this](const arrow::csv::InvalidRow& row) {
      return note_invalid(row);
    };
    auto convert = arrow::csv::ConvertOptions::Defaults();
    convert.default_column_type = arrow::binary();
    auto reader = arrow::csv::StreamingReader::Make(arrow::io::default_io_context(), input, read,
                                                    parse, convert);
    if (!reader.ok()) failed(reader.status());
    reader_ = *reader;
  }

  bool read_batch() {
    if (const arrow::Status status = reader_->ReadNext(&batch_); !status.ok()) failed(status);
    if (!batch_) return false;
    for (size_t i = 0; i < columns_.size(); ++i)
      columns_[i] =
          static_cast<const arrow::BinaryArray*>(batch_->column(static_cast<int>(i)).get());
    rows_ = batch_->num_rows();
    in_batch_ = -1;
    return true;
  }

  bool is_empty_line() const {
    return std::ranges::all_of(columns_, [this](const arrow::BinaryArray* column) {
      return column->GetView(in_batch_).empty();
    });
  }

  char delimiter_;
  bool threads_ = true;
  MappedFile text_;
  std::shared_ptr<arrow::csv::StreamingReader> reader_;
  std::shared_ptr<arrow::RecordBatch> batch_;
  std::vector<const arrow::BinaryArray*> columns_;
  int64_t rows_ = 0, in_batch_ = -1;
  std::optional<Problem> invalid_row_;  // the row that is not as long as the header
};

}  // namespace

std::unique_ptr<Table> open_csv(const std::string& path, char delimiter) {
  return std::make_unique<CsvTable>(path, delimiter);
}

}  // namespace assay
