#pragma once

/// One row of JSON lines at a time, parsed by simdjson: of 2,000,000 rows only a few values each are
/// looked at, and most of the time would go into a tree of allocated values that is thrown away.

#include <simdjson.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/event_builder.h"
#include "ingest/json_cells.h"

namespace assay::ingest {

using JsonValue = simdjson::dom::element;

/// What a value that is a list or a map holds. By value: a loop over what simdjson returns itself
/// would walk a temporary that is gone.
inline simdjson::dom::array list_of(const JsonValue& value) {
  return value.get_array().value_unsafe();
}
inline simdjson::dom::object map_of(const JsonValue& value) {
  return value.get_object().value_unsafe();
}

class JsonRowParser {
 public:
  /// @param expected  as messages have it: "an object: {...}"
  explicit JsonRowParser(const char* expected) : expected_(expected) {}

  /// The object that a line holds; it and all texts in it live until the next call. An integer that
  /// 64 bits do not hold is a text, as an id would be. Throws UserError: no JSON, no object, a map
  /// with a key twice.
  JsonValue parse(std::string_view line, const Origin& origin);

 private:
  const char* expected_;
  simdjson::dom::parser parser_;
};

/// A value as a cell; the elements of lists are kept in `lists`.
Cell as_cell(const JsonValue& value, CellStore& lists);

/// Keys of a value in a row, from the outside in. Lists on the way have none.
using JsonPath = std::vector<std::string>;

/// What stands at a path: a value, or the first list on the way to it.
struct JsonFound {
  std::optional<JsonValue> value = {};     ///< none where a key is missing
  std::span<const std::string> rest = {};  ///< keys that apply to the elements of the list
};

JsonFound find_in(const JsonValue& value, std::span<const std::string> keys);

/// How a name can be cut at dots into keys that lead to a value, through lists too ("events.aid");
/// none where it cannot.
std::optional<JsonPath> path_to(const JsonValue& object, std::string_view name);

/// Whether what stands there is not there, or null.
inline bool is_missing(const std::optional<JsonValue>& value) { return !value || value->is_null(); }

}  // namespace assay::ingest
