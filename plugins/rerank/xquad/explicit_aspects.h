#pragma once

#include <assay/extra/features/item_categories.h>

#include <cstdint>
#include <span>

namespace assay::xquad {

/// Picks places one after another, each time the one with the largest
///
///     (1 - lambda) relevance(i) + lambda * sum over c of wanted(c) P(i|c) prod over j of (1 - P(j|c))
///
/// with j the items picked before and P(i|c) = 1 / categories of i where c is one of them, else 0
/// (Santos, Macdonald & Ounis 2010, equations 1 and 5). Values within 1e-12 are a tie, which goes to
/// the smaller item id.
/// @param items      dense ids of the candidates, none twice
/// @param relevance  as many
/// @param wanted     of each category, how much it is wanted
/// @param place      as many picks as it has room for, or there are items; the rest is left
/// @param objective  optional output: the objective at each pick; may be empty
void pick_by_aspects(std::span<const int64_t> items, std::span<const double> relevance,
                     const extra::ItemCategories& categories, std::span<const double> wanted,
                     double lambda, std::span<int64_t> place, std::span<double> objective = {});

}  // namespace assay::xquad
