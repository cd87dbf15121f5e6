#include "config/tree_path.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "config/yaml.h"

namespace assay::config {
namespace {

bool all_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// "recall[0][1]" is three parts, "diverse[lambda=0.3]" is one.
bool add_indexed(std::string_view part, std::vector<std::string>& parts) {
  std::vector<std::string> indices;
  while (part.ends_with(']')) {
    const size_t open = part.rfind('[');
    if (open == std::string_view::npos) break;
    const std::string_view index = part.substr(open + 1, part.size() - open - 2);
    if (!all_digits(index)) break;
    indices.emplace_back(index);
    part = part.substr(0, open);
  }
  if (part.empty()) return false;
  parts.emplace_back(part);
  parts.insert(parts.end(), indices.rbegin(), indices.rend());
  return true;
}

// The element of a list that `part` names, or nullptr with a problem.
Node* element(Node& list, const std::string& part, const Key& key, const std::string& path,
              Problems& problems) {
  size_t index = 0;
  const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), index);
  if (error == std::errc() && end == part.data() + part.size() && index < list.items.size()) {
    return &list.items[index];
  }
  problems.add(key.place, join_keys(path, key.text),
               fmt::format("names element {} of a list of {}; elements count from 0", clipped(part),
                           list.items.size()));
  return nullptr;
}

// Of the map that holds it. A list would be numbered anew: what is left of it has to be written.
void take_away(Node& root, const std::vector<std::string>& parts, const Key& key,
               const std::string& path, Problems& problems) {
  Node* at = &root;
  for (size_t i = 0; i < parts.size(); ++i) {
    const bool last = i + 1 == parts.size();
    if (at->is_list() && last) {
      return problems.add(key.place, join_keys(path, key.text),
                          "is an element of a list, and only a key can be taken away; write the "
                          "elements that are left");
    }
    if (at->is_list()) {
      at = element(*at, parts[i], key, path, problems);
      if (at == nullptr) return;
      continue;
    }
    Node* next = at->is_map() ? at->find(parts[i]) : nullptr;
    if (next == nullptr) {
      std::vector<std::string> known;
      for (const Key& there : at->keys) known.push_back(there.text);
      return problems.add(key.place, join_keys(path, key.text),
                          fmt::format("is not there, so it cannot be taken away{}",
                                      error::did_you_mean(clipped(parts[i]), known)));
    }
    if (last) at->erase(parts[i]);
    at = next;
  }
}

}  // namespace

std::optional<std::vector<std::string>> split_path(std::string_view path) {
  std::vector<std::string> parts;
  size_t begin = 0;
  int depth = 0;
  for (size_t at = 0; at <= path.size(); ++at) {
    const bool end = at == path.size();
    if (!end && path[at] == '[') ++depth;
    if (!end && path[at] == ']') --depth;
    if (!end && (path[at] != '.' || depth > 0)) continue;
    if (!add_indexed(path.substr(begin, at - begin), parts)) return std::nullopt;
    begin = at + 1;
  }
  if (parts.size() > kMaxDepth) return std::nullopt;
  return parts;
}

void set_value(Node& root, const std::vector<std::string>& parts, const Key& key, const Node& value,
               const std::string& path, Problems& problems) {
  if (value.kind == Node::Kind::null && !value.text.empty())
    return take_away(root, parts, key, path, problems);
  Node* at = &root;
  for (const std::string& part : parts) {
    if (at->is_list()) {
      at = element(*at, part, key, path, problems);
      if (at == nullptr) return;
      continue;
    }
    // An empty value on the way is a map that nobody filled.
    if (at->kind == Node::Kind::null) *at = Node{.kind = Node::Kind::map, .place = key.place};
    if (!at->is_map()) {
      problems.add(key.place, join_keys(path, key.text),
                   fmt::format("goes below {}, which is a single value", shown(*at)));
      return;
    }
    Node* next = at->find(part);
    // Messages about what was set here point at the path that set it.
    Node inner = next ? std::move(*next) : Node{.kind = Node::Kind::null, .place = key.place};
    at = &at->put({part, next ? at->key_place(part) : key.place}, std::move(inner));
  }
  *at = value;
}

}  // namespace assay::config
