#include "config/section.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/scalar.h"
#include "error/error.h"
#include "text/counted.h"

// A Section couples a map of the file with its rows of the key table. Its constructor reports
// unknown keys. Every getter looks up its row, so no reader can take a key that is missing from the
// table, and with it from the documentation. Getters report a problem and return false instead of
// throwing: one pass finds all problems of a file.

namespace assay::config {
namespace {

template <typename T>
constexpr ValueType kTypeOf = ValueType::text;
template <>
constexpr ValueType kTypeOf<int64_t> = ValueType::integer;
template <>
constexpr ValueType kTypeOf<double> = ValueType::number;
template <>
constexpr ValueType kTypeOf<bool> = ValueType::boolean;

template <typename T>
bool holds(const Scalar& scalar) {
  return std::holds_alternative<T>(scalar) ||
         (std::is_same_v<T, double> && std::holds_alternative<int64_t>(scalar));
}

// The methods of `split` that take a key which others do not.
std::vector<std::string> methods_with(std::string_view section, std::string_view key) {
  std::vector<std::string> methods;
  for (const KeyInfo& info : key_table()) {
    if (section_of(info.path) == section && key_of(info.path) == key)
      methods.emplace_back(info.method);
  }
  return methods;
}

// What most likely happened.
template <typename T>
std::string hint(const Node& node) {
  if (node.is_map() && node.keys.size() == 1 && node.keys[0].text == "grid") {
    return "; a grid is allowed in variants only";
  }
  if (!node.is_scalar()) return "";
  if (std::is_same_v<T, std::string>) return ", in quotes";
  const Node bare{.kind = Node::Kind::scalar, .place = node.place, .text = node.text};
  return node.quoted && !node.text.empty() && holds<T>(read_scalar(bare)) ? ", without quotes" : "";
}

template <typename T>
bool in_range(const Range& range, T value) {
  const double number = static_cast<double>(value);
  if (range.low && (range.open ? number <= *range.low : number < *range.low)) return false;
  return !range.high || (range.open ? number < *range.high : number <= *range.high);
}

// What the table does not allow about a value of the right type; empty where it does.
template <typename T>
std::string objection(const KeyInfo& key, const Node& node, const T& value) {
  if constexpr (std::is_same_v<T, std::string>) {
    const std::vector<std::string> choices = words_of(key.choices);
    if (choices.empty() || std::ranges::count(choices, value) > 0) return "";
    const auto near = choices.size() > 1 ? error::near_name(clipped(value), choices) : std::nullopt;
    return fmt::format("is {}; it must be {}{}", shown(node), allowed_words(key),
                       near ? fmt::format("; did you mean \"{}\"?", *near) : "");
  } else if constexpr (std::is_same_v<T, bool>) {
    return "";
  } else {
    if (in_range(key.range, value)) return "";
    return fmt::format("is {}; it must be {}", shown(node), allowed_words(key));
  }
}

}  // namespace

template <typename T>
bool read_as(const Node& node, const std::string& path, Problems& problems, T& out) {
  if (node.kind == Node::Kind::null) {
    problems.add(node.place, path, "has no value");
    return false;
  }
  const Scalar scalar = node.is_scalar() ? read_scalar(node) : Scalar(Ambiguous{});
  if (const auto* ambiguous = std::get_if<Ambiguous>(&scalar); ambiguous && node.is_scalar()) {
    problems.add(node.place, path, ambiguous->what);
    return false;
  }
  if (!holds<T>(scalar)) {
    problems.add(
        node.place, path,
        fmt::format("is {}; it must be {}{}", shown(node), type_words(kTypeOf<T>), hint<T>(node)));
    return false;
  }
  if constexpr (std::is_same_v<T, double>) {
    const auto* integer = std::get_if<int64_t>(&scalar);
    out = integer ? static_cast<double>(*integer) : std::get<double>(scalar);
  } else {
    out = std::get<T>(scalar);
  }
  return true;
}

template bool read_as(const Node&, const std::string&, Problems&, std::string&);
template bool read_as(const Node&, const std::string&, Problems&, int64_t&);
template bool read_as(const Node&, const std::string&, Problems&, double&);
template bool read_as(const Node&, const std::string&, Problems&, bool&);

bool is_name(std::string_view text) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  const std::string_view base = text.substr(0, text.find('['));
  const std::string_view members = text.substr(base.size());
  if (base.empty() || !letter(base[0])) return false;
  if (!std::ranges::all_of(base, [&](char c) { return letter(c) || c == '_' || c == '-'; }))
    return false;
  if (members.empty()) return true;
  return members.size() > 2 && members.back() == ']' &&
         std::ranges::all_of(members.substr(1, members.size() - 2), [&](char c) {
           return letter(c) || std::string_view("_-+=,./").find(c) != std::string_view::npos;
         });
}

