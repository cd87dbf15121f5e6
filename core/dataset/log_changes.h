#pragma once

/// Changes of the events that a variant learns from, step by step: some are dropped, some replaced,
/// some added. Only events before the test window are changed.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dataset/prepared.h"
#include "task/experiment.h"
#include "task/feedback_spec.h"

namespace assay::dataset {

/// An event that is added.
struct AddedEvent {
  int32_t user = 0, item = 0;
  int64_t after = 0;  ///< the event behind which it stands; it has that one's time and window
  int64_t like = 0;   ///< the event that it takes type, targets and value from
  std::optional<float> value;  ///< in the place of that value; targets of its column follow it
};

/// The events of a prepared file, as they are changed.
class LogChanges {
 public:
  /// Both outlive this.
  LogChanges(const PreparedData& data, const task::DatasetSpec& dataset);

  const PreparedData& data() const { return data_; }
  int64_t events() const { return data_.events(); }
  /// Users of the data, then those that were added.
  int64_t users() const { return data_.users() + new_users; }
  bool is_train(int64_t event) const { return window_[event] == 0; }
  /// Whether a stage may learn from it.
  bool is_learnable(int64_t event) const {
    return window_[event] < static_cast<uint8_t>(task::Window::test);
  }
  bool is_positive(int64_t event) const;
  /// Whether the value of events is what the first target compares, and differs among them.
  bool has_values() const { return values_.size() > 1; }
  /// Those of train, ascending, each once.
  const std::vector<float>& values() const { return values_; }
  /// The one of them that is closest.
  float nearest_value(double value) const;
  /// Items with an event of train, ascending.
  const std::vector<int64_t>& train_items() const { return train_items_; }
  /// How many users have one.
  int64_t train_users() const { return train_users_; }
  /// Events of train that are still there.
  std::vector<int64_t> kept_train() const;

  /// Leaves out, or replaces, a share of the events that may be learnt from, each drawn alone.
  void drop(double share, uint64_t seed);
  /// Throws UserError, at `where`, where values are asked for that the data do not have.
  void disturb(const task::NoiseSpec& noise, uint64_t seed, const std::string& where);

  std::vector<uint8_t> kept;  ///< by event
  std::vector<int32_t> item;  ///< by event
  std::vector<float> value;   ///< by event
  std::vector<AddedEvent> added;
  int64_t new_users = 0;

  /// The events that come out: which of the old ones each is (or stands behind), and columns.
  struct Columns {
    std::vector<int64_t> place;  ///< of the old event, or of the one that it stands behind
    std::vector<int32_t> user, item, type;
    std::vector<int64_t> time_us;
    std::vector<float> value;
    std::vector<uint8_t> window;
    std::vector<std::vector<uint8_t>> targets;
  };
  Columns columns() const;

 private:
  uint8_t target_of(size_t target, int64_t like, float now) const;
  void put(Columns& out, int64_t place, const AddedEvent& event) const;

  const PreparedData& data_;
  const task::DatasetSpec& dataset_;
  std::span<const uint8_t> window_;
  std::vector<std::span<const uint8_t>> targets_;
  std::vector<float> values_;
  std::vector<int64_t> train_items_;
  int64_t train_users_ = 0;
};

}  // namespace assay::dataset
