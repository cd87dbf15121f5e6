#pragma once

/// The rule that a zone follows after its last known change: POSIX's TZ, "EST5EDT,M3.2.0,M11.1.0".

#include <cstdint>
#include <optional>
#include <string_view>

namespace assay::clock {

/// When in a year the clocks are turned.
struct TurningDay {
  enum class Kind : uint8_t {
    week_day,     ///< a day of the week in a month: M3.2.0
    julian,       ///< 1 to 365, February has 28 days: J60
    day_of_year,  ///< 0 to 365: 59
  };
  Kind kind = Kind::week_day;
  int month = 0, week = 0, day = 0;  ///< the week 5 is the last
  int64_t at_s = 7200;               ///< of the clock, after midnight; may be negative

  /// Seconds of the clock since 1970.
  int64_t in_year(int year) const;
};

struct PosixRule {
  int64_t standard_offset_s = 0;  ///< east of Greenwich
  int64_t summer_offset_s = 0;
  bool has_summer = false;
  TurningDay summer_begins, summer_ends;

  /// None where the text is no such rule.
  static std::optional<PosixRule> parse(std::string_view text);
};

}  // namespace assay::clock
