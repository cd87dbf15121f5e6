#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace assay::ingest {

/// One value of a table. What it points to lives until its table goes on to the next row.
struct Cell {
  /// A time is in microseconds since 1970, UTC, a local time those of a clock whose zone is not said;
  /// `large` is an integer of 2^63 or more.
  enum class Kind : uint8_t {
    missing,
    text,
    integer,
    large,
    number,
    boolean,
    time,
    local_time,
    list,
    other
  };
  Kind kind = Kind::missing;
  std::string_view text = {};  ///< text; number: its type where that is known; other: what it is
  int64_t integer = 0;         ///< integer; large: its bits; boolean: 0 or 1; times: as Kind says
  double number = 0;           ///< number
  std::span<const Cell> elements = {};  ///< list

  uint64_t large() const { return static_cast<uint64_t>(integer); }
  bool missing() const { return kind == Kind::missing || (kind == Kind::text && text.empty()); }
};

}  // namespace assay::ingest
