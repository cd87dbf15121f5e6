#include "ingest/atomic_files.h"

#include <fmt/format.h>

#include "error/error.h"
#include "ingest/atomic_table.h"
#include "ingest/event_builder.h"
#include "ingest/feature_rows.h"
#include "ingest/text.h"
#include "ingest/times.h"

namespace assay::ingest {
namespace {

using Roles = std::map<std::string, std::string>;

/// Where each role stands in an .inter file, and which other columns are tried as numbers.
struct EventColumns {
  size_t user, item;
  int time = -1, type = -1;
  std::vector<std::pair<size_t, size_t>> numbers;  // place in the file, place in the builder
  std::vector<std::pair<size_t, size_t>> texts;    // as above
};

EventColumns event_columns(const AtomicTable& table, const Roles& roles, const Roles& asked,
                           EventBuilder& events) {
  EventColumns out{table.column(roles.at("user")), table.column(roles.at("item")), -1, -1, {}, {}};
  for (const char* role : {"time", "value"}) {
    if (asked.contains(role)) table.column(asked.at(role));
  }
  out.time = table.find(roles.at("time"));
  if (roles.contains("event")) out.type = static_cast<int>(table.column(roles.at("event")));
  for (size_t i = 0; i < table.columns().size(); ++i) {
    const AtomicColumn& column = table.columns()[i];
    if (i == out.user || i == out.item || static_cast<int>(i) == out.time) continue;
    if (column.type.ends_with("_seq")) {
      events.not_number(column.name, fmt::format("{} declares it {}", table.path(), column.type));
    } else {
      const bool strict = column.type == "float" || column.name == roles.at("value");
      out.numbers.emplace_back(i, events.number_column(column.name, strict));
    }
    if (const auto text = events.text_column(column.name)) out.texts.emplace_back(i, *text);
  }
  return out;
}

void same_columns(const AtomicTable& table, const std::vector<AtomicColumn>& first,
                  const std::string& path) {
  if (first.empty() || table.columns().size() == first.size()) {
    bool same = true;
    for (size_t i = 0; i < first.size(); ++i)
      same = same && table.columns()[i].name == first[i].name;
    if (same) return;
  }
  throw error::UserError(place(table.path(), 1),
                         fmt::format("its columns differ from those of {}", path));
}

void add_type(std::string_view text, const Origin& origin, EventBuilder& events) {
  if (text.empty())
    throw error::UserError(origin.text(), events.type_column + " is empty; every event has a type");
  events.type(add_id(text, events.types(), events.type_column, origin));
}

void read_events(const SourceFile& file, const Roles& roles, const Roles& asked,
                 EventBuilder& events, std::vector<AtomicColumn>& first,
                 const std::string& first_path) {
  AtomicTable table(file.path);
  same_columns(table, first, first_path);
  first = table.columns();
  const EventColumns columns = event_columns(table, roles, asked, events);
  const TimeReader& reader = events.time_reader();
  std::vector<std::string_view> fields;
  while (table.next(fields)) {
    const Origin origin = table.origin();
    if (columns.time >= 0 && fields[columns.time].empty()) {
      events.no_time(origin);
      continue;
    }
    events.event(fields[columns.user], fields[columns.item], file.part, origin);
    if (columns.type >= 0) add_type(fields[columns.type], origin, events);
    if (columns.time >= 0) {
      const Cell cell{Cell::Kind::text, fields[columns.time]};
      if (is_dated(cell)) events.times_are_dated();
      events.time(reader.time_of(cell, table.columns()[columns.time].name, origin));
    }
    for (const auto& [place, column] : columns.numbers)
      events.number(column, fields[place], origin);
    for (const auto& [place, column] : columns.texts)
      events.text(column, events.code_of(column, fields[place], origin));
  }
}

FeatureRows read_features(const std::string& path, const std::string& id_column,
                          const std::string& time_column, const TimeReader& times,
                          dataset::Interner& ids) {
  AtomicTable table(path);
  const size_t id_place = table.column(id_column);
  const int time_place = table.find(time_column);
  FeatureRows out(ids, id_column);
  std::vector<size_t> places;
  for (size_t i = 0; i < table.columns().size(); ++i) {
    if (i == id_place || static_cast<int>(i) == time_place) continue;
    places.push_back(i);
    out.columns.emplace_back(table.columns()[i].name, atomic_feature_type(table.columns()[i].type));
  }
  std::vector<std::string_view> fields;
  while (table.next(fields)) {
    const Origin origin = table.origin();
    out.begin(fields[id_place], origin);
    for (size_t i = 0; i < places.size(); ++i) out.columns[i].add(fields[places[i]], origin);
    if (time_place < 0) continue;
    out.add_time({Cell::Kind::text, fields[time_place]}, time_column, times, origin);
  }
  out.finish_times(time_column, times, path);
  return out;
}

}  // namespace

std::string atomic_feature_type(const std::string& type) {
  static const std::map<std::string, std::string> types = {
      {"token", "category"}, {"float", "number"}, {"token_seq", "set"}, {"float_seq", "vector"}};
  return types.at(type);
}

std::map<std::string, FeatureRows> read_atomic_files(const std::vector<SourceFile>& files,
                                                     const task::DatasetSpec& dataset,
                                                     EventBuilder& events) {
  const Roles roles = column_roles(dataset);
  events.user_column = roles.at("user");
  events.item_column = roles.at("item");
  events.time_column = roles.at("time");
  if (roles.contains("event")) events.type_column = roles.at("event");
  std::vector<AtomicColumn> first;
  std::map<std::string, FeatureRows> features;
  for (const SourceFile& file : files) {
    if (file.role == "events") {
      read_events(file, roles, dataset.columns, events, first, files.front().path);
    } else if (file.feature < 0) {
      dataset::Interner& ids = file.role == "user" ? events.users() : events.items();
      features.emplace(file.role, read_features(file.path, roles.at(file.role), roles.at("time"),
                                                events.time_reader(), ids));
    }
  }
  return features;
}

}  // namespace assay::ingest
