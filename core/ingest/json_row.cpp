#include "ingest/json_row.h"

#include <fmt/format.h>

#include <set>
#include <utility>

#include "error/error.h"

namespace assay::ingest {
namespace {

using simdjson::dom::element_type;

constexpr size_t kFewKeys = 16;

[[noreturn]] void refuse_repeated(std::string_view key, const Origin& origin) {
  throw error::UserError(
      origin.text(),
      fmt::format("has the key {} twice; a row has one value of each", nlohmann::json(key).dump()));
}

void refuse_repeated_keys(const simdjson::dom::object& object, const Origin& origin) {
  if (object.size() <= kFewKeys) {
    for (auto one = object.begin(); one != object.end(); ++one)
      for (auto other = object.begin(); other != one; ++other)
        if (one.key() == other.key()) refuse_repeated(one.key(), origin);
    return;
  }
  std::set<std::string_view> seen;
  for (const auto& [key, value] : object)
    if (!seen.insert(key).second) refuse_repeated(key, origin);
}

// The parser keeps all values of such a key and finds the first.
void refuse_repeated_keys(const JsonValue& value, const Origin& origin) {
  if (value.is_array()) {
    for (const JsonValue element : list_of(value)) refuse_repeated_keys(element, origin);
  } else if (value.is_object()) {
    const simdjson::dom::object object = map_of(value);
    refuse_repeated_keys(object, origin);
    for (const auto& [key, inner] : object) refuse_repeated_keys(inner, origin);
  }
}

bool add_keys(const JsonValue& value, std::string_view name, JsonPath& keys) {
  if (value.is_array()) {
    for (const JsonValue element : list_of(value))
      if (add_keys(element, name, keys)) return true;
    return false;
  }
  if (!value.is_object()) return false;
  const simdjson::dom::object object = map_of(value);
  for (size_t end = name.find('.');; end = name.find('.', end + 1)) {
    JsonValue found;
    if (object.at_key(name.substr(0, end)).get(found) == simdjson::SUCCESS) {
      keys.emplace_back(name.substr(0, end));
      if (end == std::string_view::npos || add_keys(found, name.substr(end + 1), keys)) return true;
      keys.pop_back();
    }
    if (end == std::string_view::npos) return false;
  }
}

}  // namespace

JsonValue JsonRowParser::parse(std::string_view line, const Origin& origin) {
  JsonValue value;
  simdjson::error_code error = parser_.parse(line.data(), line.size()).get(value);
  if (error) error = parser_.parse(huge_in_quotes(line)).get(value);
  if (error || !value.is_object()) {
    // What is wrong is said as for other JSON.
    (void)parsed_json(line, origin.text(), expected_);
    throw error::UserError(origin.text(),
                           fmt::format("is not JSON: {}", simdjson::error_message(error)));
  }
  refuse_repeated_keys(value, origin);
  return value;
}

Cell as_cell(const JsonValue& value, CellStore& lists) {
  using Kind = Cell::Kind;
  switch (value.type()) {
    case element_type::STRING:
      return {Kind::text, value.get_string().value_unsafe()};
    case element_type::INT64:
      return {Kind::integer, {}, value.get_int64().value_unsafe()};
    case element_type::UINT64:
      return {Kind::large, {}, static_cast<int64_t>(value.get_uint64().value_unsafe())};
    case element_type::DOUBLE:
      return {Kind::number, {}, 0, value.get_double().value_unsafe()};
    case element_type::BOOL:
      return {Kind::boolean, {}, value.get_bool().value_unsafe() ? 1 : 0};
    case element_type::OBJECT:
      return {Kind::other, "a map"};
    case element_type::NULL_VALUE:
      return {};
    case element_type::ARRAY:
      break;
  }
  std::vector<Cell> elements;
  for (const JsonValue element : list_of(value)) elements.push_back(as_cell(element, lists));
  lists.push_back(std::move(elements));
  return {Kind::list, {}, 0, 0, lists.back()};
}

JsonFound find_in(const JsonValue& value, std::span<const std::string> keys) {
  JsonValue at = value;
  for (; !keys.empty() && !at.is_array(); keys = keys.subspan(1)) {
    JsonValue inner;
    if (at.at_key(keys.front()).get(inner) != simdjson::SUCCESS) return {};
    at = inner;
  }
  return {at, keys};
}

std::optional<JsonPath> path_to(const JsonValue& object, std::string_view name) {
  JsonPath keys;
  return add_keys(object, name, keys) ? std::optional(std::move(keys)) : std::nullopt;
}

}  // namespace assay::ingest
