#pragma once

/// Which window each event belongs to.
///
///  - `global_time`: all events in time order; the last `test` share is test, before it
///    `validation`, before it `rank`. With boundary `time` a window begins with all events of the
///    time of its first one; with `row` equal times may stand on both sides, in file order.
///  - `leave_last_out`: a user's last `test` events are test, before them `validation`, before them
///    `rank`; a user with too few has none in train. Without times file order counts.
///  - `given`: the files say what is test; `rank` and `validation` are drawn from the rest.
///  - `row_hash`: row r of the file is test where (r * multiplier mod 2^32) mod modulus is
///    test_residue; `rank` and `validation` are drawn from the rest.
///
/// With `over: positives` shares and counts are those of the positive events. Another event then
/// stands where time puts it (global_time), in the window of the user's last positive before it
/// (leave_last_out; train where there is none), or in train (row_hash, given: what the file says).

#include <cstdint>
#include <vector>

#include "dataset/events.h"
#include "task/experiment.h"

namespace assay {

/// A Window for every event. `seed` is used where shares are drawn: an event's share depends on its
/// row and the seed alone. Throws UserError (place `where`) for: an unknown method, boundary or
/// `over`; shares below 0 or that leave nothing for train; counts that are no whole numbers;
/// global_time without times; given without given files.
std::vector<uint8_t> split_events(const Events& events, const SplitSpec& split, uint64_t seed,
                                  const std::string& where = "");

/// Whether the seed changes the outcome.
bool draws(const SplitSpec& split);

/// Whether windows follow each other in a user's time, so that no history can hold the user's own
/// future.
bool respects_time(const SplitSpec& split);

}  // namespace assay
