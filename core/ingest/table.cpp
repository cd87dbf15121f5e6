#include "ingest/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "dataset/time.h"
#include "error/error.h"
#include "ingest/table_formats.h"
#include "ingest/text.h"
#include "text/utf8.h"

namespace assay::ingest {
namespace {

int64_t parsed_time(std::string_view text, const std::string& column, const Origin& origin) {
  const std::optional<int64_t> time_us = parse_iso_time(text);
  if (!time_us) {
    throw error::UserError(
        origin.text(),
        fmt::format("{} is {}; expected seconds since 1970, or a time such as 2024-05-31 18:30:00",
                    column, in_quotes(text)));
  }
  return checked_time(static_cast<double>(*time_us) / dataset::kMicroseconds, column, text,
                      origin.text());
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
  if (format.name == "csv") return open_csv(path, format.delimiter);
  if (format.name == "parquet") return open_parquet(path, format.inside);
  if (format.name == "jsonl") return open_json_lines(path);
  if (format.name == "json_map") return open_json_map(path, format.names.at(0));
  if (format.name == "tsv") return open_delimited(path, {.name = "tsv", .separator = "\t"});
  return open_delimited(path, format);
}

std::string shown(const Cell& cell) {
  switch (cell.kind) {
    case Cell::Kind::missing:
      return "empty";
    case Cell::Kind::text:
      return in_quotes(cell.text);
    case Cell::Kind::integer:
      return fmt::format("{}", cell.integer);
    case Cell::Kind::number:
      return fmt::format("{}", cell.number);
    case Cell::Kind::boolean:
      return cell.integer ? "true" : "false";
    case Cell::Kind::time:
      return "a time";
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
  if (cell.kind != Cell::Kind::integer) {
    throw error::UserError(origin.text(), fmt::format("{} is {}; an id is a string or an integer",
                                                      column, shown(cell)));
  }
  const fmt::format_int digits(cell.integer);
  buffer.assign(digits.data(), digits.size());
  return buffer;
}

int64_t time_of(const Cell& cell, const std::string& column, const Origin& origin,
                int64_t ticks_per_second) {
  if (cell.kind == Cell::Kind::text) {
    const std::optional<double> number = parse_number(cell.text);
    if (!number) return parsed_time(cell.text, column, origin);
    if (*number >= 0 && *number <= latest_plain_second()) return microseconds_of(*number);
    return checked_time(*number, column, cell.text, origin.text());
  }
  const bool whole = cell.kind == Cell::Kind::integer || cell.kind == Cell::Kind::time;
  if (whole) {
    const int64_t per_second =
        cell.kind == Cell::Kind::time ? dataset::kMicroseconds : ticks_per_second;
    const double seconds = static_cast<double>(cell.integer) / static_cast<double>(per_second);
    if (seconds >= 0 && seconds <= latest_plain_second())
      return microseconds_of_ticks(cell.integer, per_second);
    return checked_time(seconds, column, fmt::format("{:.0f}", std::floor(seconds)), origin.text());
  }
  if (cell.kind == Cell::Kind::number)
    return checked_time(cell.number, column, fmt::format("{}", cell.number), origin.text());
  throw error::UserError(
      origin.text(),
      fmt::format("{} is {}; expected seconds since 1970, or a time", column, shown(cell)));
}

}  // namespace assay::ingest
