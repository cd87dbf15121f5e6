#include "import/table_events.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "error/error.h"
#include "import/text.h"

namespace assay {
namespace {

/// Where each role stands.
struct Places {
  int user = -1, item = -1, time = -1;
  std::vector<std::pair<int, size_t>> numbers;  // place in the table, place in the builder
};

Places places_of(const Table& table, const EventRoles& roles, EventBuilder& events) {
  const auto place_of = [&](const char* role) {
    const auto found = roles.columns.find(role);
    return found == roles.columns.end() ? -1 : table.column(found->second, roles.key + role);
  };
  Places out{place_of("user"), place_of("item"), place_of("time"), {}};
  const int value = place_of("value");
  for (int i = 0; i < static_cast<int>(table.names().size()); ++i) {
    if (i == out.user || i == out.item || i == out.time) continue;
    out.numbers.emplace_back(i, events.number_column(table.names()[i], i == value));
  }
  return out;
}

void add_number(const Cell& cell, size_t column, const Origin& origin, EventBuilder& events) {
  switch (cell.kind) {
    case Cell::Kind::text:
      return events.number(column, cell.text, origin);
    case Cell::Kind::integer:
      return events.number(column, static_cast<double>(cell.integer));
    case Cell::Kind::number:
      if (std::isinf(cell.number)) return events.no_number(column, shown(cell), origin);
      return events.number(column, cell.number);  // NaN is missing
    case Cell::Kind::missing:
      return events.number(column, std::numeric_limits<double>::quiet_NaN());
    default:
      return events.no_number(column, shown(cell), origin);
  }
}

/// Ids of a column to rows. Small integers are looked up instead of being written out and hashed.
class IdColumn {
 public:
  /// @param what  "a user", "an item"
  IdColumn(Interner& ids, const std::string& name, const char* what)
      : ids_(&ids), name_(name), what_(what) {}

  int32_t row_of(const Cell& cell, const Origin& origin) {
    const bool small =
        cell.kind == Cell::Kind::integer && cell.integer >= 0 && cell.integer < kSmall;
    if (!small) return interned(cell, origin);
    const auto place = static_cast<size_t>(cell.integer);
    if (place >= known_.size()) known_.resize(std::max(place + 1, known_.size() * 2), -1);
    if (known_[place] < 0) known_[place] = interned(cell, origin);
    return known_[place];
  }

 private:
  static constexpr int64_t kSmall = int64_t{1} << 24;

  int32_t interned(const Cell& cell, const Origin& origin) {
    const std::string_view text = id_text(cell, name_, origin, digits_);
    if (text.empty()) {
      throw UserError(origin.text(), fmt::format("{} is empty; every event has {}", name_, what_));
    }
    return add_id(text, *ids_, name_, origin);
  }

  Interner* ids_;
  std::string name_;
  const char* what_;
  std::string digits_;
  std::vector<int32_t> known_;
};

void read_table(Table& table, int part, const EventRoles& roles, EventBuilder& events) {
  const Places places = places_of(table, roles, events);
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
    TableFormat own = format;
    own.inside = file.inside;
    const auto table = open_table(file.path, own);
    if (first.empty()) first = table->names();
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
