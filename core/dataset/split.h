#pragma once

/// Which window each event belongs to.
///
///  - `global_time`: all events in time order; the last `test` share is test, before it
///    `validation`, before it `rank`. With boundary `time` a window begins with all events of the
///    time of its first one; with `row` equal times may stand on both sides, in file order.
///  - `leave_last_out`: a user's last `test` events are test, before them `validation`, before them
///    `rank`; a user with too few has none in train. Without times file order counts.
///  - `walk_forward`: all events in time order; their last `folds * test` share is cut into `folds`
///    blocks. Of a fold its block is test, before it `validation`, before it `rank`, everything
///    before that train; what comes after its block is in no window (kLater). `boundary` as in
///    global_time.
///  - `per_user_time`: as global_time, over each user's own events: shares are rounded, so that a
///  user
///    with few events may have none in a later window. Without times file order counts.
///  - `random`: each event is drawn by a seeded hash of its row; shares are met on average.
///  - `leave_k_out`: as leave_last_out, with a user's events in an order drawn by the seed.
///  - `cold_users`, `cold_items`: drawn users (items) whose events are all held out; the shares are
///    those of the users (items) that have an event, rounded.
///  - `given`: the files say what is test; `rank` and `validation` are drawn from the rest.
///  - `row_hash`: row r of the file is test where (r * multiplier mod 2^32) mod modulus is
///    test_residue; `rank` and `validation` are drawn from the rest.
///
/// With `over: positives` shares and counts are those of the positive events. Another event then
/// stands where time puts it (global_time), in the window of the user's last positive before it
/// (leave_last_out; train where there is none), with its user or item (cold_users, cold_items), or
/// in train (row_hash, random, leave_k_out; given: what the file says).

#include <cstdint>
#include <vector>

#include "dataset/events.h"
#include "task/experiment.h"

namespace assay::dataset {

/// What split_events says of an event that comes after the fold.
inline constexpr uint8_t kLater = kWindows;

/// A Window for every event, or kLater. `seed` is used where shares are drawn: what is drawn
/// depends on the row (cold_users, cold_items: the dense id) and the seed alone. Throws UserError
/// (place `where`) for: shares below 0 or that leave nothing
/// for train; counts that are no whole numbers; global_time without times; given without given
/// files.
std::vector<uint8_t> split_events(const Events& events, const task::SplitSpec& split, uint64_t seed,
                                  const std::string& where = "");

/// Whether the seed changes the outcome.
bool draws(const task::SplitSpec& split);

/// Whether windows follow each other in a user's time, so that no history can hold the user's own
/// future.
bool respects_time(const task::SplitSpec& split);

}  // namespace assay::dataset
