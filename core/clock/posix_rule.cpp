#include "clock/posix_rule.h"

#include <chrono>

namespace assay::clock {
namespace {

constexpr int64_t kHour = 3600, kMinute = 60, kDay = 24 * kHour;

/// Reads the parts of a rule from its front.
class Parts {
 public:
  explicit Parts(std::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }
  bool next_is(char c) const { return rest_.starts_with(c); }
  bool take(char c) {
    if (!next_is(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  /// "EST" or "<+03>".
  bool name() {
    const auto letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); };
    size_t length = 0;
    if (next_is('<'))
      length = rest_.find('>') + 1;  // 0 where there is none
    else
      while (length < rest_.size() && letter(rest_[length])) ++length;
    rest_.remove_prefix(length);
    return length > 0;
  }
  bool number(int& out) {
    size_t length = 0;
    for (out = 0; length < rest_.size() && rest_[length] >= '0' && rest_[length] <= '9'; ++length)
      out = out * 10 + (rest_[length] - '0');
    rest_.remove_prefix(length);
    return length > 0 && length < 4;
  }
  /// "5", "-3:30", "2:00:00".
  bool seconds(int64_t& out) {
    const bool negative = take('-');
    if (!negative) take('+');
    int hours = 0, minutes = 0, rest = 0;
    if (!number(hours)) return false;
    if (take(':') && !number(minutes)) return false;
    if (take(':') && !number(rest)) return false;
    out = hours * kHour + minutes * kMinute + rest;
    if (negative) out = -out;
    return true;
  }
  /// "M3.2.0/2", "J60", "59".
  bool day(TurningDay& out) {
    using enum TurningDay::Kind;
    out.kind = take('M') ? week_day : take('J') ? julian : day_of_year;
    if (out.kind == week_day) {
      if (!number(out.month) || !take('.') || !number(out.week) || !take('.')) return false;
      if (out.month < 1 || out.month > 12 || out.week < 1 || out.week > 5) return false;
    }
    if (!number(out.day) || (out.kind == week_day && out.day > 6)) return false;
    return !take('/') || seconds(out.at_s);
  }

 private:
  std::string_view rest_;
};

}  // namespace

int64_t TurningDay::in_year(int year) const {
  using namespace std::chrono;
  const std::chrono::year in{year};
  sys_days date = sys_days(in / January / 1);
  if (kind == Kind::week_day) {
    const auto of_month = in / std::chrono::month{static_cast<unsigned>(month)};
    const weekday wanted{static_cast<unsigned>(day)};
    date = week == 5 ? sys_days(of_month / wanted[last])
                     : sys_days(of_month / wanted[static_cast<unsigned>(week)]);
  } else {
    const bool after_february = kind == Kind::julian && in.is_leap() && day > 59;
    date += days(kind == Kind::julian ? day - 1 + int{after_february} : day);
  }
  return date.time_since_epoch().count() * kDay + at_s;
}

// Offsets count west of Greenwich there.
std::optional<PosixRule> PosixRule::parse(std::string_view text) {
  Parts parts(text);
  PosixRule out;
  int64_t west = 0;
  if (!parts.name() || !parts.seconds(west)) return std::nullopt;
  out.standard_offset_s = -west;
  if (parts.at_end()) return out;
  out.has_summer = true;
  west -= kHour;
  if (!parts.name()) return std::nullopt;
  if (!parts.next_is(',') && !parts.seconds(west)) return std::nullopt;
  out.summer_offset_s = -west;
  const bool whole = parts.take(',') && parts.day(out.summer_begins) && parts.take(',') &&
                     parts.day(out.summer_ends) && parts.at_end();
  return whole ? std::optional(out) : std::nullopt;
}

}  // namespace assay::clock
