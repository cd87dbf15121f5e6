#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace assay::config {

enum class ValueType {
  text,
  integer,
  number,
  boolean,
  texts,     ///< list of texts, or one text
  integers,  ///< list of integers
  windows,   ///< list of train, rank, validation
  section,   ///< a map with keys of its own
  named,     ///< a map of names of the user's choice
  sections,  ///< a list of maps
  other,     ///< several forms; `form` says which
};

/// Which numbers a key takes.
struct Range {
  std::optional<double> low;
  std::optional<double> high;
  bool open = false;  ///< the ends themselves are excluded
};

/// One key of an experiment file. Everything that is said of keys comes from the table of these:
/// what is unknown, near names, types, ranges and choices, and the tables of docs/experiments.md.
struct KeyInfo {
  std::string_view path;  ///< "serve.size", "variants.*.recall[].k"; `*` is a name, `[]` an element
  ValueType type;
  std::string_view fallback;  ///< default as YAML; empty where there is none or `otherwise` says it
  std::string_view doc;       ///< one or two sentences
  Range range = {};
  std::string_view choices = {};  ///< of a text or of the elements of a list, a space between them
  std::string_view otherwise = {};  ///< default in words: "required", "as many as serve.size"
  std::string_view form = {};       ///< type in words, where the name of `type` does not do
  std::string_view method = {};     ///< keys of `split`: the method that takes it; empty: all
};

/// The table, in the order of the documentation.
const std::vector<KeyInfo>& key_table();

/// A key that is often looked for and is not there.
struct AbsentKey {
  std::string_view path;
  std::string_view answer;  ///< goes on after the key: "is not part of this version; ..."
};
std::span<const AbsentKey> absent_keys();

/// The section that a key stands in: "variants.*.recall[]" for "variants.*.recall[].k".
std::string_view section_of(std::string_view path);
/// The key itself: "k".
std::string_view key_of(std::string_view path);

/// How messages name a section: "a recall source".
std::string section_noun(std::string_view section);

/// The key of a section, or nullptr. `method` chooses among the keys of `split`.
const KeyInfo* find_key(std::string_view section, std::string_view key,
                        std::string_view method = "");
/// Keys of a section that `method` takes, in the order of the table.
std::vector<std::string> keys_of(std::string_view section, std::string_view method = "");

/// "train all" -> {"train", "all"}.
std::vector<std::string> words_of(std::string_view list);

/// "an integer", "a list of texts".
std::string_view type_words(ValueType type);
/// "at least 1", "above 0 and below 1", "train or all"; empty where every value of the type will
/// do.
std::string allowed_words(const KeyInfo& key);

/// The tables of docs/experiments.md: every key with type, default and meaning, in Markdown.
std::string keys_page();

}  // namespace assay::config
