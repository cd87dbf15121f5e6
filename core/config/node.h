#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/source.h"

namespace assay::config {

/// The key of one entry of a map.
struct Key {
  std::string text;
  Place place;
};

/// A piece of YAML that knows where it was written. A plain value: copying copies all of it.
struct Node {
  enum class Kind { null, scalar, list, map };

  Kind kind = Kind::null;
  Place place;
  std::string text;         ///< scalars, without quotes
  bool quoted = false;      ///< scalars in quotes or as a block: always text
  std::vector<Key> keys;    ///< maps: one for each of `items`, no text twice
  std::vector<Node> items;  ///< values of a map, elements of a list

  bool is_map() const { return kind == Kind::map; }
  bool is_list() const { return kind == Kind::list; }
  bool is_scalar() const { return kind == Kind::scalar; }

  /// The value of a key, or nullptr.
  const Node* find(std::string_view key) const;
  Node* find(std::string_view key);
  /// Place of a key, or of the node itself where the map has no such key.
  const Place& key_place(std::string_view key) const;
  /// Adds an entry, or replaces the value (and place) of the one there is.
  Node& put(Key key, Node value);
  void erase(std::string_view key);
};

/// `over` laid on `base`: maps merge, everything else replaces. New keys follow those of `base`.
Node merged(Node base, Node over);

/// What stands there, for a message: `10`, `"10"`, `a list`, `a map`; long texts are cut.
std::string shown(const Node& node);

/// `text`, cut to what a message can hold.
std::string clipped(std::string_view text);

/// "variants.control" and "recall" make "variants.control.recall"; an empty path leaves the key.
std::string join_keys(std::string_view path, std::string_view key);

}  // namespace assay::config