const Node Section::kNone{.kind = Node::Kind::map};

Section::Section(Problems& problems, const Node* node, std::string section, std::string path,
                 std::string method)
    : problems_(&problems),
      node_(&kNone),
      section_(std::move(section)),
      path_(std::move(path)),
      method_(std::move(method)) {
  if (node == nullptr) return;
  if (node->is_map()) {
    node_ = node;
    check_keys();
  } else if (node->kind == Node::Kind::null) {
    problems_->add(node->place, path_, "has no value");
  } else {
    problems_->add(node->place, path_, fmt::format("is {}; it must be a map", shown(*node)));
  }
}

void Section::check_keys() const {
  for (const Key& key : node_->keys) {
    if (find_key(section_, key.text, method_) == nullptr) refuse_unknown(key);
  }
}

// Explanations, from the most to the least specific: a key that is often looked for and does not
// exist, a key of another split method, the same key of another section, a near name.
void Section::refuse_unknown(const Key& key) const {
  const std::string where = path(key.text);
  for (const AbsentKey& absent : absent_keys()) {
    if (section_of(absent.path) != section_ || key_of(absent.path) != key.text) continue;
    return problems_->add(key.place, where, absent.answer);
  }
  const std::vector<std::string> known = keys_of(section_, method_);
  if (const std::vector<std::string> methods = methods_with(section_, key.text); !methods.empty()) {
    return problems_->add(
        key.place, where,
        fmt::format("belongs to the {} {}; {} takes {}",
                    text::plural(std::ssize(methods), "method"), fmt::join(methods, ", "), method_,
                    known.empty() ? "none" : fmt::format("{}", fmt::join(known, ", "))));
  }
  const std::string name = clipped(key.text);
  const auto same = [&](const KeyInfo& info) {
    return key_of(info.path) == name && info.path.find('*') == info.path.npos &&
           info.path != section_;
  };
  const auto elsewhere = std::ranges::find_if(key_table(), same);
  std::vector<std::string> free;  // a key that is there already is not what was meant
  for (const std::string& other : known)
    if (!has(other)) free.push_back(other);
  const bool hinted = !error::near_name(name, known) && elsewhere != key_table().end();
  problems_->add(
      key.place, where,
      fmt::format("is not a key of {}{}", section_noun(section_),
                  hinted ? fmt::format("; there is {}", elsewhere->path)
                         : error::did_you_mean(name, error::near_name(name, free) ? free : known)));
}

const KeyInfo& Section::info(std::string_view key) const {
  const KeyInfo* found = find_key(section_, key, method_);
  assay::error::require(found != nullptr, fmt::format("{} is not in the table of keys", path(key)));
  return *found;
}

const Node* Section::find(std::string_view key) const { return node_->find(key); }

const Node* Section::value(std::string_view key) const {
  const Node* node = find(key);
  if (node == nullptr || node->kind != Node::Kind::null) return node;
  problem(key, "has no value");
  return nullptr;
}

bool Section::require(std::string_view key) const {
  if (has(key)) return true;
  problem(key, "is missing");
  return false;
}

void Section::problem(std::string_view key, std::string_view what) const {
  const Node* node = find(key);
  problems_->add(node ? node->place : node_->place, path(key), what);
}

