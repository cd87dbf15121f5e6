#pragma once

/// The requests of a window: who is asked for, what they did before, and what counts as right
/// (dataset/prepared.h).

#include <cstdint>
#include <vector>

#include "dataset/events.h"
#include "task/experiment.h"

namespace assay {

/// Rows of different lengths, end to end.
struct Rows {
  std::vector<int64_t> values;
  std::vector<int64_t> offsets = {0};
  int64_t size() const { return static_cast<int64_t>(offsets.size()) - 1; }
  std::span<const int64_t> row(int64_t r) const {
    return std::span(values).subspan(offsets[r], offsets[r + 1] - offsets[r]);
  }
};

/// R requests; fields as the tensors of the same name.
struct RequestSet {
  std::vector<int64_t> user, time_s;
  Rows history, excluded, truth;
  std::vector<Rows> targets;  ///< of the targets after the first
  /// What evaluate_on leaves out: users with a positive that are not asked for, and positives that
  /// do not count.
  int64_t users_left_out = 0, truth_left_out = 0;
  int64_t size() const { return static_cast<int64_t>(user.size()); }
};

/// Users and items with an event in the training window.
struct Warm {
  std::vector<uint8_t> user, item;
};
Warm find_warm(const Events& events);

/// The request set of `window`, for events that are split.
RequestSet build_requests(const Events& events, const Warm& warm, Window window,
                          const EvaluateOn& evaluate_on, const TrafficSpec& traffic);

}  // namespace assay
