#include <arrow/csv/options.h>
#include <arrow/csv/parser.h>
#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "error/error.h"
#include "ingest/batch_table.h"
#include "ingest/table_formats.h"
#include "ingest/text.h"
#include "ingest/text_file.h"
#include "text/utf8.h"

namespace assay::ingest {
namespace {

using arrow::csv::BlockParser;

constexpr size_t kBlock = 1 << 20;  // of text a batch
constexpr int kMostThreads = 4;

arrow::csv::ParseOptions parse_options(char delimiter) {
  auto options = arrow::csv::ParseOptions::Defaults();
  options.delimiter = delimiter;
  options.ignore_empty_lines = false;  // they are rows of empty cells, so that rows count lines
  return options;
}

/// Behind the quote that ends what is quoted from `begin` on, where two are one that is meant; npos
/// where it is not in `bytes`.
size_t end_of_quotes(std::string_view bytes, size_t begin) {
  for (;;) {
    const size_t quote = bytes.find('"', begin);
    if (quote == bytes.npos || quote + 1 == bytes.size()) return bytes.npos;
    if (bytes[quote + 1] != '"') return quote + 1;
    begin = quote + 2;
  }
}

/// Behind the row that begins at `begin`, with its end of line; npos where it does not end within
/// `bytes`. As Arrow's parser has it, a quote counts at the beginning of a field only.
size_t end_of_row(std::string_view bytes, size_t begin, char delimiter) {
  bool field_begins = true;
  for (size_t i = begin; i < bytes.size();) {
    const char c = bytes[i++];
    if (c == '\n') return i;
    if (c == '\r' && i == bytes.size()) return bytes.npos;
    if (c == '\r') return bytes[i] == '\n' ? i + 1 : i;
    if (c == '"' && field_begins) i = end_of_quotes(bytes, i);
    field_begins = c == delimiter;
  }
  return bytes.npos;
}

/// How many lines a text takes, the last with or without its end.
int32_t lines_of(std::string_view text) {
  int32_t lines = 0;
  for (size_t i = 0; i < text.size(); ++lines) {
    const size_t end = text.find_first_of("\r\n", i);
    if (end == text.npos) return lines + 1;
    i = end + (text.substr(end).starts_with("\r\n") ? 2 : 1);
  }
  return lines;
}

/// Some rows of a text, and the memory that they are read to.
class RowBuffer {
 public:
  /// The rows from the one that begins at `begin` on, up to the first that begins `count` bytes or
  /// more behind it. One that does not end for kLongestRow is cut: its quote was not closed.
  std::string_view rows(const TextFile& text, size_t begin, size_t count, char delimiter) {
    begin_ = begin;
    size_ = 0;
    read(text, count + kLikelyLine);
    // Fast path: without a quote in the block every line is a row, and a search for one line end is
    // enough. With a quote the block is walked row by row from its beginning, because a line end
    // may lie within quotes.
    size_t end = end_of_line(text, std::min(count, size_));
    if (bytes().substr(0, end).find('"') != std::string_view::npos)
      end = end_of_rows(text, std::min(count, size_), delimiter);
    return bytes().substr(0, end);
  }

 private:
  std::string_view bytes() const { return {bytes_.data(), size_}; }
  bool is_complete(const TextFile& text) const { return begin_ + size_ == text.size(); }

  void read(const TextFile& text, size_t count) {
    if (bytes_.size() < size_ + count) bytes_.resize(size_ + count);
    size_ += text.read(begin_ + size_, bytes_.data() + size_, count);
  }

  /// Where the first line begins that begins at `place` or behind it, which is not 0.
  size_t end_of_line(const TextFile& text, size_t place) {
    for (size_t searched = place - 1;;) {
      const size_t end = bytes().find_first_of("\r\n", searched);
      // A "\r" as the last byte read may be half of a "\r\n": one more byte is read before it
      // counts.
      if (end < size_ && (is_complete(text) || end + 1 < size_))
        return end + (bytes().substr(end).starts_with("\r\n") ? 2 : 1);
      if (is_complete(text)) return size_;
      searched = std::min(end, size_);
      read(text, size_);
    }
  }

  /// As above, of rows, whose quotes may hold ends of lines.
  size_t end_of_rows(const TextFile& text, size_t place, char delimiter) {
    for (size_t row = 0;;) {
      for (size_t end = row; row < place && end != std::string_view::npos;) {
        end = end_of_row(bytes(), row, delimiter);
        if (end != std::string_view::npos) row = end;
      }
      if (row >= place) return row;
      // A quote that is never closed would read the whole file into memory; the cut row becomes an
      // error when it is parsed.
      if (is_complete(text) || size_ - row > kLongestRow) return size_;
      read(text, size_);
    }
  }

