#include "ingest/table_events.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>
#include <ranges>
#include <span>
#include <utility>

#include "error/error.h"
#include "ingest/event_batches.h"
#include "ingest/id_column.h"
#include "ingest/text.h"

namespace assay::ingest {
namespace {

void add_column(const std::string& name, int place, bool is_value, EventPlaces& places,
                EventBuilder& events) {
  places.numbers.emplace_back(place, events.number_column(name, is_value));
  if (const auto text = events.text_column(name)) places.texts.emplace_back(place, *text);
}

EventPlaces places_of(Table& table, const EventRoles& roles, EventBuilder& events) {
  const auto place_of = [&](const char* role) {
    const auto found = roles.columns.find(role);
    return found == roles.columns.end() ? -1 : table.column(found->second, roles.key + role);
  };
  EventPlaces out{place_of("user"), place_of("item"), place_of("time"), place_of("event"), {}, {}};
  const int value = place_of("value");
  for (int i = 0; i < static_cast<int>(table.names().size()); ++i) {
    if (i == out.user || i == out.item || i == out.time) continue;
    add_column(table.names()[i], i, i == value, out, events);
  }
  return out;
}

/// Finds the columns of the roles, and makes rows of the lists that they hold.
void open_roles(Table& table, const EventRoles& roles) {
  std::vector<int> places;
  for (const char* role : {"user", "item", "time", "event", "value"}) {
    const auto found = roles.columns.find(role);
    if (found != roles.columns.end())
      places.push_back(table.column(found->second, roles.key + role));
  }
  table.unnest(places);
}

/// Begins events of a table that is read row by row. Items are looked up some dozens at once, since
/// each look waits for memory; what may be wrong with one is looked at in its turn.
class EventStarts {
 public:
  EventStarts(EventBuilder& events, int part)
      : events_(events),
        users_(events.users(), events.user_column, "a user"),
        items_(events.items(), events.item_column, "an item"),
        part_(part) {}

  /// @param item  good until the next row
  void add(const Cell& user, const Cell& item, const Origin& origin) {
    const int32_t user_row = users_.row_of(user, origin);
    if (!can_wait(item)) {
      flush(origin);
      return events_.event(user_row, items_.row_of(item, origin), part_, origin);
    }
    user_[static_cast<size_t>(count_)] = user_row;
    text_[static_cast<size_t>(count_)].assign(item.text);
    if (++count_ == kAtOnce) flush(origin);
  }

  /// After the last event, and before anything that counts them.
  void flush(const Origin& origin) {
    if (count_ == 0) return;
    const auto count = static_cast<size_t>(std::exchange(count_, 0));
    std::array<std::string_view, kAtOnce> texts;
    std::array<uint64_t, kAtOnce> hashes;
    std::array<int32_t, kAtOnce> rows;
    std::ranges::copy(text_ | std::views::take(count), texts.begin());
    items_.look_ahead(std::span(texts).first(count), hashes.data());
    for (size_t i = 0; i < count; ++i) rows[i] = items_.row_of(texts[i], hashes[i], origin);
    events_.events(std::span(user_).first(count), std::span(rows).first(count), part_, origin);
  }

  /// How many events are begun that the builder does not know yet.
  int64_t waiting() const { return count_; }

 private:
  static constexpr int64_t kAtOnce = 32;

  // A text that nothing can be wrong with.
  static bool can_wait(const Cell& item) {
    return item.kind == Cell::Kind::text && !item.text.empty() &&
           std::ranges::all_of(item.text, [](char c) { return c > 0; });
  }

