#pragma once

/// Times of events as `columns.time` says that they are written.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "clock/time_pattern.h"
#include "clock/time_zone.h"
#include "ingest/cell.h"
#include "task/experiment.h"

namespace assay::ingest {

struct Origin;

/// Reads the times of a column. Without unit, format and zone a time is a number of seconds since
/// 1970, UTC, ISO 8601 or a timestamp. A unit takes numbers alone, a format texts alone (and whole
/// numbers by their digits), a zone texts and timestamps: what the file holds otherwise is an error
/// rather than passed over. Cheap to copy; threads may share it.
class TimeReader {
 public:
  TimeReader() = default;
  /// @param where  of the data set, for messages
  /// Throws UserError: an unknown unit, format or zone.
  TimeReader(const task::TimeFormat& written, const std::string& where);

  /// Whether numbers such as 20240131 may be days: nothing says how times are written.
  bool may_be_days() const { return !unit_ && !pattern_ && !zone_; }

  /// Reads texts that are plain times, from 1970 to a day from now, or empty; false where one is
  /// anything else, which time_of() says more of.
  /// @param missing  1 for each that is empty; empty where none is
  /// @param dated    set where one is written as a time and no count
  bool read_plain(std::span<const std::string_view> texts, std::vector<int64_t>& times_us,
                  std::vector<uint8_t>& missing, bool& dated) const;

  /// As above, of whole numbers that stand in `counts`.
  bool read_plain(std::span<const int64_t> counts, std::vector<int64_t>& times_us) const;

  /// Whether timestamps and dates of a table are as they should be: a zone may move those that name
  /// none, and unit and format are not theirs.
  /// @param local  they name no zone
  bool takes_timestamps(bool local) const { return !unit_ && !pattern_ && !(zone_ && local); }

  /// Microseconds since 1970, UTC. Throws UserError: empty, no time, or out of range; it says which
  /// unit is likely.
  int64_t time_of(const Cell& cell, const std::string& column, const Origin& origin) const;

  /// Throws UserError where all times lie in 1970 by the unit that was named, and lately by a larger
  /// one.
  void check_unit(std::span<const int64_t> times_us, const std::string& column,
                  const std::string& path) const;

  /// "seconds", "milliseconds".
  std::string_view unit_words() const;

 private:
  /// A unit of counts: microseconds of one are multiply / divide.
  struct Unit {
    std::string_view name, words;
    int64_t multiply, divide;
    int64_t microseconds(int64_t count) const;
    double microseconds(double count) const {
      return count * static_cast<double>(multiply) / static_cast<double>(divide);
    }
  };
  static const Unit kUnits[5];
  const Unit& unit() const { return unit_ ? *unit_ : kUnits[0]; }

  std::optional<int64_t> written(std::string_view text, bool& skipped) const;
  std::optional<int64_t> counted(std::string_view text) const;
  std::optional<int64_t> to_utc(int64_t local_us) const;
  bool counts_local_days() const { return unit_ && zone_; }
  bool read_one(std::string_view text, int64_t latest_us, int64_t& time_us, bool& dated) const;

  int64_t text_time(std::string_view text, const std::string& column, const Origin& origin) const;
  int64_t number_time(const Cell& cell, const std::string& column, const Origin& origin) const;
  int64_t timestamp_time(const Cell& cell, const std::string& column, const Origin& origin) const;
  [[noreturn]] void refuse_text(std::string_view text, bool skipped, const std::string& column,
                                const Origin& origin) const;
  [[noreturn]] void refuse_count(double count, std::string_view shown, const std::string& column,
                                 const Origin& origin) const;

  const Unit* unit_ = nullptr;
  std::shared_ptr<const clock::TimePattern> pattern_;
  std::shared_ptr<const clock::TimeZone> zone_;
};

/// Whether a cell that is read for a time holds none: NaN is how data frames write it.
bool has_no_time(const Cell& cell);

/// Whether a cell that is read for a time is written as one, and no count.
bool is_dated(const Cell& cell);

}  // namespace assay::ingest
