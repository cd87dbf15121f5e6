#pragma once

/// A data set as the worker needs it: filtered, split, with its request sets; one mapped
/// safetensors file.
///
/// The coordinator makes it once for (data, targets, filter, split, evaluate_on, traffic); its name
/// in the cache is that identity. Everything is stored as it is used, so that the worker builds
/// tensors over the mapping without a copy.
///
/// Tensors of the file (E events that survived the filter, U users, N items, R requests of a
/// window):
///
///  - event.user, event.item: int32 [E], in time order; equal times keep file order
///  - event.time_us: int64 [E], microseconds since 1970, UTC; -1 without times
///  - event.type: int32 [E], place in info()["event_types"]; absent without event types
///  - event.value: float32 [E], column of the first target; 1 without one
///  - event.window: uint8 [E], a Window: 0 train, 1 rank, 2 validation, 3 test
///  - event.target.<t>: uint8 [E], 1 the target holds, 0 not, 255 missing; <t> in the file's order
///  - user.id.text, item.id.text: uint8 [bytes], outside ids end to end
///  - user.id.offsets, item.id.offsets: int64 [U + 1], [N + 1]
///  - <kind>.feature.<name>.values: category int32 [rows], number float32 [rows], vector float32
///    [rows, D]; kind is user or item; which there are is in info()["features"]
///  - <kind>.feature.<name>.set.values: int64 [..], with .set.offsets int64 [rows + 1]
///  - <kind>.feature.<name>.text, .text.offsets, .labels, .labels.offsets: as for ids
///  - requests.<window>.user: int64 [R], ascending, a user with several requests in time order
///    (window is rank, validation or test)
///  - requests.<window>.time_us: int64 [R], time of the first event of the window that the request
///    is to be answered with; -1 without
///  - requests.<window>.history.values, .offsets: int64 [..], [R + 1], positives of earlier
///    windows (per_event, per_session: before the request), oldest first, repeats kept
///  - requests.<window>.history.time_us: int64, requests.<window>.history.type: int32, of
///    history.values; absent without times, without event types
///  - requests.<window>.typed.values, .offsets, .time_us, .type: the same of events of all types,
///    positive or not; only where the first target is a type of events
///  - requests.<window>.excluded.values, .offsets: int64, ascending, no item twice
///  - requests.<window>.truth.values, .offsets: int64, ascending, no item twice; every request has
///    at least one
///  - requests.<window>.logged: int64 [R], place among the logged rows' requests; only with
///    traffic.requests: logged. Users may be -1 then, and a truth empty; the table of logged rows is
///    the file that info()["impressions"] names, beside this one (dataset/impressions.h)
///  - requests.<window>.target.<t>.values, .offsets: for targets (labels()) after the first, the items that
///    hold them, ascending
///
/// What a request is, is in dataset/requests.h; users and truth are those of evaluate_on. Imported
/// ranked lists lie beside it, each in a file of its own (dataset/cut_lists.h).

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dataset/columns.h"
#include "dataset/safetensors.h"
#include "task/experiment.h"

namespace assay::dataset {

/// CSR over int64 ids, as it lies in the mapping.
struct RaggedView {
  std::span<const int64_t> values;
  std::span<const int64_t> offsets;
  std::span<const int64_t> row(int64_t r) const {
    return values.subspan(offsets[r], offsets[r + 1] - offsets[r]);
  }
  int64_t rows() const { return static_cast<int64_t>(offsets.size()) - 1; }
};

/// The requests of one window.
struct RequestSetView {
  std::span<const int64_t> user;
  std::span<const int64_t> time_us;
  RaggedView history;
  std::span<const int64_t> history_time_us;  ///< of history.values; empty without times
  std::span<const int32_t> history_type;     ///< of history.values; empty without event types
  std::span<const int64_t> logged;  ///< places among the logged requests; empty without them
  bool distinct_histories = false;  ///< no history holds an item twice
  RaggedView excluded;
  RaggedView truth;
  int64_t size() const { return static_cast<int64_t>(user.size()); }
};

/// Views into it hold as long as it, or a copy of it, lives: of a temporary there are none.
class PreparedData {
 public:
  /// Maps the file read-only. Throws UserError where it is missing, and InternalError-free "cache
  /// is damaged" UserError where its header or size is wrong (the coordinator then makes it anew).
  static PreparedData open(const std::string& path);

