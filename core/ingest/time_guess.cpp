#include "ingest/time_guess.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "clock/time_pattern.h"
#include "ingest/text.h"
#include "ingest/times.h"
#include "text/listed.h"

namespace assay::ingest {
namespace {

/// A unit of counts and the counts that it has from 1980 to 2100.
struct Unit {
  const char* name;
  const char* words;
  double least, most;
};
constexpr double kSecondOf1980 = 315'532'800, kSecondOf2100 = 4'102'444'800;
constexpr std::array<Unit, 4> kUnits = {
    {{"", "seconds", kSecondOf1980, kSecondOf2100},
     {"ms", "milliseconds", kSecondOf1980 * 1e3, kSecondOf2100 * 1e3},
     {"us", "microseconds", kSecondOf1980 * 1e6, kSecondOf2100 * 1e6},
     {"ns", "nanoseconds", kSecondOf1980 * 1e9, kSecondOf2100 * 1e9}}};
constexpr double kSecondsOfADay = 86'400;
constexpr double kDayOf1990 = 7'305, kDayOf2100 = 47'482;

struct Range {
  double least, most;
  bool within(double from, double to) const { return least >= from && most <= to; }
};

Range range_of(const std::vector<std::string_view>& texts) {
  Range range{INFINITY, -INFINITY};
  for (const std::string_view text : texts) {
    const double number = *parse_number(text);
    range.least = std::min(range.least, number);
    range.most = std::max(range.most, number);
  }
  return range;
}

bool is_compact_date(std::string_view text) {
  static const clock::TimePattern pattern("%Y%m%d");
  const auto day = text.size() == 8 ? pattern.parse(text) : std::nullopt;
  return day && day->time_us >= 0 && static_cast<double>(day->time_us) / 1e6 < kSecondOf2100;
}

std::string day_of(double seconds) {
  return shown_time(static_cast<int64_t>(seconds) * 1'000'000).substr(0, 10);
}

TimeGuess counted_days(const Range& range) {
  return {
      .written = {.unit = "day", .format = {}, .zone = {}},
      .why = fmt::format("as days since 1970 they are from {} to {}",
                         day_of(range.least * kSecondsOfADay), day_of(range.most * kSecondsOfADay)),
      .doubts = {"the unit of time: it may be seconds from an unnamed beginning; if so, remove "
                 "unit: day"},
      .days = true,
      .certain = false};
}

TimeGuess counted_from_elsewhere(const Range& range) {
  return {.why = fmt::format("its name says so; numbers from {} to {} are read as seconds",
                             range.least, range.most),
          .doubts = {fmt::format(
              "the unit of time: as seconds since 1970 all are before {}; they may count from "
              "another beginning (the order and gaps stay right) or in another unit (unit: ms, us, "
              "ns or day)",
              day_of(range.most + kSecondsOfADay))},
          .certain = false};
}

std::optional<TimeGuess> guess_count(const SampleColumn& column, bool named) {
  const auto texts = column.texts();
  const Range range = range_of(texts);
  if (column.is_whole() && std::ranges::all_of(texts, is_compact_date)) {
    return TimeGuess{.why = fmt::format("numbers such as {} are days", texts.front()),
                     .days = true,
                     .certain = named};
  }
  for (const Unit& unit : kUnits) {
    if (!range.within(unit.least, unit.most)) continue;
    const double scale = unit.least / kSecondOf1980;
    return TimeGuess{.written = {.unit = unit.name, .format = {}, .zone = {}},
                     .why = fmt::format("as {} since 1970 they are from {} to {}", unit.words,
                                        day_of(range.least / scale), day_of(range.most / scale))};
  }
  if (!named || range.least < 0) return std::nullopt;
  return column.is_whole() && range.within(kDayOf1990, kDayOf2100) && column.distinct() > 1
             ? counted_days(range)
             : counted_from_elsewhere(range);
}

/// Formats of texts; of two that fit, the first is taken.
struct Pattern {
  const char* format;
  const char* other;  ///< that a date may be too, where no day is above 12
};
constexpr Pattern kPatterns[] = {
    {"%d/%m/%Y", "%m/%d/%Y"},
    {"%m/%d/%Y", "%d/%m/%Y"},
    {"%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M"},
    {"%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M"},
    {"%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S"},
    {"%m/%d/%Y %H:%M:%S", "%d/%m/%Y %H:%M:%S"},
    {"%m/%d/%Y %I:%M:%S %p", "%d/%m/%Y %I:%M:%S %p"},
    {"%d/%m/%Y %I:%M:%S %p", nullptr},
    {"%m/%d/%Y %I:%M %p", "%d/%m/%Y %I:%M %p"},
    {"%d/%m/%Y %I:%M %p", nullptr},
    {"%d.%m.%Y", nullptr},
    {"%d.%m.%Y %H:%M", nullptr},
    {"%d.%m.%Y %H:%M:%S", nullptr},
    {"%d-%m-%Y", "%m-%d-%Y"},
    {"%m-%d-%Y", "%d-%m-%Y"},
    {"%d-%m-%Y %H:%M", "%m-%d-%Y %H:%M"},
    {"%d-%m-%Y %H:%M:%S", "%m-%d-%Y %H:%M:%S"},
    {"%Y/%m/%d", nullptr},
    {"%Y/%m/%d %H:%M", nullptr},
    {"%Y/%m/%d %H:%M:%S", nullptr},
    {"%Y%m%d%H%M%S", nullptr},
    {"%Y%m%d %H:%M:%S", nullptr},
    {"%a %b %d %H:%M:%S %z %Y", nullptr},
    {"%a, %d %b %Y %H:%M:%S %z", nullptr},
    {"%d/%b/%Y:%H:%M:%S %z", nullptr},
    {"%d %b %Y", nullptr},
    {"%d %b %Y %H:%M:%S", nullptr},
    {"%d-%b-%Y", nullptr},
    {"%b %d, %Y", nullptr},
    {"%b %d %Y %H:%M:%S", nullptr},
    {"%m %d, %Y", nullptr},
};

bool fits(const char* format, const std::vector<std::string_view>& texts) {
  const clock::TimePattern pattern(format);
  return std::ranges::all_of(texts, [&](std::string_view text) {
    const std::optional<clock::WrittenTime> time = pattern.parse(text);
    return time && time->time_us >= 0;
  });
}

bool names_zone(std::string_view text) {
  return text.ends_with('Z') || text.find('+') != text.npos ||
         (text.size() > 16 && text.find_last_of('-') > 10 && text.find_last_of('-') != text.npos);
}

constexpr const char* kLocal =
    "the zone: the times name none and are read as UTC; if they are of a place, write zone: "
    "Asia/Shanghai or the like";

std::optional<TimeGuess> guess_text(const std::vector<std::string_view>& texts) {
  if (std::ranges::all_of(texts, [](auto text) { return parse_iso_time(text).has_value(); })) {
    TimeGuess guess{.why = fmt::format("texts such as {} are ISO 8601", in_quotes(texts.front()))};
    guess.days = texts.front().size() <= 10;
    if (!guess.days && !std::ranges::all_of(texts, names_zone)) guess.doubts.emplace_back(kLocal);
    return guess;
  }
  for (const auto& [format, other] : kPatterns) {
    if (!fits(format, texts)) continue;
    const std::string name = format;
    TimeGuess guess{.written = {.unit = {}, .format = name, .zone = {}},
                    .why = fmt::format("texts such as {} are {}", in_quotes(texts.front()), name)};
    if (other && fits(other, texts)) {
      guess.doubts.push_back(fmt::format("the format of times: no day is above 12, so it may be {}",
                                         in_quotes(other)));
    }
    guess.days = name.find("%H") == name.npos && name.find("%I") == name.npos;
    if (!guess.days && name.find("%z") == name.npos) guess.doubts.emplace_back(kLocal);
    return guess;
  }
  return std::nullopt;
}

}  // namespace

std::optional<TimeGuess> guess_time(const SampleColumn& column, bool named) {
  if (column.texts().empty() || column.has(Cell::Kind::list)) return std::nullopt;
  const bool local = column.has(Cell::Kind::local_time);
  if (local || column.has(Cell::Kind::time)) {
    TimeGuess guess{.why = "the file says that they are times"};
    if (local) guess.doubts.emplace_back(kLocal);
    return guess;
  }
  return column.is_numeric() ? guess_count(column, named) : guess_text(column.texts());
}

}  // namespace assay::ingest
