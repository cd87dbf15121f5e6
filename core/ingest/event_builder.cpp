#include "ingest/event_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "dataset/preallocated_tensor_file.h"
#include "error/error.h"
#include "ingest/text.h"
#include "ingest/times.h"
#include "text/utf8.h"

namespace assay::ingest {
namespace {

constexpr size_t kMostEvents = std::numeric_limits<int32_t>::max();
constexpr int64_t kLarge = 1 << 16;  // events, from which it matters where they lie

// Of the header of what is written: columns and features, and the hashes of the files.
constexpr size_t kHeaderBytes = 1 << 16, kHeaderBytesAFile = 1 << 10;

[[noreturn]] void too_many_events(const Origin& origin) {
  throw error::UserError(origin.text(), "the data holds more than 2,147,483,647 events");
}

}  // namespace

std::string Origin::text() const {
  return unit ? fmt::format("{}, {} {}", path, unit, line) : place(path, line);
}

size_t EventBuilder::number_column(const std::string& name, bool strict) {
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i].numbers.name == name) return i;
  }
  columns_.push_back({{name, {}}, strict});
  fill_columns();
  return columns_.size() - 1;
}

void EventBuilder::fill_columns() {
  for (Column& column : columns_) {
    const size_t values = column.numbers.values.size();
    if (!column.given_up && values < size())
      column.numbers.values.append(size() - values, std::numeric_limits<double>::quiet_NaN());
  }
  for (Texts& column : texts_)
    if (const size_t codes = column.codes.code.size(); codes < size())
      column.codes.code.append(size() - codes, -1);
}

void EventBuilder::keep_texts(const std::vector<std::string>& columns) {
  for (const std::string& name : columns) texts_.emplace_back().codes.name = name;
}

std::optional<size_t> EventBuilder::text_column(const std::string& name) {
  for (size_t i = 0; i < texts_.size(); ++i) {
    if (texts_[i].codes.name != name) continue;
    texts_[i].found = true;
    fill_columns();
    return i;
  }
  return std::nullopt;
}

int32_t EventBuilder::code_of(size_t column, std::string_view text, const Origin& origin) {
  Texts& texts = texts_[column];
  return text.empty() ? -1 : add_id(text, texts.labels, texts.codes.name, origin);
}

std::vector<dataset::TextCodes> EventBuilder::take_texts() && {
  std::vector<dataset::TextCodes> out;
  for (Texts& column : texts_) {
    if (!column.found) continue;
    column.codes.labels = std::move(column.labels).take();
    out.push_back(std::move(column.codes));
  }
  return out;
}

int32_t add_id(std::string_view text, uint64_t hash, dataset::Interner& ids,
               const std::string& column, const Origin& origin) {
  const int64_t known = ids.size();
  const int32_t id = ids.add(text, hash);
  if (ids.size() > known && !text::is_utf8(text))
    throw error::UserError(origin.text(), column + " is not UTF-8; save the file as UTF-8");
  if (ids.size() > known && is_list_text(text)) written_list(origin.text(), column, text);
  if (ids.size() > known && text.find('\0') != std::string_view::npos) {
    throw error::UserError(
        origin.text(),
        column + " contains a NUL byte; was the file truncated while it was written?");
  }
  return id;
}

int32_t add_id(std::string_view text, dataset::Interner& ids, const std::string& column,
               const Origin& origin) {
  return add_id(text, dataset::Interner::hash_of(text), ids, column, origin);
}

void EventBuilder::event(std::string_view user, std::string_view item, int part,
                         const Origin& origin) {
  if (user.empty())
    throw error::UserError(origin.text(), user_column + " is empty; every event has a user");
  if (item.empty())
    throw error::UserError(origin.text(), item_column + " is empty; every event has an item");
  event(add_id(user, users_, user_column, origin), add_id(item, items_, item_column, origin), part,
        origin);
}

void EventBuilder::event(int32_t user, int32_t item, int part, const Origin& origin) {
  dataset::EventTable& events = data_.events;
  if (events.user.size() == kMostEvents) too_many_events(origin);
  events.user.push_back(user);
  events.item.push_back(item);
  if (part >= 0) events.part.push_back(static_cast<uint8_t>(part));
}

void EventBuilder::events(std::span<const int32_t> users, std::span<const int32_t> items, int part,
                          const Origin& origin) {
  if (stop_.stop_requested()) throw Stopped{};
  dataset::EventTable& events = data_.events;
  if (events.user.size() + users.size() > kMostEvents) too_many_events(origin);
  append(events.user, users);
  append(events.item, items);
  if (part >= 0) events.part.append(users.size(), static_cast<uint8_t>(part));
}

