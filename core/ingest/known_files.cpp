#include "ingest/known_files.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "ingest/text.h"
#include "ingest/text_file.h"
#include "text/utf8.h"

namespace assay::ingest {
namespace {

using Fields = std::vector<std::string_view>;

constexpr size_t kBeginning = 1 << 16;
constexpr size_t kIdOfAmazon = 10;  // letters of an ASIN or ISBN

/// The complete lines at the beginning of a text; a first line that is longer is cut.
Fields first_lines(std::string_view text, bool is_whole) {
  Fields lines;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    if (end == std::string_view::npos && !is_whole && !lines.empty()) break;
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(line);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

Fields fields_of(std::string_view line, const std::string& separator) {
  Fields fields;
  for (;;) {
    const size_t end = line.find(separator);
    fields.push_back(line.substr(0, end));
    if (end == std::string_view::npos) return fields;
    line.remove_prefix(end + separator.size());
  }
}

/// What stands between fields.
std::string separator_of(const TableFormat& format) {
  if (format.name == "csv") return std::string(1, format.delimiter);
  return format.name == "tsv" ? "\t" : format.separator;
}

std::string_view unquoted(std::string_view field) {
  const bool quoted = field.size() >= 2 && field.front() == '"' && field.back() == '"';
  return quoted ? field.substr(1, field.size() - 2) : field;
}

/// Whether every column of a layout is among `names`.
bool has_columns(const KnownFile& file, const std::vector<std::string>& names) {
  return std::ranges::any_of(file.layouts, [&](const EventRoles& layout) {
    return std::ranges::all_of(layout.columns, [&](const auto& role) {
      return std::ranges::count(names, role.second) > 0;
    });
  });
}

bool has_header(const KnownFile& file, std::string_view line) {
  std::vector<std::string> names;
  for (const std::string_view name : fields_of(line, separator_of(file.format)))
    names.emplace_back(unquoted(name));
  return has_columns(file, names);
}

// The first line may be cut, so its keys are looked for as they are written. Values may be missing,
// ids may not. A path such as events.aid is a key within another.
bool has_keys(const KnownFile& file, std::string_view line, const std::string& quote) {
  const auto has = [&](const std::string& column) {
    return std::ranges::all_of(fields_of(column, "."), [&](std::string_view key) {
      return line.find(fmt::format("{0}{1}{0}", quote, key)) != std::string_view::npos;
    });
  };
  if (!line.starts_with('{')) return false;
  return std::ranges::any_of(file.layouts, [&](const EventRoles& layout) {
    return has(layout.columns.at("user")) && has(layout.columns.at("item"));
  });
}

/// Place of a column of a file without a header; -1 of none.
int place_of(const KnownFile& file, const std::string& column) {
  const auto found = std::ranges::find(file.format.names, column);
  return found == file.format.names.end() ? -1
                                          : static_cast<int>(found - file.format.names.begin());
}

bool is_time(std::string_view text) {
  return parse_number(text) || (text.size() > 4 && text.find('-') != std::string_view::npos);
}

// Whether items are ASINs or ISBNs, and users are what Amazon calls them by: A and more letters.
bool has_ids_of_amazon(const Fields& lines, const KnownFile& file) {
  const auto& columns = file.layouts.front().columns;
  const auto item = static_cast<size_t>(place_of(file, columns.at("item")));
  const auto user = static_cast<size_t>(place_of(file, columns.at("user")));
  return std::ranges::all_of(lines, [&](std::string_view line) {
    const Fields fields = fields_of(line, separator_of(file.format));
    if (fields.size() != file.format.names.size()) return line.empty();
    return fields[item].size() == kIdOfAmazon && !fields[item].starts_with('A') &&
           fields[user].starts_with('A');
  });
}

bool has_fields(const KnownFile& file, const Fields& lines) {
  const Fields first = fields_of(lines.front(), separator_of(file.format));
  if (first.size() != file.format.names.size()) return false;
  const auto& columns = file.layouts.front().columns;
  for (const char* role : {"time", "value"}) {
    if (!columns.contains(role)) continue;
    const std::string_view text = first[static_cast<size_t>(place_of(file, columns.at(role)))];
    if (std::string_view(role) == "time" ? !is_time(text) : !parse_number(text)) return false;
  }
  return !file.ids_of_amazon || has_ids_of_amazon(lines, file);
}

bool is_movie(std::string_view line) {
  return line.size() > 1 && line.find_first_not_of("0123456789") == line.size() - 1 &&
         line.back() == ':';
}

}  // namespace

TableFormat csv_of(std::vector<std::string> names) {
  return {.name = "csv", .names = std::move(names)};
}

TableFormat delimited(const std::string& separator, std::vector<std::string> names,
                      std::vector<std::string> flags) {
  return {.name = "delimited",
          .separator = separator,
          .names = std::move(names),
          .flags = std::move(flags),
          .latin1 = true};
}

EventRoles roles(const std::string& user, const std::string& item, const std::string& time,
                 const std::string& value, const std::string& unit) {
  EventRoles out{.columns = {{"user", user}, {"item", item}}, .time = {.unit = unit}};
  if (!time.empty()) out.columns["time"] = time;
  if (!value.empty()) out.columns["value"] = value;
  return out;
}

EventRoles typed(EventRoles roles, const std::string& event) {
  roles.columns["event"] = event;
  return roles;
}

task::FeatureFileSpec features(const std::string& of, const std::string& id,
                               std::map<std::string, std::string> columns,
                               const std::string& separator) {
  return {.of = of,
          .path = {},
          .format = "delimited",
          .id = id,
          .columns = std::move(columns),
          .separator = separator,
          .where = {}};
}

std::vector<std::string> columns_of(const KnownFile& file) {
  if (file.format.name == "netflix") return {"lines \"movie:\" and \"customer,rating,date\""};
  if (!file.format.names.empty())
    return {fmt::format("{} without a header", fmt::join(file.format.names, ", "))};
  std::vector<std::string> layouts;
  for (const EventRoles& layout : file.layouts) {
    std::vector<std::string> names;
    for (const char* role : {"user", "item", "time", "value", "event"}) {
      const auto found = layout.columns.find(role);
      if (found != layout.columns.end()) names.push_back(found->second);
    }
    layouts.push_back(fmt::format("{}", fmt::join(names, ", ")));
  }
  return layouts;
}

bool has_name_of(const KnownFile& file, const std::string& name) {
  const size_t star = file.name.find('*');
  if (star == std::string::npos) return name == file.name;
  return name.size() + 1 >= file.name.size() && name.starts_with(file.name.substr(0, star)) &&
         name.ends_with(file.name.substr(star + 1));
}

bool begins_as(const KnownFile& file, const std::string& path) {
  const TextFile text(path, kBeginning + 1);
  std::string beginning = text.beginning(kBeginning);
  if (beginning.starts_with("PAR1") != (file.format.name == "parquet")) return false;
  if (file.format.name == "parquet")
    return has_columns(file, open_table(path, {.name = "parquet"})->names());
  if (beginning.starts_with(text::kByteOrderMark)) beginning.erase(0, text::kByteOrderMark.size());
  const Fields lines = first_lines(beginning, text.size() <= kBeginning);
  if (lines.empty()) return false;
  if (file.format.name == "jsonl") return has_keys(file, lines.front(), "\"");
  if (file.format.name == "python_lines") return has_keys(file, lines.front(), "'");
  if (file.format.name == "netflix") return is_movie(lines.front());
  if (!file.format.names.empty()) return has_fields(file, lines);
  return has_header(file, lines.front());
}

}  // namespace assay::ingest
