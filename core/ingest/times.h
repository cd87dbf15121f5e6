#pragma once

/// Times of events: how they are written in files, and what is said of those that are none.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace assay::ingest {

/// Microseconds since 1970 of ISO 8601 (UTC where no zone is named), negative before 1970; none
/// where it is no time. Digits behind the microsecond are cut.
/// @param has_zone  set to whether the text names its zone; may be null
std::optional<int64_t> parse_iso_time(std::string_view text, bool* has_zone = nullptr);

/// The latest second that is taken for the time of an event: a day from now.
double latest_plain_second();

/// Microseconds of a time that is counted in other ticks, rounded down. What does not fit becomes
/// the largest or smallest there is, and so do the largest and smallest count of ticks, by which
/// DuckDB means infinity and -infinity.
int64_t microseconds_of_ticks(int64_t ticks, int64_t ticks_per_second);

inline int64_t microseconds_of_days(int64_t days) {
  constexpr int64_t kSecondsOfADay = 86'400;
  return microseconds_of_ticks(days * kSecondsOfADay, 1);
}

/// Microseconds of a number of seconds that is plain: 0 to latest_plain_second().
int64_t microseconds_of(double seconds);

/// "1964-01-16 00:00:00", with a fraction where there is one; "infinity" and "-infinity".
std::string shown_time(int64_t time_us);

/// The time of an event, as it is. Throws UserError where it is before 1970 or in the future.
/// @param shown  for the message: in quotes where the file holds a text
int64_t checked_date(int64_t time_us, const std::string& column, const std::string& shown,
                     const std::string& where);

/// Reads days that are written as numbers, such as 20240131: where every count of seconds is a day
/// of 1970 to 2100, each becomes the midnight that it begins with, and the order stays. As seconds
/// they would all lie in the last two weeks of August 1970, where no log of ours begins and ends.
/// Returns whether they are days. Throws UserError where one is in the future.
/// @param column  with `path` for the message
bool read_compact_dates(std::span<int64_t> times_us, const std::string& column,
                        const std::string& path);

}  // namespace assay::ingest
