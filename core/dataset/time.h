#pragma once

#include <cstdint>

namespace assay::dataset {

/// Times are int64 microseconds since 1970, UTC, -1 where there are none; people read seconds.
inline constexpr int64_t kMicroseconds = 1'000'000;

/// Whole seconds of a time; -1 stays.
constexpr int64_t seconds_of(int64_t time_us) {
  return time_us < 0 ? time_us : time_us / kMicroseconds;
}

}  // namespace assay::dataset
