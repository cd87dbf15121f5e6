#include "config/node.h"

#include <fmt/format.h>

#include <algorithm>

#include "text/clipped.h"

namespace assay::config {
namespace {

std::vector<Key>::const_iterator locate(const Node& node, std::string_view key) {
  return std::ranges::find(node.keys, key, &Key::text);
}

}  // namespace

const Node* Node::find(std::string_view key) const {
  const auto found = locate(*this, key);
  return found == keys.end() ? nullptr : &items[static_cast<size_t>(found - keys.begin())];
}

Node* Node::find(std::string_view key) {
  return const_cast<Node*>(static_cast<const Node*>(this)->find(key));
}

const Place& Node::key_place(std::string_view key) const {
  const auto found = locate(*this, key);
  return found == keys.end() ? place : found->place;
}

Node& Node::put(Key key, Node value) {
  if (Node* there = find(key.text)) {
    keys[static_cast<size_t>(there - items.data())] = std::move(key);
    return *there = std::move(value);
  }
  keys.push_back(std::move(key));
  return items.emplace_back(std::move(value));
}

void Node::erase(std::string_view key) {
  const auto found = locate(*this, key);
  if (found == keys.end()) return;
  items.erase(items.begin() + (found - keys.begin()));
  keys.erase(found);
}

Node merged(Node base, Node over) {
  if (!base.is_map() || !over.is_map()) return over;
  for (size_t i = 0; i < over.items.size(); ++i) {
    Node* there = base.find(over.keys[i].text);
    Node value =
        there ? merged(std::move(*there), std::move(over.items[i])) : std::move(over.items[i]);
    base.put(std::move(over.keys[i]), std::move(value));
  }
  base.place = over.place;
  return base;
}

std::string shown(const Node& node) {
  switch (node.kind) {
    case Node::Kind::null:
      return "empty";
    case Node::Kind::list:
      return "a list";
    case Node::Kind::map:
      return "a map";
    case Node::Kind::scalar:
      break;
  }
  return node.quoted ? fmt::format("\"{}\"", clipped(node.text)) : clipped(node.text);
}

std::string clipped(std::string_view text) {
  constexpr size_t kLongest = 60;
  return text::clipped(text.substr(0, text.find('\n')), kLongest);
}

std::string join_keys(std::string_view path, std::string_view key) {
  return path.empty() ? clipped(key) : fmt::format("{}.{}", path, clipped(key));
}

}  // namespace assay::config
