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

/// Reads decimal digits as we would write them: "0", "17", "-4", but not "007", "-0" or "+1".
inline bool read_integer(std::string_view text, int64_t& value) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  constexpr size_t kSafeDigits = 18;  // below 2^63, whatever they are
  if (text.empty() || text.size() > kSafeDigits + 1) return false;
  if (text.front() == '0' && (negative || text.size() > 1)) return false;
  uint64_t sum = 0;
  for (const char c : text) {
    const auto digit = static_cast<unsigned char>(c - '0');
    if (digit > 9) return false;
    sum = sum * 10 + digit;
  }
  if (text.size() > kSafeDigits && sum > uint64_t{0x7FFF'FFFF'FFFF'FFFF}) return false;
  value = negative ? -static_cast<int64_t>(sum) : static_cast<int64_t>(sum);
  return true;
}

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
