#include "ingest/time_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "dataset/time.h"
#include "error/error.h"
#include "ingest/event_builder.h"
#include "ingest/table.h"
#include "ingest/text.h"
#include "ingest/times.h"

namespace assay::ingest {
namespace {

constexpr int64_t kLargest = std::numeric_limits<int64_t>::max();
constexpr int64_t kSmallest = std::numeric_limits<int64_t>::min();
constexpr int64_t kDayUs = int64_t{86'400} * dataset::kMicroseconds;
constexpr int64_t kFarAway = 4'000'000 * kDayUs;      // some ten thousand years
constexpr int64_t kLately = int64_t{7'305} * kDayUs;  // 1990, before which logs are rare

int64_t latest_us() {
  static const int64_t latest = microseconds_of(latest_plain_second());
  return latest;
}

bool is_plain(int64_t time_us) { return time_us >= 0 && time_us <= latest_us(); }
bool is_lately(double time_us) {
  return time_us >= static_cast<double>(kLately) && time_us <= static_cast<double>(latest_us());
}

[[noreturn]] void refuse(const Origin& origin, const std::string& column, const std::string& shown,
                         const std::string& what) {
  throw error::UserError(origin.text(), fmt::format("{} is {}{}", column, shown, what));
}

}  // namespace

const TimeReader::Unit TimeReader::kUnits[] = {{"s", "seconds", dataset::kMicroseconds, 1},
                                               {"ms", "milliseconds", 1'000, 1},
                                               {"us", "microseconds", 1, 1},
                                               {"ns", "nanoseconds", 1, 1'000},
                                               {"day", "days", kDayUs, 1}};

int64_t TimeReader::Unit::microseconds(int64_t count) const {
  if (divide > 1) return count / divide - (count % divide < 0);
  if (count > kLargest / multiply) return kLargest;
  return count < kSmallest / multiply ? kSmallest : count * multiply;
}

TimeReader::TimeReader(const task::TimeFormat& written, const std::string& where) {
  const auto check = [&](const char* key, const std::string& value, const std::string& problem) {
    if (problem.empty()) return;
    throw error::UserError(
        where, fmt::format("{} of columns.time is {}, which {}", key, in_quotes(value), problem));
  };
  if (!written.unit.empty()) {
    unit_ = std::ranges::find(kUnits, written.unit, &Unit::name);
    if (unit_ == std::end(kUnits)) {
      const std::vector<std::string> known = {"s", "ms", "us", "ns", "day"};
      check("unit", written.unit, "is not known" + error::did_you_mean(written.unit, known));
    }
  }
  if (!written.format.empty()) {
    check("format", written.format, clock::TimePattern::problem(written.format));
    pattern_ = std::make_shared<const clock::TimePattern>(written.format);
  }
  if (!written.zone.empty()) {
    check("zone", written.zone, clock::TimeZone::problem(written.zone));
    zone_ = clock::TimeZone::find(written.zone);
  }
}

std::string_view TimeReader::unit_words() const { return unit().words; }

std::optional<int64_t> TimeReader::to_utc(int64_t local_us) const {
  const bool in_history = local_us > -kFarAway && local_us < kFarAway;
  return zone_ && in_history ? zone_->utc_of(local_us) : local_us;
}

// A time that is written as one. `skipped` is set where no clock of the zone showed it.
std::optional<int64_t> TimeReader::written(std::string_view text, bool& skipped) const {
  int64_t time_us = 0;
  bool is_utc = false;
  if (pattern_) {
    const std::optional<clock::WrittenTime> parsed = pattern_->parse(text);
    if (!parsed) return std::nullopt;
    time_us = parsed->time_us;
    is_utc = parsed->is_utc;
  } else {
    const std::optional<int64_t> parsed = parse_iso_time(text, &is_utc);
    if (!parsed) return std::nullopt;
    time_us = *parsed;
  }
  if (is_utc || !zone_) return time_us;
  const std::optional<int64_t> utc = to_utc(time_us);
  skipped = !utc;
  return utc;
}

// Microseconds of a count; none where the text is no number. Nanoseconds of today have 19 digits,
// more than a double holds.
std::optional<int64_t> TimeReader::counted(std::string_view text) const {
  int64_t whole = 0;
  if (read_integer(text, whole)) return unit().microseconds(whole);
  const std::optional<double> number = parse_number(text);
  if (!number) return std::nullopt;
  const double time_us = unit().microseconds(*number);
  if (time_us < 0) return std::min<int64_t>(-1, static_cast<int64_t>(std::max(time_us, -1e18)));
  return time_us < 9e18 ? std::llround(time_us) : kLargest;
}

bool TimeReader::read_one(std::string_view text, int64_t latest, int64_t& time_us,
                          bool& dated) const {
  bool skipped = false;
  std::optional<int64_t> time;
  if (!pattern_ && (unit_ || !zone_)) time = counted(text);
  if (time && counts_local_days()) time = to_utc(*time);
  if (!time && !unit_) {
    dated = true;
    time = written(text, skipped);
  }
  time_us = time.value_or(-1);
  return time_us >= 0 && time_us <= latest;
}

bool TimeReader::read_plain(std::span<const std::string_view> texts, std::vector<int64_t>& times_us,
                            std::vector<uint8_t>& missing, bool& dated) const {
  const int64_t latest = latest_us();
  times_us.resize(texts.size());
  missing.clear();
  for (size_t row = 0; row < texts.size(); ++row) {
    if (read_one(texts[row], latest, times_us[row], dated)) continue;
    if (!texts[row].empty()) return false;
    times_us[row] = 0;
    missing.resize(texts.size(), 0);
    missing[row] = 1;
  }
  return true;
}

bool TimeReader::read_plain(std::span<const int64_t> counts, std::vector<int64_t>& times_us) const {
  if (pattern_ || zone_) return false;
  const Unit by = unit();
  const auto latest =
      static_cast<uint64_t>(by.divide > 1 ? latest_us() * by.divide : latest_us() / by.multiply);
  bool plain = true;
  for (const int64_t count : counts) plain &= static_cast<uint64_t>(count) <= latest;
  if (!plain) return false;
  times_us.resize(counts.size());
  if (by.divide > 1)
    std::ranges::transform(counts, times_us.begin(), [&](int64_t c) { return c / by.divide; });
  else
    std::ranges::transform(counts, times_us.begin(), [&](int64_t c) { return c * by.multiply; });
  return true;
}

int64_t TimeReader::time_of(const Cell& cell, const std::string& column,
                            const Origin& origin) const {
  if (cell.missing()) return number_time({}, column, origin);
  if (cell.kind == Cell::Kind::text) return text_time(cell.text, column, origin);
  if (cell.kind == Cell::Kind::time || cell.kind == Cell::Kind::local_time)
    return timestamp_time(cell, column, origin);
  return number_time(cell, column, origin);
}

int64_t TimeReader::text_time(std::string_view text, const std::string& column,
                              const Origin& origin) const {
  bool skipped = false;
  const std::optional<double> number = pattern_ ? std::nullopt : parse_number(text);
  if (!number && unit_) refuse_text(text, skipped, column, origin);
  if (!number) {
    const std::optional<int64_t> time_us = written(text, skipped);
    if (!time_us) refuse_text(text, skipped, column, origin);
    return is_plain(*time_us) ? *time_us
                              : checked_date(*time_us, column, in_quotes(text), origin.text());
  }
  if (zone_ && !unit_) refuse_text(text, skipped, column, origin);
  std::optional<int64_t> time_us = counted(text);
  if (!is_plain(*time_us)) refuse_count(*number, text, column, origin);
  if (counts_local_days()) time_us = to_utc(*time_us);
  if (!time_us) refuse_text(text, true, column, origin);
  return is_plain(*time_us) ? *time_us
                            : checked_date(*time_us, column, in_quotes(text), origin.text());
}

int64_t TimeReader::number_time(const Cell& cell, const std::string& column,
                                const Origin& origin) const {
  const std::optional<double> number = number_of(cell);
  const bool whole = cell.kind == Cell::Kind::integer;
  if (pattern_ && whole) return text_time(fmt::format("{}", cell.integer), column, origin);
  if (!number || !std::isfinite(*number) || pattern_) {
    const std::string expected =
        pattern_
            ? fmt::format("a text of the format {} (columns.time)", in_quotes(pattern_->format()))
        : unit_ ? fmt::format("{} since 1970 (unit: {} of columns.time)", unit_->words, unit_->name)
                : "seconds since 1970, or a time";
    refuse(origin, column, shown(cell), "; expected " + expected);
  }
  if (zone_ && !unit_) refuse_text(shown(cell), false, column, origin);
  const double exact_us = unit().microseconds(*number);
  if (exact_us < 0 || exact_us > static_cast<double>(latest_us()))
    refuse_count(*number, shown(cell), column, origin);
  const int64_t time_us = whole ? unit().microseconds(cell.integer) : std::llround(exact_us);
  if (!counts_local_days()) return time_us;
  const std::optional<int64_t> utc = to_utc(time_us);
  if (!utc) refuse_text(shown(cell), true, column, origin);
  return checked_date(*utc, column, shown(cell), origin.text());
}

int64_t TimeReader::timestamp_time(const Cell& cell, const std::string& column,
                                   const Origin& origin) const {
  if (unit_ || pattern_) {
    refuse(origin, column, shown(cell),
           fmt::format(", a timestamp; {} of columns.time is of {}: remove it",
                       unit_ ? "unit" : "format", unit_ ? "numbers" : "texts"));
  }
  const bool local = cell.kind == Cell::Kind::local_time;
  const std::optional<int64_t> time_us = local ? to_utc(cell.integer) : cell.integer;
  if (!time_us) refuse_text(shown(cell), true, column, origin);
  return is_plain(*time_us) ? *time_us : checked_date(*time_us, column, shown(cell), origin.text());
}

void TimeReader::refuse_text(std::string_view text, bool skipped, const std::string& column,
                             const Origin& origin) const {
  const std::string quoted = in_quotes(text);
  if (skipped) {
    refuse(origin, column, quoted,
           fmt::format(", which no clock of {} (zone of columns.time) showed: clocks were turned "
                       "forward over it",
                       zone_->name()));
  }
  if (pattern_) {
    refuse(origin, column, quoted,
           fmt::format(", which does not fit the format {} of columns.time",
                       in_quotes(pattern_->format())));
  }
  if (unit_) {
    refuse(origin, column, quoted,
           fmt::format("; expected {} since 1970 (unit: {} of columns.time)", unit_->words,
                       unit_->name));
  }
  if (zone_ && parse_number(text)) {
    refuse(
        origin, column, quoted,
        "; zone of columns.time is of times that are written as such, and seconds since 1970 are "
        "UTC: remove it, or write format: \"%Y%m%d\" for days such as 20240131");
  }
  refuse(origin, column, quoted,
         "; expected seconds since 1970, or a time such as 2024-05-31 18:30:00");
}

void TimeReader::refuse_count(double count, std::string_view text, const std::string& column,
                              const Origin& origin) const {
  std::string hint =
      count < 0 ? "times before 1970 are not supported" : "this one is in the future";
  for (const Unit& likely : kUnits) {
    if (!is_lately(likely.microseconds(count))) continue;
    hint =
        fmt::format("in {} it is {}: write columns: {{time: {{name: {}, unit: {}}}}}", likely.words,
                    shown_time(std::llround(likely.microseconds(count))), column, likely.name);
    break;
  }
  refuse(origin, column, in_quotes(text),
         fmt::format(", but times are in {} since 1970, UTC; {}", unit().words, hint));
}

void TimeReader::check_unit(std::span<const int64_t> times_us, const std::string& column,
                            const std::string& path) const {
  if (!unit_ || times_us.empty()) return;
  const auto [first, last] = std::ranges::minmax(times_us);
  if (last >= 365 * kDayUs) return;
  for (const Unit& likely : kUnits) {
    const double larger = likely.microseconds(1.0) / unit_->microseconds(1.0);
    const double from = larger * static_cast<double>(first);
    const double to = larger * static_cast<double>(last);
    if (larger <= 1 || !is_lately(from) || !is_lately(to)) continue;
    throw error::UserError(
        path, fmt::format("{} in {} (unit: {}) is {} to {} UTC, and in {} {} to {}; write unit: {}",
                          column, unit_->words, unit_->name, shown_time(first), shown_time(last),
                          likely.words, shown_time(std::llround(from)),
                          shown_time(std::llround(to)), likely.name));
  }
}

bool has_no_time(const Cell& cell) {
  return cell.missing() || (cell.kind == Cell::Kind::number && std::isnan(cell.number));
}

bool is_dated(const Cell& cell) {
  return cell.kind == Cell::Kind::time || cell.kind == Cell::Kind::local_time ||
         (cell.kind == Cell::Kind::text && !parse_number(cell.text));
}

}  // namespace assay::ingest
