#pragma once

/// The log that a variant with `perturb` or `augment` learns from: a prepared file of its own
/// (dataset/prepared.h) beside that of its data set, with the same requests, truth and excluded
/// items, and other events. Its stages are fitted on it; they are served and measured on the data
/// set itself. Users that are added come behind those of the data set; items are the same.

#include <string>

#include "dataset/notice.h"
#include "dataset/prepare.h"
#include "task/feedback_spec.h"

namespace assay::dataset {

/// A learning log in the cache.
struct LearningLogRef {
  std::string path;  ///< for PreparedData::open
  std::string key;   ///< of the prepared data and the changes: part of the keys of fits
};

/// Finds the log of these changes beside the prepared file, or makes it. Where there are none it is
/// the prepared file itself.
/// @param dataset  what was prepared
/// Throws UserError, at the place of `perturb`, where the data lack what it asks for
/// (dataset/attack_profiles.h, LogChanges::disturb), or leave nothing to learn from.
LearningLogRef find_learning_log(const PreparedRef& prepared, const task::DatasetSpec& dataset,
                                 const task::PerturbSpec* perturb, const task::AugmentSpec* augment,
                                 const Notice& notice = {});

}  // namespace assay::dataset
