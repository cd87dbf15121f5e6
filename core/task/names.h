#pragma once

/// The texts of enums, as files, databases and people know them: one table an enum.
///
///     enum class SplitOver { all, positives };
///     template <>
///     struct Names<SplitOver> {
///       static constexpr std::string_view what = "split.over";
///       static constexpr std::array table{Name{SplitOver::all, "all"},
///                                         Name{SplitOver::positives, "positives"}};
///     };
///
/// Then `name_of(SplitOver::all)` is "all", `parse<SplitOver>("all")` the value, `all_names` and
/// `spaced_names` list them for messages and key tables, and the enum is its text in JSON. Any
/// folder may give its enums a table.

#include <array>
#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "error/error.h"

namespace assay::task {

/// A row of a table.
template <typename E>
struct Name {
  E value;
  std::string_view text;
};
template <typename E>
Name(E, const char*) -> Name<E>;

/// To be specialised: `what` the enum is, for messages, and `table`, a row an enumerator in their
/// order.
template <typename E>
struct Names;

template <typename E>
concept Named = requires {
  Names<E>::table;
};

/// Whether row i is of the enumerator i, which makes a look-up an index.
template <Named E>
constexpr bool table_is_in_order() {
  for (size_t i = 0; i < Names<E>::table.size(); ++i)
    if (static_cast<size_t>(Names<E>::table[i].value) != i) return false;
  return true;
}

/// The text of a value. Throws InternalError where the table lacks it.
template <Named E>
constexpr std::string_view name_of(E value) {
  static_assert(table_is_in_order<E>(), "the rows of a table are in the order of the enumerators");
  const auto place = static_cast<size_t>(value);
  if (place >= Names<E>::table.size())
    throw error::InternalError(std::string(Names<E>::what) + " " + std::to_string(place) +
                               " has no name");
  return Names<E>::table[place].text;
}

/// The value of a text, or nothing.
template <Named E>
constexpr std::optional<E> parse(std::string_view text) {
  for (const Name<E>& name : Names<E>::table)
    if (name.text == text) return name.value;
  return std::nullopt;
}

/// All texts, in the order of the table; a row without a text stands for no choice at all, which
/// files cannot name.
template <Named E>
std::vector<std::string> all_names() {
  std::vector<std::string> names;
  for (const Name<E>& name : Names<E>::table)
    if (!name.text.empty()) names.emplace_back(name.text);
  return names;
}

/// The value of a text that came from a file of ours: a task, a database. Throws UserError where
/// there is none, which then was written by another version.
template <Named E>
E parse_stored(std::string_view text) {
  if (const auto value = parse<E>(text)) return *value;
  throw error::UserError(std::string(Names<E>::what) + " is stored as \"" + std::string(text) +
                         "\", which this version does not know; use the version that wrote it");
}

/// all_names() with a space between them, for tables that are constexpr.
template <Named E>
class SpacedNames {
  /// Calls `put` with each character.
  static constexpr void write(auto put) {
    bool first = true;
    for (const Name<E>& name : Names<E>::table) {
      if (name.text.empty()) continue;
      if (!first) put(' ');
      first = false;
      for (const char c : name.text) put(c);
    }
  }
  static constexpr size_t length() {
    size_t count = 0;
    write([&](char) { ++count; });
    return count;
  }
  static constexpr auto text() {
    std::array<char, length()> out{};
    size_t place = 0;
    write([&](char c) { out[place++] = c; });
    return out;
  }
  static constexpr std::array kText = text();

 public:
  static constexpr std::string_view kValue{kText.data(), kText.size()};
};

template <Named E>
inline constexpr std::string_view spaced_names = SpacedNames<E>::kValue;

}  // namespace assay::task

/// In JSON an enum is its text.
template <assay::task::Named E>
struct nlohmann::adl_serializer<E> {
  template <typename Json>
  static void to_json(Json& json, E value) {
    json = assay::task::name_of(value);
  }
  template <typename Json>
  static void from_json(const Json& json, E& value) {
    value = assay::task::parse_stored<E>(json.template get<std::string>());
  }
};
