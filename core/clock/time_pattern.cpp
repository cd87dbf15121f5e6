#include "clock/time_pattern.h"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <string>

namespace assay::clock {
namespace {

constexpr std::string_view kKnown = "YymbBhdejHIMSfpaAzZnt%FTDR";
constexpr int64_t kSecondUs = 1'000'000, kMinuteUs = 60 * kSecondUs, kHourUs = 60 * kMinuteUs;
constexpr int64_t kDayUs = 24 * kHourUs;

constexpr std::array<std::string_view, 12> kMonths = {
    "january", "february", "march",     "april",   "may",      "june",
    "july",    "august",   "september", "october", "november", "december"};
constexpr std::array<std::string_view, 7> kDays = {"monday", "tuesday",  "wednesday", "thursday",
                                                   "friday", "saturday", "sunday"};

bool is_digit(char c) { return static_cast<unsigned char>(c - '0') <= 9; }
bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

bool is_number(char directive) {
  return directive != '\0' &&
         std::string_view("YymdejHIMSf").find(directive) != std::string_view::npos;
}

/// What stands for several directives, spelt out.
std::string spelt_out(std::string_view format) {
  std::string out;
  for (size_t i = 0; i < format.size(); ++i) {
    const bool pair = format[i] == '%' && i + 1 < format.size();
    const char letter = pair ? format[++i] : '\0';
    if (letter == 'F') out += "%Y-%m-%d";
    if (letter == 'T') out += "%H:%M:%S";
    if (letter == 'D') out += "%m/%d/%y";
    if (letter == 'R') out += "%H:%M";
    if (letter == 'n' || letter == 't') out += ' ';
    if (letter != '\0' && std::string_view("FTDRnt").find(letter) == std::string_view::npos) {
      out += '%';
      out += letter;
    }
    if (!pair) out += format[i];
  }
  return out;
}

/// The directives of a format that is spelt out; what means the same has one letter.
std::string directives_of(std::string_view format) {
  std::string out;
  for (size_t i = 0; i + 1 < format.size(); ++i) {
    if (format[i] != '%') continue;
    const char letter = format[++i];
    if (letter == '%') continue;
    out += letter == 'B' || letter == 'h' ? 'b'
           : letter == 'A'                ? 'a'
           : letter == 'e'                ? 'd'
                                          : letter;
  }
  return out;
}

// What other tools call it, else the other case of the letter; 0 where nothing is near.
char meant(char letter) {
  constexpr std::string_view kOther = "NfLfPpkHlIiMGY";
  for (size_t i = 0; i < kOther.size(); i += 2)
    if (kOther[i] == letter) return kOther[i + 1];
  const char other = static_cast<char>(letter ^ 0x20);
  const bool is_letter = lower(letter) >= 'a' && lower(letter) <= 'z';
  return is_letter && kKnown.find(other) != std::string_view::npos ? other : '\0';
}

std::string unknown_directive(char letter) {
  const bool can_be_shown = letter > ' ' && letter <= '~';
  if (!can_be_shown) return "has % before what is no directive; a percent sign itself is %%";
  std::string known;
  for (const char one : kKnown) known += fmt::format("{}%{}", known.empty() ? "" : " ", one);
  const char near = meant(letter);
  return fmt::format("has %{}, no directive that is known; {}", letter,
                     near != '\0' ? fmt::format("did you mean %{}?", near) : "known: " + known);
}

/// Reads a text from its front.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  bool at_end() const { return at_ == end_; }
  bool take(char c) {
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }
  bool blanks() {
    const char* const begin = at_;
    while (at_ != end_ && is_blank(*at_)) ++at_;
    return at_ != begin;
  }
  /// A number of 1 to `most` digits within bounds, of all of them where it is `whole`.
  bool number(int most, int low, int high, int& out, bool whole = false) {
    int value = 0, digits = 0;
    for (; digits < most && at_ != end_ && is_digit(*at_); ++digits)
      value = value * 10 + (*at_++ - '0');
    out = value;
    return digits >= (whole ? most : 1) && value >= low && value <= high;
  }
  /// Exactly so many digits.
  bool digits(int count, int high, int& out) { return number(count, 0, high, out, true); }
  /// Microseconds of 1 to 9 digits behind a point.
  bool fraction(int64_t& us) {
    us = 0;
    int digits = 0;
    for (; digits < 9 && at_ != end_ && is_digit(*at_); ++at_, ++digits)
      if (digits < 6) us = us * 10 + (*at_ - '0');
    for (int i = digits; i < 6; ++i) us *= 10;
    return digits > 0;
  }
  /// One of some names, whole or its first three letters; `out` counts them from 0.
  template <size_t N>
  bool name(const std::array<std::string_view, N>& names, int& out) {
    for (size_t i = 0; i < N; ++i) {
      if (!word(names[i]) && !word(names[i].substr(0, 3))) continue;
      out = static_cast<int>(i);
      return true;
    }
    return false;
  }
  /// A word in small letters, written in any.
  bool word(std::string_view word) {
    if (static_cast<size_t>(end_ - at_) < word.size()) return false;
    for (size_t i = 0; i < word.size(); ++i)
      if (lower(at_[i]) != word[i]) return false;
    at_ += word.size();
    return true;
  }
  /// +hhmm, +hh:mm, +hh, Z.
  bool offset(int64_t& us) {
    us = 0;
    if (word("z")) return true;
    const bool west = at_ != end_ && *at_ == '-';
    int hours = 0, minutes = 0;
    if (!take('+') && !take('-')) return false;
    if (!digits(2, 23, hours)) return false;
    if (take(':') || (at_ != end_ && is_digit(*at_))) {
      if (!digits(2, 59, minutes)) return false;
    }
    us = hours * kHourUs + minutes * kMinuteUs;
    if (west) us = -us;
    return true;
  }

