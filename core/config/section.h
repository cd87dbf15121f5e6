#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "config/keys.h"
#include "config/node.h"
#include "config/problems.h"
#include "task/names.h"

namespace assay::config {

/// One map of the file, checked against the table of keys.
///
/// The getters leave `out` unchanged if the key is missing or its value is wrong, so that the
/// struct's initialiser is the default; a wrong value becomes a problem. They return true if `out`
/// was set. What a key takes (type, range, choices) is in the table; asking for a key that is not
/// there is an InternalError.
class Section {
 public:
  /// @param node     nullptr where the file has no such section
  /// @param section  as in the table: "variants.*.recall[]"
  /// @param path     as in messages: "variants.control.recall[0]"
  /// @param method   keys of `split`: the method that the file names
  /// Unknown keys, and a value that is no map, become problems.
  Section(Problems& problems, const Node* node, std::string section, std::string path,
          std::string method = "");

  bool text(std::string_view key, std::string& out) const;
  /// One of an enum's names, which are the key's choices in the table.
  template <task::Named E>
  bool choice(std::string_view key, E& out) const {
    std::string name;
    const auto value = text(key, name) ? task::parse<E>(name) : std::nullopt;
    if (value) out = *value;
    return value.has_value();
  }
  bool integer(std::string_view key, int64_t& out) const;
  bool number(std::string_view key, double& out) const;
  bool boolean(std::string_view key, bool& out) const;
  bool texts(std::string_view key, std::vector<std::string>& out) const;
  bool integers(std::string_view key, std::vector<int64_t>& out) const;

  /// A section within this one, by its key.
  Section sub(std::string_view key, std::string method = "") const;
  /// Each element of a list of sections: `read` gets the section and the place in the list.
  void each(std::string_view key, const std::function<void(const Section&, size_t)>& read) const;
  /// Each entry of a map whose keys are any texts, such as names of columns.
  void each_entry(std::string_view key,
                  const std::function<void(const Key&, const Node&)>& read) const;
  /// Each entry of a map of names: `read` gets name and value. Names are checked (see is_name).
  void each_named(std::string_view key,
                  const std::function<void(const Key&, const Node&)>& read) const;

  /// A problem where the key's value is no map.
  bool check_map(std::string_view key) const;

  /// The raw value, or nullptr where the key is missing.
  const Node* find(std::string_view key) const;
  bool has(std::string_view key) const { return find(key) != nullptr; }
  /// A problem unless the key is there.
  bool require(std::string_view key) const;
  /// A problem with a key: at its value where it is there, else at the section.
  void problem(std::string_view key, std::string_view what) const;
  /// A problem with the key's presence: marks the key.
  void refuse(std::string_view key, std::string_view what) const;

  std::string path(std::string_view key) const { return join_keys(path_, key); }
  const std::string& path() const { return path_; }
  const Place& place() const { return node_->place; }
  const Node& node() const { return *node_; }
  /// False where the file has no such section (or it is no map).
  bool exists() const { return node_ != &kNone; }
  Problems& problems() const { return *problems_; }

 private:
  static const Node kNone;

  const KeyInfo& info(std::string_view key) const;
  /// The value where it is there and not empty; an empty one is a problem.
  const Node* value(std::string_view key) const;
  void check_keys() const;
  void refuse_unknown(const Key& key) const;
  template <typename T>
  bool scalar(std::string_view key, ValueType type, T& out) const;
  template <typename T>
  bool list(std::string_view key, ValueType element, std::vector<T>& out) const;

  Problems* problems_;
  const Node* node_;
  std::string section_;
  std::string path_;
  std::string method_;
};

/// Reads one scalar as T: std::string, int64_t, double or bool. A problem where it is of another
/// type or ambiguous.
template <typename T>
bool read_as(const Node& node, const std::string& path, Problems& problems, T& out);

/// Letters, digits, `_` and `-`, beginning with a letter or digit; members of a grid end in
/// brackets: diverse[lambda=0.3].
bool is_name(std::string_view text);

}  // namespace assay::config
