#pragma once

/// One row of JSON lines at a time, parsed by RapidJSON: of millions of rows only a few values each
/// are looked at, and most of the time would go into a tree of allocated values that is thrown away.

// The symbols of other copies of the library, in whatever Arrow brings, are not ours.
#define RAPIDJSON_NAMESPACE assay::ingest::rapidjson
#define RAPIDJSON_NAMESPACE_BEGIN namespace assay::ingest::rapidjson {
#define RAPIDJSON_NAMESPACE_END }
#define RAPIDJSON_HAS_STDSTRING 1
#include <rapidjson/document.h>

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/event_builder.h"
#include "ingest/json_cells.h"

namespace assay::ingest {

using JsonValue = rapidjson::Value;

inline std::string_view text_of(const JsonValue& value) {
  return {value.GetString(), value.GetStringLength()};
}

class JsonRowParser {
 public:
  /// @param expected  as messages have it: "an object: {...}"
  explicit JsonRowParser(const char* expected);

  /// The object that a line holds; it and all texts in it live until the next call. An integer that
  /// 64 bits do not hold is a text, as an id would be. Throws UserError: no JSON, no object, a map
  /// with a key twice.
  const JsonValue& parse(std::string_view line, const Origin& origin);

 private:
  const JsonValue& parse_again(std::string_view line);

  const char* expected_;
  std::unique_ptr<char[]> memory_;  // of a row, unless it is a long one
  rapidjson::MemoryPoolAllocator<> allocator_;
  std::optional<rapidjson::Document> document_;
};

/// A value as a cell; the elements of lists are kept in `lists`.
Cell as_cell(const JsonValue& value, CellStore& lists);

/// Keys of a value in a row, from the outside in. Lists on the way have none.
using JsonPath = std::vector<std::string>;

/// What stands at a path: a value, or the first list on the way to it.
struct JsonFound {
  const JsonValue* value = nullptr;        ///< null where a key is missing
  std::span<const std::string> rest = {};  ///< keys that apply to the elements of the list
};

/// @param places  of each key in its object, as it was found before: rows are mostly written alike,
///                so that is where it is looked for first
JsonFound find_in(const JsonValue& value, std::span<const std::string> keys, size_t* places);

/// How a name can be cut at dots into keys that lead to a value, through lists too ("events.aid");
/// none where it cannot.
std::optional<JsonPath> path_to(const JsonValue& object, std::string_view name);

/// Whether what stands there is not there, or null.
inline bool is_missing(const JsonValue* value) { return !value || value->IsNull(); }

}  // namespace assay::ingest