void Section::refuse(std::string_view key, std::string_view what) const {
  problems_->add(node_->key_place(key), path(key), what);
}

template <typename T>
bool Section::scalar(std::string_view key, ValueType type, T& out) const {
  const KeyInfo& known = info(key);
  assay::error::require(known.type == type,
                        fmt::format("{} is of another type in the table", path(key)));
  const Node* node = value(key);
  T got{};
  if (node == nullptr || !read_as(*node, path(key), *problems_, got)) return false;
  if (const std::string what = objection(known, *node, got); !what.empty()) {
    problem(key, what);
    return false;
  }
  out = std::move(got);
  return true;
}

template <typename T>
bool Section::list(std::string_view key, ValueType type, std::vector<T>& out) const {
  const Node* node = value(key);
  if (node == nullptr) return false;
  const bool single = node->is_scalar() && type == ValueType::texts;
  if (!node->is_list() && !single) {
    const std::string_view words =
        info(key).type == ValueType::other ? info(key).form : type_words(type);
    problem(key, fmt::format("is {}; it must be {}", shown(*node), words));
    return false;
  }
  std::vector<T> all;
  const size_t count = single ? 1 : node->items.size();
  for (size_t i = 0; i < count; ++i) {
    const Node& item = single ? *node : node->items[i];
    const std::string where = single ? path(key) : fmt::format("{}[{}]", path(key), i);
    T got{};
    if (!read_as(item, where, *problems_, got)) continue;
    if (const std::string what = objection(info(key), item, got); !what.empty()) {
      problems_->add(item.place, where, what);
    } else {
      all.push_back(std::move(got));
    }
  }
  if (all.size() != count) return false;
  out = std::move(all);
  return true;
}

bool Section::text(std::string_view key, std::string& out) const {
  return scalar(key, ValueType::text, out);
}
bool Section::integer(std::string_view key, int64_t& out) const {
  return scalar(key, ValueType::integer, out);
}
bool Section::number(std::string_view key, double& out) const {
  return scalar(key, ValueType::number, out);
}
bool Section::boolean(std::string_view key, bool& out) const {
  return scalar(key, ValueType::boolean, out);
}
bool Section::texts(std::string_view key, std::vector<std::string>& out) const {
  const ValueType type = info(key).type;
  return list(key, type == ValueType::other ? ValueType::windows : type, out);
}
bool Section::integers(std::string_view key, std::vector<int64_t>& out) const {
  return list(key, info(key).type, out);
}

Section Section::sub(std::string_view key, std::string method) const {
  return Section(*problems_, find(key), join_keys(section_, key), path(key), std::move(method));
}

void Section::each(std::string_view key,
                   const std::function<void(const Section&, size_t)>& read) const {
  const Node* node = value(key);
  if (node == nullptr) return;
  if (!node->is_list()) {
    return problem(key, fmt::format("is {}; it must be a list{}", shown(*node),
                                    node->is_map() ? ": put it in [ ]" : ""));
  }
  for (size_t i = 0; i < node->items.size(); ++i) {
    read(Section(*problems_, &node->items[i], join_keys(section_, key) + "[]",
                 fmt::format("{}[{}]", path(key), i)),
         i);
  }
}

bool Section::check_map(std::string_view key) const {
  const Node* node = value(key);
  if (node == nullptr) return false;
  if (!node->is_map()) problem(key, fmt::format("is {}; it must be a map", shown(*node)));
  return node->is_map();
}

void Section::each_entry(std::string_view key,
                         const std::function<void(const Key&, const Node&)>& read) const {
  if (!check_map(key)) return;
  const Node* node = find(key);
  for (size_t i = 0; i < node->items.size(); ++i) read(node->keys[i], node->items[i]);
}

void Section::each_named(std::string_view key,
                         const std::function<void(const Key&, const Node&)>& read) const {
  each_entry(key, [&](const Key& name, const Node& node) {
    if (is_name(name.text)) return read(name, node);
    problems_->add(
        name.place, path(name.text),
        "is not a name; a name has letters, digits, _ and -, and begins with a letter or digit");
  });
}

}  // namespace assay::config
