#include "import/table_events.h"

#include <fmt/format.h>

#include <algorithm>

#include "error/error.h"
#include "import/event_batches.h"
#include "import/id_column.h"
#include "import/text.h"

namespace assay {
namespace {

EventPlaces places_of(const Table& table, const EventRoles& roles, EventBuilder& events) {
  const auto place_of = [&](const char* role) {
    const auto found = roles.columns.find(role);
    return found == roles.columns.end() ? -1 : table.column(found->second, roles.key + role);
  };
  EventPlaces out{place_of("user"), place_of("item"), place_of("time"), {}};
  const int value = place_of("value");
  for (int i = 0; i < static_cast<int>(table.names().size()); ++i) {
    if (i == out.user || i == out.item || i == out.time) continue;
    out.numbers.emplace_back(i, events.number_column(table.names()[i], i == value));
  }
  return out;
}

void read_table(Table& table, int part, const EventRoles& roles, EventBuilder& events) {
  const EventPlaces places = places_of(table, roles, events);
  if (auto* by_column = dynamic_cast<BatchTable*>(&table))
    return read_event_batches(*by_column, places, part, roles.time_divisor, events);
  IdColumn users(events.users(), events.user_column, "a user");
  IdColumn items(events.items(), events.item_column, "an item");
  while (table.next()) {
    const Origin origin = table.origin();
    events.event(users.row_of(table.cell(places.user), origin),
                 items.row_of(table.cell(places.item), origin), part, origin);
    if (places.time >= 0) {
      Cell time = table.cell(places.time);
      if (time.kind == Cell::Kind::integer) time.integer /= roles.time_divisor;
      events.time(seconds_of(time, table.names()[places.time], origin));
    }
    for (const auto& [place, column] : places.numbers)
      add_number(table.cell(place), column, origin, events);
  }
}

TableFormat format_of(const SourceFile& file, TableFormat format) {
  format.inside = file.inside;
  return format;
}

// Parquet says it before any row is read.
void say_rows(const std::vector<SourceFile>& files, const TableFormat& format, size_t columns,
              EventBuilder& events) {
  int64_t rows = 0;
  for (const SourceFile& file : files) {
    if (file.role != "events") continue;
    const auto table = open_table(file.path, format_of(file, format));
    rows += dynamic_cast<BatchTable&>(*table).rows_expected();
  }
  events.expect_in_all(rows, files.size(), columns);
}

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
  std::vector<std::string> first;
  std::string value;
  for (const SourceFile& file : files) {
    if (file.role != "events") continue;
    const auto table = open_table(file.path, format_of(file, format));
    if (first.empty()) {
      first = table->names();
      if (format.name == "parquet") say_rows(files, format, first.size(), events);
    }
    if (table->names() != first) {
      throw UserError(table->header_place(),
                      fmt::format("its columns differ from those of {}", files.front().path));
    }
    const EventRoles& roles = layout_of(*table, layouts);
    events.user_column = roles.columns.at("user");
    events.item_column = roles.columns.at("item");
    if (roles.columns.contains("value")) value = roles.columns.at("value");
    read_table(*table, file.part, roles, events);
  }
  return value;
}

void check_table_columns(const DatasetSpec& dataset) {
  for (const char* role : {"user", "item"}) {
    if (dataset.columns.contains(role)) continue;
    throw UserError(dataset.where, fmt::format("columns.{} is missing; {} needs the name of that "
                                               "column",
                                               role, dataset.format));
  }
  if (dataset.delimiter.size() != 1) {
    throw UserError(dataset.where, fmt::format("delimiter is {}; it is one character",
                                               in_quotes(dataset.delimiter)));
  }
}

}  // namespace assay
