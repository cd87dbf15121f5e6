#include "ingest/json_paths.h"

namespace assay::ingest {
namespace {

using nlohmann::json;

bool add_keys(const json& value, std::string_view name, JsonPath& keys) {
  if (value.is_array()) {
    for (const json& element : value)
      if (add_keys(element, name, keys)) return true;
    return false;
  }
  if (!value.is_object()) return false;
  for (size_t end = name.find('.');; end = name.find('.', end + 1)) {
    const auto found = value.find(std::string(name.substr(0, end)));
    if (found != value.end()) {
      keys.emplace_back(name.substr(0, end));
      if (end == std::string_view::npos || add_keys(*found, name.substr(end + 1), keys))
        return true;
      keys.pop_back();
    }
    if (end == std::string_view::npos) return false;
  }
}

}  // namespace

JsonFound find_in(const json& value, std::span<const std::string> keys) {
  const json* at = &value;
  for (; !keys.empty() && !at->is_array(); keys = keys.subspan(1)) {
    if (!at->is_object()) return {};
    const auto found = at->find(keys.front());
    if (found == at->end()) return {};
    at = &*found;
  }
  return {at, keys};
}

std::optional<JsonPath> path_to(const json& object, std::string_view name) {
  JsonPath keys;
  return add_keys(object, name, keys) ? std::optional(std::move(keys)) : std::nullopt;
}

}  // namespace assay::ingest
