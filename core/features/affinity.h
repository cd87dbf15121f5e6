#pragma once

#include <assay/features.h>

#include "features/statistics.h"

namespace assay::features {

/// How much of what a user was positive about, strictly before the request, shares a candidate's
/// categories: the share of these events whose item has the category, averaged over the candidate's
/// categories. In [0, 1]; NaN where the user has none, or the candidate.
/// @param feature         of the items, a category or a set
/// @param half_life_days  an event so old counts half; 0: all count 1
/// @param to              float32 [B * K]
void fill_affinity(const LogIndex& log, const Feature& feature, double half_life_days,
                   const Moments& moments, float* to);

}  // namespace assay::features
