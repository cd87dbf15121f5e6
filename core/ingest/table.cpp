#include "ingest/table.h"

#include <fmt/format.h>

#include <algorithm>

#include "error/error.h"
#include "ingest/table_formats.h"
#include "ingest/text.h"
#include "ingest/times.h"
#include "text/lower_case.h"
#include "text/utf8.h"

namespace assay::ingest {
namespace {

// 1.0 and not 1, which an id may be.
std::string shown_number(double number) {
  const std::string text = fmt::format("{}", number);
  return text.find_first_not_of("-0123456789") == std::string::npos ? text + ".0" : text;
}

// What a header that was cut at the wrong places looks like.
std::string format_hint(const std::string& first, size_t columns) {
  if (first.starts_with('{')) return "; its first line is JSON, which is format: jsonl";
  if (columns > 1) return "";
  if (first.find('\t') != std::string::npos)
    return "; its header is one column that contains tabs, which is format: tsv";
  for (const char separator : {';', '|', ','}) {
    if (first.find(separator) != std::string::npos) {
      return fmt::format(
          "; its header is one column that contains \"{0}\", which is format: csv with delimiter: "
          "\"{0}\"",
          separator);
    }
  }
  return "";
}

}  // namespace

int Table::find(const std::string& name) const {
  const auto found = std::ranges::find(names_, name);
  return found == names_.end() ? -1 : static_cast<int>(found - names_.begin());
}

int Table::column(const std::string& name, const std::string& key) {
  int place = find(name);
  if (place < 0 && look_for(name)) place = find(name);
  if (place >= 0) return place;
  const std::string hint = names_.empty() ? "" : format_hint(names_.front(), names_.size());
  throw error::UserError(header_place(),
                         fmt::format("has no column {} ({}){}", name, key,
                                     hint.empty() ? error::did_you_mean(name, names_) : hint));
}

void Table::set_names(std::vector<std::string> names) {
  names_ = std::move(names);
  for (size_t i = 0; i < names_.size(); ++i) {
    const int first = find(names_[i]);
    if (first != static_cast<int>(i)) {
      throw error::UserError(header_place(),
                             fmt::format("column {} occurs twice in the header (columns {} and {})",
                                         names_[i], first + 1, i + 1));
    }
    if (!text::is_utf8(names_[i]))
      throw error::UserError(header_place(), "the header is not UTF-8");
  }
}

std::unique_ptr<Table> open_table(const std::string& path, const TableFormat& format) {
  if (format.name == "csv") return open_csv(path, format.delimiter, format.names);
  if (format.name == "parquet") return open_parquet(path, format.inside);
  if (format.name == "jsonl") return open_json_lines(path);
  if (format.name == "python_lines") return open_python_lines(path);
  if (format.name == "netflix") return open_netflix(path);
  if (format.name == "json_map") return open_json_map(path, format.names.at(0));
  if (format.name == "tsv")
    return open_delimited(path, {.name = "tsv", .separator = "\t", .names = format.names});
  return open_delimited(path, format);
}

void check_no_header(const std::string& path, const std::vector<std::string>& first_line,
                     const std::vector<std::string>& header) {
  const auto small = [](const std::string& name) { return text::lower_case(name); };
  if (!std::ranges::equal(first_line, header, {}, small, small)) return;
  throw error::UserError(
      place(path, 1),
      "holds the names of source.header, which is for files without a header line; remove it");
}

std::string shown(const Cell& cell) {
  switch (cell.kind) {
    case Cell::Kind::missing:
      return "empty";
    case Cell::Kind::text:
      return in_quotes(cell.text);
    case Cell::Kind::integer:
      return fmt::format("{}", cell.integer);
    case Cell::Kind::large:
      return fmt::format("{}", cell.large());
    case Cell::Kind::number:
      return shown_number(cell.number);
    case Cell::Kind::boolean:
      return cell.integer ? "true" : "false";
    case Cell::Kind::time:
    case Cell::Kind::local_time:
      return shown_time(cell.integer);
    case Cell::Kind::list:
      return "a list";
    case Cell::Kind::other:
      break;
  }
  return std::string(cell.text);
}

std::string_view id_text(const Cell& cell, const std::string& column, const Origin& origin,
                         std::string& buffer) {
  if (cell.kind == Cell::Kind::text) return cell.text;
  if (cell.kind == Cell::Kind::missing) return {};
  const bool large = cell.kind == Cell::Kind::large;
  if (cell.kind != Cell::Kind::integer && !large) {
    const bool of_type = cell.kind == Cell::Kind::number && !cell.text.empty();
    throw error::UserError(
        origin.text(),
        fmt::format("{} is {}{}; an id is a string or an integer", column, shown(cell),
                    of_type ? fmt::format(", of type {}", cell.text) : ""));
  }
  const fmt::format_int digits =
      large ? fmt::format_int(cell.large()) : fmt::format_int(cell.integer);
  buffer.assign(digits.data(), digits.size());
  return buffer;
}

std::optional<double> number_of(const Cell& cell) {
  switch (cell.kind) {
    case Cell::Kind::integer:
      return static_cast<double>(cell.integer);
    case Cell::Kind::large:
      return static_cast<double>(cell.large());
    case Cell::Kind::number:
      return cell.number;
    default:
      return std::nullopt;
  }
}

}  // namespace assay::ingest
