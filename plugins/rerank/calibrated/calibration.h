#pragma once

#include <assay/extra/features/item_categories.h>

#include <cstdint>
#include <span>

namespace assay::calibrated {

/// Picks places one after another, each time the one with the largest
///
///     (1 - lambda) * sum of the relevance of S + i  -  lambda * KL(wanted || q)
///     KL(p || q) = sum over c of p(c) ln(p(c) / (.99 q(c) + .01 p(c)))
///
/// with S the items picked before and q(c) the mean over S + i of 1 / categories of an item where c
/// is one of them (Steck 2018, Calibrated Recommendations, equations 2, 3 and 7). Items without
/// categories leave q as it is. Values within 1e-12 are a tie, which goes to the smaller item id.
/// @param items      dense ids of the candidates, none twice
/// @param relevance  as many
/// @param wanted     the share that each category should have; all 0: nothing is wanted
/// @param place      as many picks as it has room for, or there are items; the rest is left
/// @param objective  optional output: the objective at each pick; may be empty
void pick_calibrated(std::span<const int64_t> items, std::span<const double> relevance,
                     const extra::ItemCategories& categories, std::span<const double> wanted,
                     double lambda, std::span<int64_t> place, std::span<double> objective = {});

}  // namespace assay::calibrated
