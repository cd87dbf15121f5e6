#include "ingest/times.h"

#include <arrow/util/value_parsing.h>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstring>
#include <ctime>
#include <limits>

#include "dataset/time.h"
#include "error/error.h"
#include "ingest/text.h"

namespace assay::ingest {
namespace {

using dataset::kMicroseconds;

constexpr int64_t kLargest = std::numeric_limits<int64_t>::max();
constexpr int64_t kSmallest = std::numeric_limits<int64_t>::min();
constexpr double kDay = 86'400;  // clocks differ, and so do time zones that were forgotten
constexpr size_t kLongestTime = 64;
constexpr size_t kFractionDigits = 6;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::optional<int64_t> parse_microseconds(std::string_view text, bool* has_zone) {
  int64_t time_us = 0;
  if (!arrow::internal::ParseTimestampISO8601(text.data(), text.size(), arrow::TimeUnit::MICRO,
                                              &time_us, has_zone))
    return std::nullopt;
  return time_us;
}

/// Midnight of a day as 20240131; none where it is no day of 1970 to 2100.
std::optional<int64_t> compact_date(int64_t number) {
  using namespace std::chrono;
  constexpr int64_t kFirst = 1970'01'01, kLast = 2100'12'31;
  if (number < kFirst || number > kLast) return std::nullopt;
  const year_month_day date{year{static_cast<int>(number / 10'000)},
                            month{static_cast<unsigned>(number / 100 % 100)},
                            day{static_cast<unsigned>(number % 100)}};
  if (!date.ok()) return std::nullopt;
  return microseconds_of_days(sys_days(date).time_since_epoch().count());
}

}  // namespace

// Nanoseconds would overflow in 2262, and microseconds take six digits of a fraction at most.
std::optional<int64_t> parse_iso_time(std::string_view text, bool* has_zone) {
  if (const std::optional<int64_t> time_us = parse_microseconds(text, has_zone)) return time_us;
  const size_t point = text.find('.');
  if (point == std::string_view::npos || text.size() > kLongestTime) return std::nullopt;
  size_t end = point + 1;
  while (end < text.size() && is_digit(text[end])) ++end;
  const size_t kept = point + 1 + kFractionDigits;
  if (end <= kept) return std::nullopt;
  std::array<char, kLongestTime> shorter;
  std::memcpy(shorter.data(), text.data(), kept);
  std::memcpy(shorter.data() + kept, text.data() + end, text.size() - end);
  return parse_microseconds({shorter.data(), kept + text.size() - end}, has_zone);
}

double latest_plain_second() {
  static const double latest = static_cast<double>(std::time(nullptr)) + kDay;
  return latest;
}

int64_t microseconds_of_ticks(int64_t ticks, int64_t ticks_per_second) {
  if (ticks == kLargest || ticks <= -kLargest) return ticks > 0 ? kLargest : kSmallest;
  if (ticks_per_second > kMicroseconds) {
    const int64_t each = ticks_per_second / kMicroseconds;
    return ticks / each - (ticks % each < 0);
  }
  const int64_t each = kMicroseconds / ticks_per_second;
  if (ticks > kLargest / each) return kLargest;
  return ticks < kSmallest / each ? kSmallest : ticks * each;
}

int64_t microseconds_of(double seconds) { return std::llround(seconds * kMicroseconds); }

std::string shown_time(int64_t time_us) {
  if (time_us == kLargest) return "infinity";
  if (time_us == kSmallest) return "-infinity";
  int64_t seconds = time_us / kMicroseconds, fraction = time_us % kMicroseconds;
  if (fraction < 0) --seconds, fraction += kMicroseconds;
  const std::string text = fmt::format("{:%Y-%m-%d %H:%M:%S}", fmt::gmtime(std::time_t{seconds}));
  return fraction == 0 ? text : fmt::format("{}.{:06}", text, fraction);
}

int64_t checked_date(int64_t time_us, const std::string& column, const std::string& shown,
                     const std::string& where) {
  const bool late = time_us > microseconds_of(latest_plain_second());
  if (time_us >= 0 && !late) return time_us;
  const char* why = late ? ", which is in the future" : ", which is before 1970";
  if (time_us == kLargest || time_us == kSmallest) why = "";
  throw error::UserError(
      where, fmt::format("{} is {}{}; expected a time from 1970 to now", column, shown, why));
}

bool read_compact_dates(std::span<int64_t> times_us, const std::string& column,
                        const std::string& path) {
  const auto day_of = [](int64_t time_us) -> std::optional<int64_t> {
    if (time_us % kMicroseconds != 0) return std::nullopt;
    return compact_date(time_us / kMicroseconds);
  };
  const auto is_day = [&](int64_t time_us) { return day_of(time_us).has_value(); };
  if (times_us.empty() || !std::ranges::all_of(times_us, is_day)) return false;
  for (int64_t& time_us : times_us)
    time_us =
        checked_date(*day_of(time_us), column, fmt::format("{}", time_us / kMicroseconds), path);
  return true;
}

}  // namespace assay::ingest
