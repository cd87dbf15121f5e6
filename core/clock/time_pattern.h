#pragma once

/// Times written as texts, by the directives of strftime: "%d/%m/%Y %H:%M".

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace assay::clock {

/// A time as a text says it.
struct WrittenTime {
  int64_t time_us = 0;  ///< microseconds since 1970, of the clock that the text shows
  bool is_utc = false;  ///< the text names its zone, and `time_us` is UTC
};

/// A format, ready to read texts. Threads may share it.
///
/// Directives: %Y %y %m %b %B %h %d %e %j %H %I %M %S %f %p %a %A %z %Z %n %t %%, and %F %T %D %R
/// for several of them. Names are English, whatever the locale, in any case, short or long. Numbers
/// may lack leading zeros unless the next one follows at once. A blank stands for one or more. %f is
/// a fraction of a second of 1 to 9 digits, cut behind the microsecond. %z is +hhmm, +hh:mm, +hh or
/// Z; %Z is UTC, GMT or Z alone, since other names mean several zones. %y is 1969 to 2068 (POSIX).
class TimePattern {
 public:
  /// What is wrong with a format, to be read after it: "has the directive %Q, ..."; empty where it
  /// can be read.
  static std::string problem(std::string_view format);

  /// @param format  one without a problem
  explicit TimePattern(std::string_view format);

  /// None where the text does not fit, or is no time of the calendar. Day and month are the first
  /// where the format has none.
  std::optional<WrittenTime> parse(std::string_view text) const;

  /// Whether each text names its zone (%z, %Z).
  bool has_zone() const { return has_zone_; }
  const std::string& format() const { return format_; }

 private:
  /// A directive's letter; 0 is a character that must stand there, ' ' a run of blanks.
  struct Step {
    char directive;
    char character;
    bool whole;  ///< a number has all its digits
  };

  std::string format_;
  std::vector<Step> steps_;
  bool has_zone_ = false;
};

}  // namespace assay::clock
