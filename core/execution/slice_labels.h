#pragma once

#include <string>
#include <vector>

#include "dataset/prepared.h"
#include "results/run_rows.h"
#include "task/slice.h"

namespace assay::execution {

/// At most so many labels of a feature; what is rarer becomes `other`.
inline constexpr size_t kMostLabels = 24;

/// How a slice of users or items labels those of a data set.
///
/// - activity: cold, warm, hot by events of the training window (task/slice.h).
/// - a category: its kMostLabels most frequent values, the rest `other`; a set: likewise, so that
/// an
///   item may stand in several slices; a number: quarters of those that have one, named by their
///   bounds. What lacks the feature stands in no slice.
///
/// Throws UserError where the data set has no such feature (near names) or the feature has no
/// labels (text, vector).
/// @param dataset  its name, for messages
results::LabelRow slice_labels(const dataset::PreparedData& data, const std::string& prepared_hash,
                               const task::SliceSpec& spec, const std::string& dataset);

}  // namespace assay::execution
