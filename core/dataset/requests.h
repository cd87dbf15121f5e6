#pragma once

/// The requests of a window: who is asked for, what they did before, and what counts as right
/// (dataset/prepared.h). What makes a request (`traffic.requests`):
///
///  - `per_user`: a user with a relevant event in the window. History: the positives of earlier
///    windows. Truth: the positives of the window.
///  - `per_event`: each relevant event of the window. History: the positives before it, up to and
///    including those of its own window. Truth: its item.
///  - `per_session`: each session of the window, a run of a user's events in it with at most
///    `session_gap_s` between one and the next. History: the positives before the session. Truth:
///    the positives of the session.
///  - `logged`: each request of a table of logged rows (dataset/logged_rows.h) whose time lies in
///    the window. History: its user's positives before its time, or where nothing has a time those
///    of earlier requests. Truth: the items of its rows whose first label is positive. Requests
///    without truth are left out where candidates are retrieved, as there is nothing to measure;
///    where they are logged or allowed they stay, as rows without success teach rankers and estimators
///    as much, and metrics leave them out.
///
/// Excluded are items seen in the earlier windows of `exclude_seen`; where a request stands at a
/// moment (per_event, per_session) only what was seen before it, and unless exclude_seen is empty
/// also what its own window showed before it. With `candidates: logged` nothing is excluded: the rows
/// were shown. Histories and excluded sets of such requests grow
/// with the square of a user's events in the window.

#include <cstdint>
#include <vector>

#include "dataset/events.h"
#include "task/experiment.h"

namespace assay::dataset {

/// What has an entry a request, or more, lies in a file above so many bytes: memory does not grow
/// with the requests.
inline constexpr size_t kRequestsInMemory = size_t{16} << 20;
using RequestColumn = LargeVector<int64_t, kRequestsInMemory>;

/// RaggedColumns of different lengths, end to end.
struct RaggedColumns {
  RequestColumn values;
  RequestColumn offsets = {0};
  int64_t size() const { return static_cast<int64_t>(offsets.size()) - 1; }
  std::span<const int64_t> row(int64_t r) const {
    return std::span(values).subspan(offsets[r], offsets[r + 1] - offsets[r]);
  }
};

/// As RequestColumn, of event types.
using TypeColumn = LargeVector<int32_t, kRequestsInMemory>;

/// R requests, by user, those of a user in time order; fields as the tensors of the same name.
struct RequestSet {
  RequestColumn user, time_us;
  RaggedColumns history, excluded, truth;
  RequestColumn history_time_us;  ///< of history.values; empty without times
  TypeColumn history_type;        ///< of history.values; empty without event types
  /// Histories of events of all types, positive or not, and their times and types; empty unless
  /// Events::target_is_type.
  RaggedColumns typed;
  RequestColumn typed_time_us;
  TypeColumn typed_type;
  std::vector<RaggedColumns> targets;  ///< of the targets after the first
  RequestColumn logged;       ///< place of each request in the table of logged rows; else empty
  int64_t without_truth = 0;  ///< logged requests left out since no row of them is positive
  /// What evaluate_on leaves out: users with a positive that are not asked for, and positives that
  /// do not count.
  int64_t users_left_out = 0, truth_left_out = 0;
  int64_t size() const { return static_cast<int64_t>(user.size()); }
};

/// Whether no row holds a value twice. Values are 0 .. `size` - 1.
bool are_distinct(const RaggedColumns& rows, int64_t size);

/// Users and items with an event in the training window.
struct Warm {
  std::vector<uint8_t> user, item;
};
Warm find_warm(const Events& events);

struct LoggedRows;

/// The request set of `window`, of logged rows whose ids are those of the events.
RequestSet build_logged_requests(const LoggedRows& rows, const Events& events, const Warm& warm,
                                 task::Window window, const task::EvaluateOn& evaluate_on,
                                 const task::TrafficSpec& traffic);

/// The request set of `window`, for events that are split.
RequestSet build_requests(const Events& events, const Warm& warm, task::Window window,
                          const task::EvaluateOn& evaluate_on, const task::TrafficSpec& traffic);

}  // namespace assay::dataset