void EventBuilder::times(std::span<const int64_t> times_us) {
  // What has to be sorted is read in no order, which memory of our own is better for.
  if (size() == 0 && !std::ranges::is_sorted(times_us)) data_.preallocated = nullptr;
  append(data_.events.time_us, times_us);
}

void EventBuilder::numbers(size_t column, std::span<const double> values) {
  Column& to = columns_[column];
  if (!to.given_up) append(to.numbers.values, values);
}

void EventBuilder::expect_in_all(int64_t events, size_t files, size_t columns) {
  if (folder_.empty() || events < kLarge) return;
  in_all_ = static_cast<size_t>(events);
  data_.preallocated = dataset::PreallocatedTensorFile::make(
      folder_, kHeaderBytes + files * kHeaderBytesAFile, in_all_ * columns * sizeof(double));
}

std::span<std::byte> EventBuilder::place_of_column(size_t bytes_an_event) {
  return data_.preallocated->take(in_all_ * bytes_an_event);
}

void EventBuilder::expect(int64_t events) {
  if (data_.preallocated) return;
  const size_t all = size() + static_cast<size_t>(events);
  data_.events.user.reserve(all);
  data_.events.item.reserve(all);
  data_.events.time_us.reserve(all);
  for (Column& column : columns_)
    if (!column.given_up) column.numbers.values.reserve(all);
}

void EventBuilder::read_times_by(TimeReader times) {
  time_reader_ = std::move(times);
  if (!time_reader_.may_be_days()) times_are_dated();
}

void EventBuilder::no_time(const Origin& origin, int64_t row) {
  if (!drops_missing_times_) {
    throw error::UserError(
        origin.text(),
        time_column +
            " is empty; every event has a time, unless clean: {missing_times: drop} drops "
            "those without one");
  }
  if (size() + dropped_rows_.size() + static_cast<size_t>(row) >= kMostEvents)
    too_many_events(origin);
  dropped_rows_.push_back(static_cast<int32_t>(std::ssize(data_.events.user) + dropped() + row));
}

// Of events that are left, where some rows were dropped between them.
dataset::LargeVector<int32_t> EventBuilder::kept_rows() const {
  dataset::LargeVector<int32_t> rows;
  if (dropped_rows_.empty()) return rows;
  rows.reserve(size());
  auto next = dropped_rows_.begin();
  for (int32_t row = 0; rows.size() < size(); ++row) {
    if (next != dropped_rows_.end() && *next == row)
      ++next;
    else
      rows.push_back(row);
  }
  return rows;
}

void EventBuilder::number(size_t column, std::string_view text, const Origin& origin) {
  if (columns_[column].given_up) return;
  std::optional<double> value = parse_number(text);
  if (!value && text.empty()) value = std::numeric_limits<double>::quiet_NaN();
  if (!value) return no_number(column, in_quotes(text), origin);
  number(column, *value);
}

void EventBuilder::number(size_t column, double value) {
  Column& to = columns_[column];
  if (!to.given_up) to.numbers.values.push_back(value);
}

void EventBuilder::no_number(size_t column, const std::string& what, const Origin& origin) {
  Column& to = columns_[column];
  if (to.given_up) return;
  if (to.strict) {
    throw error::UserError(origin.text(),
                           fmt::format("{} is {}; expected a number", to.numbers.name, what));
  }
  to.given_up = true;
  to.numbers.values = {};
  not_number(to.numbers.name, fmt::format("{} holds {}", origin.text(), what));
}

dataset::Dataset EventBuilder::finish(const std::string& value, const std::string& path) {
  if (size() == 0) {
    throw error::UserError(
        path,
        dropped() == 0
            ? "has no event"
            : fmt::format("has no event: all {} rows lack a time, and clean: {{missing_times: "
                          "drop}} drops them",
                          dropped()));
  }
  dataset::EventTable& events = data_.events;
  time_reader_.check_unit({events.time_us.data(), events.time_us.size()}, time_column, path);
  events.row = kept_rows();
  events.dates_are_numbers =
      times_are_counted_ &&
      read_compact_dates({events.time_us.data(), events.time_us.size()}, time_column, path);
  for (Column& column : columns_) {
    if (!column.given_up) events.numbers.push_back(std::move(column.numbers));
  }
  for (const dataset::NumberColumn& column : events.numbers) {
    if (column.name == value) events.value = value;
  }
  data_.users.ids = std::move(users_).take();
  data_.items.ids = std::move(items_).take();
  events.types = std::move(types_).take();
  return std::move(data_);
}

}  // namespace assay::ingest