  const std::string& path() const;
  int64_t users() const;
  int64_t items() const;
  int64_t events() const;
  /// Names in the order of the file; empty where every event is positive (then event.target.* are
  /// absent).
  const std::vector<std::string>& targets() const;
  /// Names of what requests are labelled with, the truth first: the targets, or the labels of
  /// logged rows.
  const std::vector<std::string>& labels() const;
  /// The file of logged rows beside this one; "" where none are used.
  std::string logged_rows_path() const;
  bool has_times() const;
  /// Names of the event types; empty where the data have none.
  const std::vector<std::string>& event_types() const;

  /// Any tensor of the list above. Throws InternalError where there is none.
  TensorView tensor(std::string_view name) const&;
  TensorView tensor(std::string_view) const&& = delete;
  bool has(std::string_view name) const;
  template <typename T>
  std::span<const T> array(std::string_view name) const& {
    const TensorView view = tensor(name);
    return {reinterpret_cast<const T*>(view.bytes.data()), view.bytes.size() / sizeof(T)};
  }
  template <typename T>
  std::span<const T> array(std::string_view name) const&& = delete;
  RaggedView ragged(std::string_view prefix) const&;
  RaggedView ragged(std::string_view) const&& = delete;
  RequestSetView requests(task::Window window) const&;
  RequestSetView requests(task::Window) const&& = delete;
  /// Whether the first target is a type of events: typed_histories() are there then.
  bool has_typed_histories(task::Window window) const;
  /// The requests with histories of events of all types in the place of those of positives.
  RequestSetView typed_requests(task::Window window) const&;
  RequestSetView typed_requests(task::Window) const&& = delete;
  /// false where the split leaves the window without a request (or it does not exist).
  bool has_requests(task::Window window) const;

  std::string_view user_id(int64_t user) const&;
  std::string_view user_id(int64_t) const&& = delete;
  std::string_view item_id(int64_t item) const&;
  std::string_view item_id(int64_t) const&& = delete;
  TextView user_ids() const&;
  TextView user_ids() const&& = delete;
  TextView item_ids() const&;
  TextView item_ids() const&& = delete;

  /// What was made, and of what:
  ///  - key, data_hash, format, files, users, items, events, has_times, targets (names)
  ///  - windows: {train|rank|validation|test: {events, positives, users, items, first_time_s,
  ///    last_time_s, requests, truth}}
  ///  - learning_sizes: {"train": {users, items, events, positives, squared_lengths}} by the windows
  ///    that the experiment learns from; dataset/learning_sizes.h counts what is not there
  ///  - distinct_histories: {rank|validation|test: whether no history holds an item twice}
  ///  - earlier_folds: with walk_forward, for each fold before this one, the first one first, how
  ///    many of `event.*` come before the end of its windows: [train, rank, validation, test]. The
  ///    windows of a fold follow each other in the order of the events
  ///  - labels: names of what requests are labelled with, where these are not the targets
  ///  - candidates: traffic.candidates, where logged rows are used
  ///  - impressions: name of the file of logged rows; absent where none are used
  ///  - event_types: [{"name", "events"}], all that the log knows; empty without event types
  ///  - features: {"user": [{"name", "type", "cardinality"}], "item": [..]}
  ///  - audit: [{"check", "kind", "result", "detail"}], leaks as they were found; what `allow_leak`
  ///    allows is marked in PreparedRef::info only
  ///  - description: the log before filter and split, to_json of dataset/statistics.h
  ///  - removed: [{"step", "reason", "users", "items", "events"}]
  const nlohmann::json& info() const;

 private:
  struct State;
  std::shared_ptr<const State> state_;
};

}  // namespace assay::dataset
