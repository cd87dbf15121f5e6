#pragma once

/// Number features whose values only the test window could have told, whatever their file says of
/// when they were known: the popularity or mean rating of an item over the whole log, the time of a
/// user's last event.
///
/// A feature is compared, by Spearman's rank correlation over the users (items) that have it, with
/// what a log tells of them (number of events, number of positives, mean value, time of the last
/// event), once over all windows and once without the test window. It is a future feature where it
/// follows the former (at least kFollows in absolute value) and the test window explains at least
/// nine tenths of what the log without it leaves open.

#include <string>
#include <vector>

#include "dataset/events.h"

namespace assay {

inline constexpr double kFollows = 0.999;
/// Fewer users (items) than this that the test window changes prove nothing.
inline constexpr int64_t kChangedAtLeast = 10;

/// A feature of type number; NaN where it is missing.
struct NumberFeature {
  std::string kind;  ///< user or item
  std::string name;
  std::vector<float> values;
};

/// One text for each feature that is found, for a person.
std::vector<std::string> future_by_value(const Events& events,
                                         const std::vector<NumberFeature>& features);

}  // namespace assay
