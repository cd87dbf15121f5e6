#include "ingest/source_sample.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "error/error.h"
#include "ingest/column_roles.h"
#include "ingest/table.h"
#include "ingest/text.h"
#include "ingest/text_file.h"
#include "text/utf8.h"

namespace assay::ingest {
namespace {

using Fields = std::vector<std::string>;
using Lines = std::vector<std::string_view>;

constexpr size_t kMostBytes = 1 << 18;
constexpr size_t kMostRows = 1000;

/// What may stand between fields, in the order in which one is preferred.
constexpr std::array<std::pair<char, const char*>, 5> kDelimiters = {{{'\t', "tabs"},
                                                                      {',', "commas"},
                                                                      {';', "semicolons"},
                                                                      {'|', "vertical bars"},
                                                                      {' ', "blanks"}}};

/// Complete lines that are not blank.
Lines lines_of(std::string_view text, bool is_whole) {
  Lines lines;
  while (!text.empty() && lines.size() <= kMostRows) {
    const size_t end = text.find('\n');
    if (end == std::string_view::npos && !is_whole && !lines.empty()) break;
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.find_first_not_of(" \t") != std::string_view::npos) lines.push_back(line);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

/// The rows of a text. A quote at the beginning of a field holds delimiters and line ends, as in RFC
/// 4180. A last row that may be cut is left out.
std::vector<Fields> rows_of(std::string_view text, bool is_whole, char delimiter) {
  std::vector<Fields> rows(1, Fields(1));
  bool quoted = false;
  const auto is_blank = [](const Fields& row) { return row.size() == 1 && row.front().empty(); };
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    std::string& field = rows.back().back();
    if (quoted && c == '"' && i + 1 < text.size() && text[i + 1] == '"') {
      field += text[++i];
    } else if (c == '"' && delimiter != '\t' && (quoted || field.empty())) {
      quoted = !quoted;
    } else if (c == delimiter && !quoted) {
      rows.back().emplace_back();
    } else if (c == '\n' && !quoted) {
      if (field.ends_with('\r')) field.pop_back();
      if (is_blank(rows.back())) rows.pop_back();
      if (rows.size() > kMostRows) return rows;
      rows.emplace_back(1);
    } else {
      field += c;
    }
  }
  if (is_blank(rows.back()) || (!is_whole && rows.size() > 1)) rows.pop_back();
  return rows;
}

/// How many fields every row has; 0 where they differ.
size_t width_of(const std::vector<Fields>& rows) {
  const size_t width = rows.front().size();
  const bool all =
      std::ranges::all_of(rows, [&](const Fields& row) { return row.size() == width; });
  return all ? width : 0;
}

bool is_number(std::string_view text) { return parse_number(text).has_value(); }

/// Whether the first line names the columns, and why.
void find_header(const Fields& first, const std::vector<Fields>& rows, Sample& sample) {
  const auto numeric_below = [&](size_t column) {
    return !rows.empty() && std::ranges::all_of(rows, [&](const Fields& row) {
      return is_number(row[column]) || row[column].empty();
    });
  };
  for (size_t i = 0; i < first.size(); ++i) {
    if (!is_number(first[i])) continue;
    sample.has_header = false;
    sample.header_why = fmt::format("the first line has the number {}, so it is a row", first[i]);
    return;
  }
  for (size_t i = 0; i < first.size(); ++i) {
    if (!numeric_below(i)) continue;
    sample.header_why =
        fmt::format("the first line has {} where numbers follow", in_quotes(first[i]));
    return;
  }
  if (std::ranges::any_of(first, [](const std::string& name) { return is_role_name(name); })) {
    sample.header_why = "the first line has names of columns";
    return;
  }
  const bool repeated = std::ranges::any_of(rows, [&](const Fields& row) {
    for (size_t i = 0; i < first.size(); ++i)
      if (row[i] == first[i] && !first[i].empty()) return true;
    return false;
  });
  sample.has_header = !repeated;
  sample.header_why = repeated ? "values of the first line occur again below it"
                               : "values of the first line do not occur below it";
  sample.doubts.push_back(
      repeated ? "whether the first line names the columns; if it does, remove header"
               : "whether the first line names the columns; if it is a row, write header: [...]");
}

void add_rows(const std::vector<Fields>& rows, const Fields& names, Sample& sample) {
  for (size_t i = 0; i < names.size(); ++i) {
    SampleColumn column{names[i], {}};
    for (const Fields& row : rows) {
      column.values.push_back({row[i], row[i].empty() ? Cell::Kind::missing : Cell::Kind::text});
    }
    sample.columns.push_back(std::move(column));
  }
  sample.rows = rows.size();
}

bool has_integers_only(const Lines& lines) {
  return std::ranges::all_of(lines, [](std::string_view line) {
    return line.find_first_not_of("0123456789 ") == std::string_view::npos;
  });
}

Sample user_items(const Lines& lines) {
  Sample sample{.format = "user_items",
                .why = "each line holds integers between blanks, and lines differ in length",
                .header_why = {},
                .doubts = {"whether a line is the whole history of its user, oldest first; if it "
                           "is, write format: sequences"}};
  sample.rows = lines.size();
  return sample;
}

[[noreturn]] void no_format(const std::string& path, std::string_view line) {
  throw error::UserError(
      path, fmt::format("is in no format that is guessed: it begins {}, and no tab, comma, "
                        "semicolon, vertical bar or blank divides each line into as many fields; "
                        "give the format with --as",
                        in_quotes(line)));
}

/// A text whose rows all have as many fields.
struct Division {
  char delimiter = 0;
  const char* words = "";
  std::vector<Fields> rows;
};

// Blanks stand within texts and times, so they count where nothing else divides the lines.
Division division_of(std::string_view text, bool is_whole) {
  Division best;
  size_t width = 1;
  for (const auto& [delimiter, words] : kDelimiters) {
    if (delimiter == ' ' && best.delimiter != 0) continue;
    std::vector<Fields> rows = rows_of(text, is_whole, delimiter);
    if (rows.empty() || width_of(rows) <= width) continue;
    width = rows.front().size();
    best = {delimiter, words, std::move(rows)};
  }
  return best;
}

Sample delimited_sample(const std::string& path, std::string_view text, bool is_whole) {
  const Lines lines = lines_of(text, is_whole);
  Division division = division_of(text, is_whole);
  const char delimiter = division.delimiter;
  const bool pairs = delimiter == ' ' && division.rows.front().size() == 2;
  if ((delimiter == 0 || pairs) && has_integers_only(lines)) return user_items(lines);
  if (delimiter == 0) no_format(path, lines.front());
  std::vector<Fields>& rows = division.rows;
  Sample sample{
      .format = delimiter == '\t' ? "tsv" : "csv",
      .why = fmt::format("{} divide each line into {} fields", division.words, rows.front().size()),
      .delimiter = delimiter,
      .header_why = {}};
  Fields names = rows.front();
  const std::vector<Fields> below(rows.begin() + 1, rows.end());
  find_header(names, below, sample);
  if (!sample.has_header)
    for (size_t i = 0; i < names.size(); ++i) names[i] = fmt::format("column_{}", i + 1);
  add_rows(sample.has_header ? below : rows, names, sample);
  return sample;
}

std::string text_of(const Cell& cell) {
  switch (cell.kind) {
    case Cell::Kind::missing:
      return "";
    case Cell::Kind::text:
      return std::string(cell.text);
    case Cell::Kind::number:
      return fmt::format("{}", cell.number);
    default:
      return shown(cell);
  }
}

Sample table_sample(const std::string& path, const std::string& format, const std::string& why) {
  Sample sample{.format = format, .why = why, .header_why = {}};
  const auto table = open_table(path, {.name = format});
  while (sample.rows < kMostRows && table->next()) {
    while (sample.columns.size() < table->names().size()) {
      sample.columns.push_back(
          {table->names()[sample.columns.size()], std::vector<SampleValue>(sample.rows)});
    }
    for (size_t i = 0; i < sample.columns.size(); ++i) {
      const Cell cell = table->cell(static_cast<int>(i));
      sample.columns[i].values.push_back({text_of(cell), cell.kind});
    }
    ++sample.rows;
  }
  return sample;
}

}  // namespace

std::vector<std::string_view> SampleColumn::texts() const {
  std::vector<std::string_view> out;
  for (const SampleValue& value : values)
    if (value.kind != Cell::Kind::missing) out.emplace_back(value.text);
  return out;
}

size_t SampleColumn::distinct() const {
  const auto all = texts();
  return std::set(all.begin(), all.end()).size();
}

bool SampleColumn::is_numeric() const {
  const auto all = texts();
  return !all.empty() && !has(Cell::Kind::time) && !has(Cell::Kind::local_time) &&
         !has(Cell::Kind::list) && std::ranges::all_of(all, is_number);
}

bool SampleColumn::is_whole() const {
  return std::ranges::all_of(texts(), [](std::string_view text) {
    return text.find_first_not_of("-0123456789") == std::string_view::npos;
  });
}

bool SampleColumn::has(Cell::Kind kind) const {
  return std::ranges::any_of(values, [&](const SampleValue& v) { return v.kind == kind; });
}

Sample sample_of(const std::string& path) {
  const TextFile file(path, kMostBytes + 1);
  std::string text = file.beginning(kMostBytes);
  if (text.empty()) throw error::UserError(path, "is empty");
  if (text.starts_with("PAR1"))
    return table_sample(path, "parquet", "it begins with PAR1, Parquet's mark");
  if (text.starts_with(text::kByteOrderMark)) text.erase(0, text::kByteOrderMark.size());
  const Lines lines = lines_of(text, file.size() <= kMostBytes);
  if (lines.empty()) throw error::UserError(path, "holds nothing but blank lines");
  if (lines.front().starts_with('{'))
    return table_sample(path, "jsonl", "each line is an object of JSON");
  if (!text::is_utf8(text.substr(0, text.rfind('\n'))))
    throw error::UserError(path, "is no UTF-8 text, and in no format that is guessed");
  return delimited_sample(path, text, file.size() <= kMostBytes);
}

}  // namespace assay::ingest
