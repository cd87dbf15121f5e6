#pragma once

/// Fields and numbers of text files, and how their places are named in errors.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace assay::ingest {

/// The fields between single separators; an empty field stays.
void split_fields(std::string_view line, char separator, std::vector<std::string_view>& fields);

/// The words between runs of spaces and tabs.
void split_words(std::string_view line, std::vector<std::string_view>& words);

/// A decimal number with nothing but spaces around it; none for anything else, NaN and infinity.
std::optional<double> parse_number(std::string_view text);

/// The text in quotes, cut after 40 bytes.
std::string in_quotes(std::string_view text);

/// "ml-100k.inter:71".
std::string place(const std::string& path, int64_t line);

/// Throws UserError: `column` holds `text` where a number must stand.
[[noreturn]] void bad_number(const std::string& where, const std::string& column,
                             std::string_view text);

/// Whether a text is a list as Python, numpy or JSON write one: "['a', 'b']", "[\"a\"]", "[1, 2]",
/// "[1 2]", "[]". Text files of data frames hold such texts where a column held lists.
bool is_list_text(std::string_view text);

/// Throws UserError: `column` holds a list that is written as a text, where one value must stand.
[[noreturn]] void written_list(const std::string& where, const std::string& column,
                               std::string_view text);

}  // namespace assay::ingest
