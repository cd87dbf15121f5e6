#include "ingest/table_events.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "error/error.h"
#include "ingest/event_batches.h"
#include "ingest/id_column.h"
#include "ingest/text.h"

namespace assay::ingest {
namespace {

EventPlaces places_of(Table& table, const EventRoles& roles, EventBuilder& events) {
  const auto place_of = [&](const char* role) {
    const auto found = roles.columns.find(role);
    return found == roles.columns.end() ? -1 : table.column(found->second, roles.key + role);
  };
  EventPlaces out{place_of("user"), place_of("item"), place_of("time"), place_of("event"), {}};
  const int value = place_of("value");
  for (int i = 0; i < static_cast<int>(table.names().size()); ++i) {
    if (i == out.user || i == out.item || i == out.time) continue;
    out.numbers.emplace_back(i, events.number_column(table.names()[i], i == value));
  }
  return out;
}

void read_table(Table& table, int part, const EventRoles& roles, EventBuilder& events) {
  EventPlaces places = places_of(table, roles, events);
  if (auto* by_column = dynamic_cast<BatchTable*>(&table))
    return read_event_batches(*by_column, places, part, events);
  IdColumn users(events.users(), events.user_column, "a user");
  IdColumn items(events.items(), events.item_column, "an item");
  IdColumn types(events.types(), events.type_column, "a type");
  size_t known = table.names().size();
  while (table.next()) {
    for (; known < table.names().size(); ++known) {  // JSON lines may have a key for the first time
      places.numbers.emplace_back(static_cast<int>(known),
                                  events.number_column(table.names()[known], false));
    }
    const Origin origin = table.origin();
    const Cell time = places.time >= 0 ? table.cell(places.time) : Cell{};
    if (places.time >= 0 && has_no_time(time)) {
      events.no_time(origin);
      continue;
    }
    events.event(users.row_of(table.cell(places.user), origin),
                 items.row_of(table.cell(places.item), origin), part, origin);
    if (places.type >= 0) events.type(types.row_of(table.cell(places.type), origin));
    if (places.time >= 0) {
      if (is_dated(time)) events.times_are_dated();
      events.time(events.time_reader().time_of(time, table.names()[places.time], origin));
    }
    for (const auto& [place, column] : places.numbers)
      add_number(table.cell(place), column, origin, events);
  }
  events.fill_columns();
}

TableFormat format_of(const SourceFile& file, TableFormat format) {
  format.inside = file.inside;
  return format;
}

int64_t rows_of(Table& parquet) { return dynamic_cast<BatchTable&>(parquet).rows_expected(); }

// Parquet says it before any row is read. `first` is the first file of events, opened.
void say_rows(const std::vector<SourceFile>& files, const TableFormat& format, Table& first,
              EventBuilder& events) {
  int64_t rows = rows_of(first);
  bool is_first = true;
  for (const SourceFile& file : files) {
    if (file.role != "events") continue;
    if (!std::exchange(is_first, false))
      rows += rows_of(*open_table(file.path, format_of(file, format)));
  }
  events.expect_in_all(rows, files.size(), first.names().size());
}

/// The first file, which the others must be like.
class FirstTable {
 public:
  explicit FirstTable(const Table& table) : path_(table.path()), names_(table.names()) {
    for (size_t i = 0; i < names_.size(); ++i) kinds_.push_back(table.kind(static_cast<int>(i)));
  }

  void check_names(const Table& table) const {
    if (table.names() == names_) return;
    const std::string lacks = missing_in(table.names(), names_);
    const std::string has = missing_in(names_, table.names());
    std::string what = "the same, in another order";
    if (!lacks.empty()) what = "it lacks " + lacks + (has.empty() ? "" : ", and has " + has);
    if (lacks.empty() && !has.empty()) what = "it has " + has;
    throw error::UserError(table.header_place(),
                           fmt::format("its columns differ from those of {}: {}", path_, what));
  }

  /// Of the columns that have a role: a text is no integer, 007 is not 7.
  void check_kinds(const Table& table, const EventRoles& roles) const {
    for (const auto& [role, column] : roles.columns) {
      const int place = table.find(column);
      if (place < 0) continue;
      const std::string here = table.kind(place), there = kinds_[static_cast<size_t>(place)];
      if (here == there || (is_number(here) && is_number(there)) || here.empty() || there.empty())
        continue;
      throw error::UserError(
          table.header_place(),
          fmt::format("{} is {} here and {} in {}; write it as one of them in every "
                      "file",
                      column, here, there, path_));
    }
  }

 private:
  static bool is_number(const std::string& kind) {
    return kind == "an integer" || kind == "a number";
  }
  /// Those of `wanted` that are not in `names`.
  static std::string missing_in(const std::vector<std::string>& names,
                                const std::vector<std::string>& wanted) {
    std::vector<std::string> missing;
    for (const std::string& name : wanted)
      if (std::ranges::count(names, name) == 0) missing.push_back(name);
    return fmt::format("{}", fmt::join(missing, ", "));
  }

  std::string path_;
  std::vector<std::string> names_, kinds_;
};

const EventRoles& layout_of(const Table& table, const std::vector<EventRoles>& layouts) {
  for (const EventRoles& roles : layouts) {
    if (std::ranges::all_of(roles.columns,
                            [&](const auto& r) { return table.find(r.second) >= 0; }))
      return roles;
  }
  return layouts.front();
}

}  // namespace

std::string read_event_tables(const std::vector<SourceFile>& files, const TableFormat& format,
                              const std::vector<EventRoles>& layouts, EventBuilder& events) {
  std::optional<FirstTable> first;
  std::string value;
  for (const SourceFile& file : files) {
    if (file.role != "events") continue;
    const auto table = open_table(file.path, format_of(file, format));
    if (!first) {
      first.emplace(*table);
      if (format.name == "parquet" && !events.drops_missing_times())
        say_rows(files, format, *table, events);
    }
    if (format.name != "jsonl") first->check_names(*table);
    const EventRoles& roles = layout_of(*table, layouts);
    first->check_kinds(*table, roles);
    events.user_column = roles.columns.at("user");
    events.item_column = roles.columns.at("item");
    if (roles.columns.contains("time")) events.time_column = roles.columns.at("time");
    if (roles.time != task::TimeFormat{}) events.read_times_by(TimeReader(roles.time, ""));
    if (roles.columns.contains("event")) events.type_column = roles.columns.at("event");
    if (roles.columns.contains("value")) value = roles.columns.at("value");
    read_table(*table, file.part, roles, events);
  }
  return value;
}

void check_table_columns(const task::DatasetSpec& dataset) {
  for (const char* role : {"user", "item"}) {
    if (dataset.columns.contains(role)) continue;
    throw error::UserError(dataset.where,
                           fmt::format("columns.{} is missing; {} needs the name of that "
                                       "column",
                                       role, dataset.format));
  }
  if (dataset.delimiter.size() != 1) {
    throw error::UserError(dataset.where, fmt::format("delimiter is {}; it is one character",
                                                      in_quotes(dataset.delimiter)));
  }
}

}  // namespace assay::ingest