 private:
  const char* at_;
  const char* end_;
};

/// What the directives of a text said.
struct Fields {
  int year = 1970, month = 1, day = 1, day_of_year = 0;
  int hour = 0, minute = 0, second = 0, week_day = 0;
  int afternoon = -1;  // of a clock of 12 hours
  int64_t fraction_us = 0, offset_us = 0;

  bool read(char directive, bool whole, Cursor& text) {
    switch (directive) {
      case 'Y':
        return text.digits(4, 9999, year);
      case 'y':
        if (!text.digits(2, 99, year)) return false;
        year += year < 69 ? 2000 : 1900;
        return true;
      case 'm':
        return text.number(2, 1, 12, month, whole);
      case 'b':
      case 'B':
      case 'h':
        if (!text.name(kMonths, month)) return false;
        ++month;
        return true;
      case 'e':
        text.take(' ');
        [[fallthrough]];
      case 'd':
        return text.number(2, 1, 31, day, whole);
      case 'j':
        return text.number(3, 1, 366, day_of_year, whole);
      default:
        return read_clock(directive, whole, text);
    }
  }

  std::optional<WrittenTime> time(bool has_zone) const {
    using namespace std::chrono;
    const year_month_day date{std::chrono::year{year},
                              std::chrono::month{static_cast<unsigned>(month)},
                              std::chrono::day{static_cast<unsigned>(day)}};
    if (!date.ok()) return std::nullopt;
    int64_t days = sys_days(date).time_since_epoch().count();
    if (day_of_year > 0) {
      if (day_of_year == 366 && !date.year().is_leap()) return std::nullopt;
      days += day_of_year - 1;
    }
    const int in_day = afternoon < 0 ? hour : hour % 12 + 12 * afternoon;
    const int64_t us = days * kDayUs + in_day * kHourUs + minute * kMinuteUs + second * kSecondUs +
                       fraction_us - offset_us;
    return WrittenTime{us, has_zone};
  }

