#include "import/csv.h"

#include <arrow/array.h>
#include <arrow/csv/api.h>
#include <arrow/io/memory.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/value_parsing.h>
#include <fmt/format.h>

#include <algorithm>

#include "dataset/mapped_file.h"
#include "error/error.h"
#include "import/event_builder.h"
#include "import/text.h"

namespace assay {
namespace {

constexpr int64_t kNanoseconds = 1'000'000'000;

using Roles = std::map<std::string, std::string>;

constexpr int64_t kFirstDataLine = 2;

/// A file and what Arrow says about its rows.
struct CsvFile {
  const SourceFile& source;
  MappedFile mapped;
  std::optional<Problem> invalid_row = {};  // the row that is not as long as the header
};

arrow::csv::InvalidRowResult note_invalid(CsvFile& file, const arrow::csv::InvalidRow& row) {
  file.invalid_row = {place(file.source.path, row.number),
                      fmt::format("the row has {} fields, the header names {}; it begins {}",
                                  row.actual_columns, row.expected_columns, in_quotes(row.text)),
                      ""};
  return arrow::csv::InvalidRowResult::Error;
}

// What Arrow says, or rather what we know better.
[[noreturn]] void arrow_failed(const CsvFile& file, const arrow::Status& status) {
  if (file.invalid_row) throw UserError(file.invalid_row->where, file.invalid_row->what);
  throw UserError(file.source.path, "cannot be read as separated values: " + status.message());
}

std::shared_ptr<arrow::csv::StreamingReader> open_reader(CsvFile& file,
                                                         const DatasetSpec& dataset) {
  const auto bytes = file.mapped.bytes();
  auto input = std::make_shared<arrow::io::BufferReader>(std::make_shared<arrow::Buffer>(
      reinterpret_cast<const uint8_t*>(bytes.data()), static_cast<int64_t>(bytes.size())));
  auto read = arrow::csv::ReadOptions::Defaults();
  read.use_threads = false;  // only then are row numbers known
  auto parse = arrow::csv::ParseOptions::Defaults();
  parse.delimiter = dataset.delimiter.front();
  parse.ignore_empty_lines = false;  // they are rows of empty cells, so that rows count lines
  parse.invalid_row_handler = [&file](const arrow::csv::InvalidRow& row) {
    return note_invalid(file, row);
  };
  auto convert = arrow::csv::ConvertOptions::Defaults();
  convert.default_column_type =
      arrow::binary();  // numbers are parsed here, where the line is known
  auto reader = arrow::csv::StreamingReader::Make(arrow::io::default_io_context(), input, read,
                                                  parse, convert);
  if (!reader.ok()) arrow_failed(file, reader.status());
  return *reader;
}

int find(const std::vector<std::string>& names, const std::string& name) {
  const auto found = std::ranges::find(names, name);
  return found == names.end() ? -1 : static_cast<int>(found - names.begin());
}

/// Where each role stands.
struct CsvColumns {
  int user = -1, item = -1, time = -1;
  std::vector<std::pair<int, size_t>> numbers;  // place in the file, place in the builder
};

void check_header(const std::vector<std::string>& names, const Roles& roles,
                  const std::string& where) {
  for (size_t i = 0; i < names.size(); ++i) {
    const int first = find(names, names[i]);
    if (first != static_cast<int>(i)) {
      throw UserError(where, fmt::format("column {} stands twice in the header (columns {} and {})",
                                         names[i], first + 1, i + 1));
    }
    if (!is_utf8(names[i])) throw UserError(where, "the header is no UTF-8 text");
  }
  for (const auto& [role, column] : roles) {
    if (find(names, column) >= 0) continue;
    throw UserError(where, fmt::format("has no column {} (columns.{}){}", column, role,
                                       did_you_mean(column, names)));
  }
}

CsvColumns csv_columns(const std::vector<std::string>& names, const Roles& roles,
                       EventBuilder& events) {
  const auto place_of = [&](const char* role) {
    const auto found = roles.find(role);
    return found == roles.end() ? -1 : find(names, found->second);
  };
  CsvColumns out{place_of("user"), place_of("item"), place_of("time"), {}};
  const int value = place_of("value");
  for (int i = 0; i < static_cast<int>(names.size()); ++i) {
    if (i == out.user || i == out.item || i == out.time) continue;
    out.numbers.emplace_back(i, events.number_column(names[i], i == value));
  }
  return out;
}

// A number of seconds, or ISO 8601.
void add_time(std::string_view text, const std::string& column, const Origin& origin,
              EventBuilder& events) {
  if (parse_number(text)) return events.time(text, column, origin);
  int64_t nanoseconds = 0;
  if (!arrow::internal::ParseTimestampISO8601(text.data(), text.size(), arrow::TimeUnit::NANO,
                                              &nanoseconds)) {
    throw UserError(
        origin.text(),
        fmt::format("{} is {}; expected seconds since 1970, or a time as 2024-05-31 18:30:00",
                    column, in_quotes(text)));
  }
  const auto seconds = static_cast<double>(nanoseconds / kNanoseconds);
  events.time(checked_time(nanoseconds < 0 ? -1 : seconds, column, text, origin.text()));
}

using Cells = std::vector<const arrow::BinaryArray*>;

bool is_empty_line(const Cells& cells, int64_t row) {
  return std::ranges::all_of(
      cells, [row](const arrow::BinaryArray* column) { return column->GetView(row).empty(); });
}

void add_row(const Cells& cells, int64_t row, const CsvColumns& columns,
             const std::vector<std::string>& names, const Origin& origin, int part,
             EventBuilder& events) {
  const std::string_view user = cells[columns.user]->GetView(row),
                         item = cells[columns.item]->GetView(row);
  if (user.empty() && item.empty() && is_empty_line(cells, row)) return;
  events.event(user, item, part, origin);
  if (columns.time >= 0)
    add_time(cells[columns.time]->GetView(row), names[columns.time], origin, events);
  for (const auto& [cell, column] : columns.numbers)
    events.number(column, cells[cell]->GetView(row), origin);
}

void read_file(const SourceFile& source, const DatasetSpec& dataset, EventBuilder& events) {
  CsvFile file{source, MappedFile(source.path)};
  if (file.mapped.text().empty()) throw UserError(source.path, "is empty; expected a header line");
  const auto reader = open_reader(file, dataset);
  const std::vector<std::string> names = reader->schema()->field_names();
  check_header(names, dataset.columns, place(source.path, 1));
  const CsvColumns columns = csv_columns(names, dataset.columns, events);
  Cells cells(names.size());
  std::shared_ptr<arrow::RecordBatch> batch;
  int64_t rows = 0;
  for (;;) {
    if (const arrow::Status status = reader->ReadNext(&batch); !status.ok())
      arrow_failed(file, status);
    if (!batch) return;
    for (size_t i = 0; i < names.size(); ++i) {
      cells[i] = static_cast<const arrow::BinaryArray*>(batch->column(static_cast<int>(i)).get());
    }
    for (int64_t row = 0; row < batch->num_rows(); ++row) {
      add_row(cells, row, columns, names, {source.path, rows + row + kFirstDataLine}, source.part,
              events);
    }
    rows += batch->num_rows();
  }
}

void check_roles(const DatasetSpec& dataset) {
  for (const char* role : {"user", "item"}) {
    if (dataset.columns.contains(role)) continue;
    throw UserError(dataset.where,
                    fmt::format("columns.{} is missing; csv needs the name of that column", role));
  }
  if (dataset.delimiter.size() != 1) {
    throw UserError(dataset.where, fmt::format("delimiter is {}; it is one character",
                                               in_quotes(dataset.delimiter)));
  }
}

}  // namespace

Dataset read_csv(const std::vector<SourceFile>& files, const DatasetSpec& dataset) {
  check_roles(dataset);
  EventBuilder events;
  events.user_column = dataset.columns.at("user");
  events.item_column = dataset.columns.at("item");
  for (const SourceFile& file : files) read_file(file, dataset, events);
  const auto value = dataset.columns.find("value");
  return events.finish(value == dataset.columns.end() ? "" : value->second, files.front().path);
}

}  // namespace assay
