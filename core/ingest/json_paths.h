#pragma once

/// Values within objects and lists of JSON, by their path: "events.aid".

#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace assay::ingest {

/// Keys, from the outside in. Lists on the way have none.
using JsonPath = std::vector<std::string>;

/// What stands at a path: a value, or the first list on the way to it.
struct JsonFound {
  const nlohmann::json* value = nullptr;  ///< null where a key is missing
  std::span<const std::string> rest;      ///< keys that apply to the elements of the list
};

JsonFound find_in(const nlohmann::json& value, std::span<const std::string> keys);

/// How a name can be cut at dots into keys that lead to a value, through lists too; none where it
/// cannot.
std::optional<JsonPath> path_to(const nlohmann::json& object, std::string_view name);

/// Whether what stands there is not there, or null.
inline bool is_missing(const nlohmann::json* value) { return !value || value->is_null(); }

}  // namespace assay::ingest
