#include "import/event_builder.h"

#include <fmt/format.h>

#include <limits>

#include "error/error.h"
#include "import/text.h"

namespace assay {

std::string Origin::text() const { return place(path, line); }

size_t EventBuilder::number_column(const std::string& name, bool strict) {
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i].numbers.name == name) return i;
  }
  columns_.push_back({{name, {}}, strict});
  return columns_.size() - 1;
}

void EventBuilder::event(std::string_view user, std::string_view item, int part,
                         const Origin& origin) {
  if (user.empty())
    throw UserError(origin.text(), user_column + " is empty; every event has a user");
  if (item.empty())
    throw UserError(origin.text(), item_column + " is empty; every event has an item");
  EventTable& events = data_.events;
  if (events.user.size() == std::numeric_limits<int32_t>::max()) {
    throw UserError(origin.text(), "the data holds more than 2,147,483,647 events");
  }
  events.user.push_back(users_.add(user));
  events.item.push_back(items_.add(item));
  if (part >= 0) events.part.push_back(static_cast<uint8_t>(part));
}

void EventBuilder::time(std::string_view text, const std::string& column, const Origin& origin) {
  const std::optional<double> seconds = parse_number(text);
  if (!seconds) bad_number(origin.text(), column, text);
  // The place is only made into text for a time that is none.
  const bool plain = *seconds >= 0 && *seconds < 1e10;
  time(plain ? static_cast<int64_t>(*seconds)
             : checked_time(*seconds, column, text, origin.text()));
}

void EventBuilder::number(size_t column, std::string_view text, const Origin& origin) {
  Column& to = columns_[column];
  if (to.given_up) return;
  std::optional<double> value = parse_number(text);
  if (!value && text.empty()) value = std::numeric_limits<double>::quiet_NaN();
  if (value) {
    to.numbers.values.push_back(*value);
    return;
  }
  if (to.strict) bad_number(origin.text(), to.numbers.name, text);
  to.given_up = true;
  to.numbers.values = {};
  not_number(to.numbers.name, fmt::format("{} holds {}", origin.text(), in_quotes(text)));
}

Dataset EventBuilder::finish(const std::string& value, const std::string& path) {
  if (size() == 0) throw UserError(path, "holds no event");
  EventTable& events = data_.events;
  for (Column& column : columns_) {
    if (!column.given_up) events.numbers.push_back(std::move(column.numbers));
  }
  for (const NumberColumn& column : events.numbers) {
    if (column.name == value) events.value = value;
  }
  data_.users.ids = std::move(users_).take();
  data_.items.ids = std::move(items_).take();
  return std::move(data_);
}

}  // namespace assay
