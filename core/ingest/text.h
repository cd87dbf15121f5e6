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

/// Microseconds since 1970 of ISO 8601 (UTC where no zone is named); -1 for a time before 1970, none
/// where it is no time.
std::optional<int64_t> parse_iso_time(std::string_view text);

/// The text in quotes, cut after 40 bytes.
std::string in_quotes(std::string_view text);

/// "ml-100k.inter:71".
std::string place(const std::string& path, int64_t line);

/// The latest second that is taken for the time of an event: a day from now.
double latest_plain_second();

/// Microseconds of a time that is counted in other ticks; -1 for one before 1970, and the latest one
/// there is for what does not fit.
int64_t microseconds_of_ticks(int64_t ticks, int64_t ticks_per_second);

inline int64_t microseconds_of_days(int32_t days) {
  return microseconds_of_ticks(int64_t{days} * 86'400, 1);
}

/// Microseconds of a number of seconds that is plain: 0 to latest_plain_second().
int64_t microseconds_of(double seconds);

/// Microseconds since 1970 of a number of seconds. Throws UserError where it is no time, or one in
/// the future: it names the likely unit.
int64_t checked_time(double seconds, const std::string& column, std::string_view text,
                     const std::string& where);

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
