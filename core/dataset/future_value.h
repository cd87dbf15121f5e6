#pragma once

/// Features whose values only the test window could have told, whatever their file says of when
/// they were known: the popularity or mean rating of an item over the whole log or in the test
/// window alone, the time of a user's last event, a category made of such a number.
///
/// A feature is compared, by Spearman's rank correlation over the users (items) that have it, with
/// what a log tells of them (number of events, number of positives, mean value, time of the last
/// event): over all windows, in the test window alone, and after the training window. Of a category
/// it is the mean rank of the *others* with the same label that is compared, so that labels of one
/// say nothing. It is a future feature if one of these correlations is at least kFollows (for
/// numbers in absolute value) and its residual, 1 - correlation, is less than kLeavesOpen times the
/// past's: the residual of the same quantity of earlier windows, with the feature or with the later
/// windows themselves. So a good predictor is not a leak; a predictor that is better than the past
/// can be is one. docs/data.md says how the bounds were found.

#include <cstdint>
#include <string>
#include <vector>

#include "dataset/columns.h"
#include "dataset/events.h"

namespace assay::dataset {

inline constexpr double kFollows = 0.95;
inline constexpr double kLeavesOpen = 0.25;
/// Fewer users (items) than this that the test window changes, or that have another value than the
/// most frequent one, prove nothing.
inline constexpr int64_t kChangedAtLeast = 10;

/// A feature that is looked at; NaN and -1 are missing. A category of numbers ("c151") has both.
struct FeatureValues {
  std::string kind;  ///< user or item
  std::string name;
  std::vector<float> number;
  std::vector<int32_t> category = {};
};

/// A feature that knows the test window.
struct FutureFeature {
  std::string kind, name;
  std::string text;  ///< "item feature cnt correlates with the number of events ..."
};

std::vector<FutureFeature> future_by_value(const Events& events,
                                           const std::vector<FeatureValues>& features);

/// The numbers that labels end in, where each ends in one, after a text that all have in common:
/// "c3", "c12" -> 3, 12. Empty where one does not.
std::vector<float> numbers_of(const TextView& labels);

}  // namespace assay::dataset