 private:
  bool read_clock(char directive, bool whole, Cursor& text) {
    switch (directive) {
      case 'H':
        return text.number(2, 0, 23, hour, whole);
      case 'I':
        return text.number(2, 1, 12, hour, whole);
      case 'M':
        return text.number(2, 0, 59, minute, whole);
      case 'S':
        // 60 is a leap second, which the count of seconds since 1970 passes over.
        return text.number(2, 0, 60, second, whole);
      case 'f':
        return text.fraction(fraction_us);
      case 'p':
        afternoon = text.word("pm") || text.word("p.m.");
        return afternoon == 1 || text.word("am") || text.word("a.m.");
      case 'a':
      case 'A':
        return text.name(kDays, week_day);
      case 'z':
        return text.offset(offset_us);
      case 'Z':
        return text.word("utc") || text.word("gmt") || text.word("z");
      default:
        return false;
    }
  }
};

}  // namespace

std::string TimePattern::problem(std::string_view format) {
  if (format.empty()) return "is empty";
  for (size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') continue;
    if (++i == format.size()) return "ends within a directive; a percent sign itself is %%";
    if (kKnown.find(format[i]) == std::string_view::npos) return unknown_directive(format[i]);
  }
  const std::string all = directives_of(spelt_out(format));
  const auto has = [&](char letter) { return all.find(letter) != std::string::npos; };
  for (size_t i = 0; i < all.size(); ++i) {
    if (all.find(all[i], i + 1) != std::string::npos)
      return fmt::format("has %{} twice, or two directives that mean the same", all[i]);
  }
  if (!has('Y') && !has('y')) return "has no year (%Y or %y)";
  if (has('Y') && has('y')) return "has the year twice (%Y and %y)";
  if (has('d') && !has('m') && !has('b')) return "has a day (%d) without a month (%m or %b)";
  if (has('m') && has('b')) return "has the month twice (%m and %b)";
  if (has('j') && (has('m') || has('b') || has('d')))
    return "has a day of the year (%j) beside a month or a day";
  if (has('H') && has('I')) return "has the hour twice (%H and %I)";
  if (has('I') && !has('p')) return "has an hour up to 12 (%I) without %p, which says AM or PM";
  if (has('p') && !has('I')) return "has AM or PM (%p) without an hour up to 12 (%I)";
  if (has('z') && has('Z')) return "has the zone twice (%z and %Z)";
  return "";
}

TimePattern::TimePattern(std::string_view format) : format_(format) {
  const std::string all = spelt_out(format);
  for (size_t i = 0; i < all.size(); ++i) {
    if (all[i] == '%' && all[i + 1] != '%') {
      steps_.push_back({all[++i], '\0', false});
      has_zone_ = has_zone_ || all[i] == 'z' || all[i] == 'Z';
      continue;
    }
    if (all[i] == '%') ++i;
    const char character = is_blank(all[i]) ? ' ' : all[i];
    if (character == ' ' && !steps_.empty() && steps_.back().character == ' ') continue;
    steps_.push_back({'\0', character, false});
  }
  // 2024111 could be two days, so numbers that touch have all their digits.
  for (size_t i = 1; i < steps_.size(); ++i)
    if (is_number(steps_[i - 1].directive) && is_number(steps_[i].directive))
      steps_[i - 1].whole = steps_[i].whole = true;
}

std::optional<WrittenTime> TimePattern::parse(std::string_view text) const {
  Cursor cursor(text);
  Fields fields;
  for (const Step& step : steps_) {
    const bool fits = step.directive != '\0'  ? fields.read(step.directive, step.whole, cursor)
                      : step.character == ' ' ? cursor.blanks()
                                              : cursor.take(step.character);
    if (!fits) return std::nullopt;
  }
  if (!cursor.at_end()) return std::nullopt;
  return fields.time(has_zone_);
}

}  // namespace assay::clock
