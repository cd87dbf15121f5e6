#pragma once

/// The events of a data set while it is prepared.

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "dataset/imported.h"
#include "task/experiment.h"

namespace assay::dataset {

inline constexpr int kWindows = 4;
inline constexpr uint8_t kTargetHolds = 1;
inline constexpr uint8_t kTargetMissing = 255;

/// Columns of E events in time order (equal times, and all of them without times, in file order).
struct Events {
  LargeVector<int32_t> user, item;
  LargeVector<int32_t> row;      ///< place in the file
  LargeVector<int64_t> time_us;  ///< empty without times
  LargeVector<int32_t> type;     ///< place in `types`; empty without event types
  LargeVector<uint8_t> part;     ///< 0 train, 1 test; empty unless the files are split
  LargeVector<float> value;
  /// [T][E]: 1 holds, 0 not, 255 missing; none: every event is positive.
  std::vector<std::vector<uint8_t>> targets;
  std::vector<std::string> types;  ///< names of the event types
  /// The first target is a type of events: stages may learn from the other types all the same, so
  /// that requests keep histories of all types beside those of positives.
  bool target_is_type = false;
  std::vector<uint8_t> window;  ///< a Window each; empty before the split
  /// walk_forward: what `window` was in each earlier fold, the first one first (kLater: none yet).
  std::vector<std::vector<uint8_t>> earlier;
  int64_t users = 0;
  int64_t items = 0;

  size_t size() const { return user.size(); }
  bool has_times() const { return !time_us.empty(); }
  bool positive(size_t event) const { return targets.empty() || targets[0][event] == kTargetHolds; }
  task::Window window_of(size_t event) const { return static_cast<task::Window>(window[event]); }
};

/// Events of imported data with the targets of `dataset`.
/// Throws UserError where a target's column is not there, or is no number (with the first place
/// that is none), and where a target's text is no type that an event has.
Events read_events(const ImportedData& data, const task::DatasetSpec& dataset);

/// Does the value count as positive? None where it is missing (NaN). Without a bound every value
/// does.
std::optional<bool> target_holds(const task::TargetSpec& target, double value);

/// Whether the target's column is that of the event types, by its name in the file or as `event`.
bool is_of_types(const task::TargetSpec& target, const task::DatasetSpec& dataset);
/// The column of numbers that `value` of an event comes from, "" where it is 1: that of the first
/// target, or, where that one compares texts, the value column of the data.
std::string value_column(const nlohmann::json& imported_info, const task::DatasetSpec& dataset);

/// The events whose user and item are kept, with the new dense ids (`new_user[old]`, -1 is
/// dropped).
Events compact(const Events& events, const std::vector<int32_t>& new_user,
               const std::vector<int32_t>& new_item);

/// The events that are marked, in their order and with the ids that they have.
Events keep_events(const Events& events, const std::vector<uint8_t>& marked);

}  // namespace assay::dataset