  static constexpr size_t kLikelyLine = 1 << 12;
  static constexpr size_t kLongestRow = 1 << 24;
  size_t begin_ = 0;  // in the text
  std::vector<char> bytes_;
  size_t size_ = 0;  // of what was read of it
};

/// A block of lines, parsed. Its fields are texts with their quotes undone.
class ParsedBlock {
 public:
  /// @param names_columns  what does, for messages: "the header names", "source.header names"
  ParsedBlock(char delimiter, size_t width, const char* names_columns)
      : names_columns_(names_columns),
        parser_(with_handler(delimiter), static_cast<int32_t>(width), /*first_row=*/0,
                static_cast<int32_t>(2 * kBlock)),
        delimiter_(delimiter) {}

  /// Where the text of the block is read to.
  RowBuffer& buffer() { return buffer_; }

  /// Parses rows up to the first that is not as long as the header.
  void parse(std::string_view lines, ColumnBatch& batch) {
    invalid_line_ = -1;
    uint32_t parsed = 0;
    const arrow::Status status = parser_.ParseFinal(lines, &parsed);
    batch.rows = batch.lines = status.ok() ? parser_.num_rows() : 0;
    batch.bad.reset();
    if (invalid_line_ >= 0) {
      batch.rows = batch.bad_line = invalid_line_;
      batch.bad = invalid_;
    } else if (!status.ok() || parsed != lines.size()) {
      batch.bad_line = batch.rows;
      batch.bad = "cannot be read as delimited values: " +
                  (status.ok() ? "it is truncated, or a quote is not closed" : status.message());
    }
    find_lines(lines, batch);
  }

  /// Texts of the first `rows` rows; an empty one has no data.
  void texts(size_t column, int64_t rows, std::vector<std::string_view>& out) const {
    out.clear();
    const auto add = [&](const uint8_t* bytes, uint32_t size, bool, bool) {
      const auto* text = size == 0 ? nullptr : reinterpret_cast<const char*>(bytes);
      if (std::ssize(out) < rows) out.emplace_back(text, size);
      return arrow::Status::OK();
    };
    (void)parser_.VisitColumn(static_cast<int32_t>(column), add);
  }

 private:
  // Where quotes hold ends of lines, a row is not a line.
  void find_lines(std::string_view text, ColumnBatch& batch) const {
    batch.row_line.clear();
    if (text.find('"') == text.npos || std::ranges::count(text, '\n') <= batch.rows) return;
    int32_t line = 0;
    for (size_t row = 0; row < text.size();) {
      batch.row_line.push_back(line);
      const size_t end = std::min(end_of_row(text, row, delimiter_), text.size());
      line += lines_of(text.substr(row, end - row));
      row = end;
    }
    batch.lines = line;
    if (batch.bad && batch.bad_line < std::ssize(batch.row_line))
      batch.bad_line = batch.row_line[static_cast<size_t>(batch.bad_line)];
  }

  arrow::csv::ParseOptions with_handler(char delimiter) {
    auto options = parse_options(delimiter);
    options.invalid_row_handler = [this](const arrow::csv::InvalidRow& row) {
      if (invalid_line_ < 0) {
        invalid_line_ = row.number;
        invalid_ = fmt::format("the row has {} fields, {} {}; it begins {}", row.actual_columns,
                               names_columns_, row.expected_columns, in_quotes(row.text));
      }
      return arrow::csv::InvalidRowResult::Skip;
    };
    return options;
  }

  const char* names_columns_;
  BlockParser parser_;
  char delimiter_;
  RowBuffer buffer_;
  int64_t invalid_line_ = -1;
  std::string invalid_;
};

/// Separated values, cut into blocks at ends of rows; each is parsed by itself.
class CsvSource : public BatchSource {
 public:
  /// @param begin          of the rows in the text
  /// @param names_columns  as of ParsedBlock
  CsvSource(TextFile text, size_t begin, char delimiter, size_t width, const char* names_columns)
      : BatchSource(width),
        text_(std::move(text)),
        begin_(begin),
        delimiter_(delimiter),
        width_(width),
        names_columns_(names_columns),
        next_begin_(begin) {}

  int threads() const override {
    return std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, kMostThreads);
  }

  int64_t rows_expected() override {
    std::string sample(kBlock, '\0');
    sample.resize(text_.read(begin_, sample.data(), sample.size()));
    const auto rows = std::max<int64_t>(std::ranges::count(sample, '\n'), 1);
    return static_cast<int64_t>(static_cast<double>(text_.size() - begin_) * 1.02 /
                                static_cast<double>(std::max<size_t>(sample.size(), 1)) *
                                static_cast<double>(rows)) +
           1;
  }

