#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace assay::ingest {

/// One value of a table. What it points to lives until its table goes on to the next row.
struct Cell {
  enum class Kind : uint8_t { missing, text, integer, number, boolean, time, list, other };
  Kind kind = Kind::missing;            ///< a time is in microseconds since 1970, UTC
  std::string_view text = {};           ///< text; other: what it is ("a map")
  int64_t integer = 0;                  ///< integer; boolean: 0 or 1; time: as Kind says
  double number = 0;                    ///< number
  std::span<const Cell> elements = {};  ///< list

  bool missing() const { return kind == Kind::missing || (kind == Kind::text && text.empty()); }
};

}  // namespace assay::ingest