  EventBuilder& events_;
  IdColumn users_, items_;
  int part_;
  int64_t count_ = 0;
  std::array<int32_t, kAtOnce> user_;
  std::array<std::string, kAtOnce> text_;
};

void read_table(Table& table, int part, const EventRoles& roles, EventBuilder& events) {
  EventPlaces places = places_of(table, roles, events);
  if (auto* by_column = dynamic_cast<BatchTable*>(&table))
    return read_event_batches(*by_column, places, part, events);
  EventStarts starts(events, part);
  IdColumn types(events.types(), events.type_column, "a type");
  size_t known = table.names().size();
  while (table.next()) {
    const Origin origin = table.origin();
    if (known < table.names().size()) starts.flush(origin);
    for (; known < table.names().size(); ++known) {  // JSON lines may have a key for the first time
      add_column(table.names()[known], static_cast<int>(known), false, places, events);
    }
    const Cell time = places.time >= 0 ? table.cell(places.time) : Cell{};
    if (places.time >= 0 && has_no_time(time)) {
      events.no_time(origin, starts.waiting());
      continue;
    }
    starts.add(table.cell(places.user), table.cell(places.item), origin);
    if (places.type >= 0) events.type(types.row_of(table.cell(places.type), origin));
    if (places.time >= 0) {
      if (is_dated(time)) events.times_are_dated();
      events.time(events.time_reader().time_of(time, table.names()[places.time], origin));
    }
    for (const auto& [place, column] : places.numbers)
      if (!events.given_up(column)) add_number(table.cell(place), column, origin, events);
    for (const auto& [place, column] : places.texts)
      events.text(column,
                  text_code(table.cell(place), column, table.names()[place], origin, events));
  }
  starts.flush(table.origin());
  events.fill_columns();
}

TableFormat format_of(const SourceFile& file, TableFormat format) {
  format.inside = file.inside;
  return format;
}

std::optional<int64_t> rows_of(Table& parquet) {
  return dynamic_cast<BatchTable&>(parquet).rows_known();
}

// Of another file than the first; what is wrong with it is said at its turn.
std::optional<int64_t> rows_of(const SourceFile& file, const TableFormat& format,
                               const EventRoles& roles) {
  const auto table = open_table(file.path, format_of(file, format));
  try {
    open_roles(*table, roles);
  } catch (const error::UserError&) {
    return std::nullopt;
  }
  return rows_of(*table);
}

// Parquet says it before any row is read. `first` is the first file of events, opened.
void say_rows(const std::vector<SourceFile>& files, const TableFormat& format,
              const EventRoles& roles, Table& first, EventBuilder& events) {
  std::optional<int64_t> rows = rows_of(first);
  bool is_first = true;
  for (const SourceFile& file : files) {
    if (file.role != "events" || std::exchange(is_first, false)) continue;
    const std::optional<int64_t> more = rows_of(file, format, roles);
    rows = rows && more ? std::optional(*rows + *more) : std::nullopt;
  }
  if (rows) events.expect_in_all(*rows, files.size(), first.names().size());
}

/// The first file, which the others must be like.
class FirstTable {
 public:
  explicit FirstTable(const Table& table) : path_(table.path()), names_(table.names()) {}

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

  /// Of the columns that have a role: a text is no integer, 007 is not 7. The first file comes
  /// first.
  void check_kinds(const Table& table, const EventRoles& roles) {
    for (const auto& [role, column] : roles.columns) {
      const int place = table.find(column);
      if (place < 0) continue;
      const std::string here = table.kind(place);
      const std::string& there = kinds_.emplace(column, here).first->second;
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
  std::vector<std::string> names_;
  std::map<std::string, std::string> kinds_;  // of the columns that have a role
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
    const bool is_first = !first;
    if (is_first) first.emplace(*table);
    if (format.name != "jsonl") first->check_names(*table);
    const EventRoles& roles = layout_of(*table, layouts);
    open_roles(*table, roles);
    if (is_first && format.name == "parquet" && !events.drops_missing_times())
      say_rows(files, format, roles, *table, events);
    first->check_kinds(*table, roles);
    events.user_column = roles.columns.at("user");
    events.item_column = roles.columns.at("item");
    if (roles.columns.contains("time")) events.time_column = roles.columns.at("time");
    if (roles.time != task::TimeFormat{}) events.read_times_by(TimeReader(roles.time, ""));
    if (roles.columns.contains("event")) events.type_column = roles.columns.at("event");
    if (roles.columns.contains("value")) value = roles.columns.at("value");
    read_table(*table, file.part, roles, events);
    if (const EmptyRows empty = table->empty_rows(); empty.count > 0)
      events.rows_without_event(empty.count,
                                Origin{file.path, empty.first, table->origin().unit}.text());
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