  bool fill(int64_t k, ColumnBatch& batch) override {
    batch.columns.resize(width_);
    std::shared_ptr<void>& memory = batch.columns.front().memory;
    if (!memory) memory = std::make_shared<ParsedBlock>(delimiter_, width_, names_columns_);
    auto& block = *static_cast<ParsedBlock*>(memory.get());
    const std::string_view rows = next_rows(k, block.buffer());
    if (rows.empty()) return false;
    block.parse(rows, batch);
    find_empty_lines(block, batch);
    for (size_t column = 0; column < width_; ++column) fill_column(block, column, batch);
    if (!batch.line.empty()) batch.rows = std::ssize(batch.line);
    return true;
  }

 private:
  // The rows of a block begin where those of the block before end, so they are read in turn.
  std::string_view next_rows(int64_t k, RowBuffer& buffer) {
    std::unique_lock lock(mutex_);
    turn_.wait(lock, [&] { return next_ == k || failed_; });
    if (failed_) return {};
    try {
      const std::string_view rows = next_begin_ < text_.size()
                                        ? buffer.rows(text_, next_begin_, kBlock, delimiter_)
                                        : std::string_view();
      next_begin_ += rows.size();
      ++next_;
      turn_.notify_all();
      return rows;
    } catch (...) {
      failed_ = true;
      turn_.notify_all();
      throw;
    }
  }

  // Lists the other lines where there are any. A line is empty where each of its fields is.
  void find_empty_lines(const ParsedBlock& block, ColumnBatch& batch) const {
    batch.line.clear();
    std::vector<std::string_view>& texts = batch.columns[0].texts;
    std::vector<uint8_t> empty;
    for (size_t column = 0; column < width_; ++column) {
      block.texts(column, batch.rows, texts);
      if (column == 0) empty.assign(texts.size(), 1);
      for (size_t row = 0; row < texts.size(); ++row) empty[row] &= texts[row].empty();
      if (std::ranges::count(empty, 1) == 0) return;
    }
    for (size_t row = 0; row < empty.size(); ++row)
      if (!empty[row]) batch.line.push_back(static_cast<int32_t>(row));
    if (batch.line.empty()) batch.rows = 0;
  }

  void fill_column(const ParsedBlock& block, size_t place, ColumnBatch& batch) const {
    BatchColumn& column = batch.columns[place];
    column.kind = BatchColumn::Kind::unwanted;
    if (use_of(place) == Use::unwanted) return;
    column.kind = BatchColumn::Kind::texts;
    block.texts(place, batch.rows, column.texts);
    for (size_t row = 0; row < batch.line.size(); ++row)
      column.texts[row] = column.texts[static_cast<size_t>(batch.line[row])];
    if (!batch.line.empty()) column.texts.resize(batch.line.size());
    narrow(column, use_of(place), times());
  }

  TextFile text_;
  size_t begin_;
  char delimiter_;
  size_t width_;
  const char* names_columns_;
  std::mutex mutex_;
  std::condition_variable turn_;
  size_t next_begin_;  // of the block number next_
  int64_t next_ = 0;
  bool failed_ = false;
};

std::vector<std::string> header_names(std::string_view line, const std::string& path,
                                      char delimiter) {
  BlockParser parser(parse_options(delimiter), /*num_cols=*/-1, /*first_row=*/0,
                     /*max_num_rows=*/1);
  uint32_t parsed = 0;
  const arrow::Status status = parser.ParseFinal(line, &parsed);
  if (!status.ok())
    throw error::UserError(path, "cannot be read as delimited values: " + status.message());
  std::vector<std::string> names;
  (void)parser.VisitLastRow([&](const uint8_t* bytes, uint32_t size, bool, bool) {
    names.emplace_back(reinterpret_cast<const char*>(bytes), size);
    return arrow::Status::OK();
  });
  return names;
}

}  // namespace

std::unique_ptr<Table> open_csv(const std::string& path, char delimiter,
                                const std::vector<std::string>& header) {
  const TextFile text = TextFile(path).without_blank_end();
  const bool marked = text.beginning(text::kByteOrderMark.size()) == text::kByteOrderMark;
  const size_t begin = marked ? text::kByteOrderMark.size() : 0;
  const bool has_header = header.empty();
  if (text.size() == begin)
    throw error::UserError(path, has_header ? "is empty; expected a header line" : "is empty");
  RowBuffer buffer;
  const std::string_view line = buffer.rows(text, begin, 1, delimiter);
  const std::vector<std::string> first = header_names(line, path, delimiter);
  if (!has_header) check_no_header(path, first, header);
  const auto& names = has_header ? first : header;
  auto source = std::make_unique<CsvSource>(
      text, has_header ? begin + line.size() : begin, delimiter, names.size(),
      has_header ? "the header names" : "source.header names");
  return std::make_unique<BatchTable>(path, nullptr, has_header ? place(path, 1) : path, names,
                                      has_header ? lines_of(line) : 0, std::move(source));
}

}  // namespace assay::ingest
