#pragma once

#include <cstdint>

#include "dataset/large_vector.h"

namespace assay::dataset {

/// Events in time order.
struct TimeOrder {
  LargeVector<int64_t> time_us;  ///< ascending
  LargeVector<int32_t> row;      ///< of each its place before; empty where nothing had to move
};

/// Orders events by time, equal times by their place. A column that is in order is only looked at;
/// another one is sorted by radix (11 bits a pass, as many passes as its range needs) with 8 bytes
/// an event beside it, or 16 where the range does not fit in 32 bits: that of whole seconds,
/// milliseconds or microseconds, whichever the times are.
TimeOrder order_by_time(LargeVector<int64_t> time_us);

}  // namespace assay::dataset
