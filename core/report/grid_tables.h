#pragma once

#include <string>
#include <vector>

#include "report/board_cells.h"
#include "report/variant_grids.h"

namespace assay::report {

/// What each value of each parameter of a grid does on one data set: a row a value, with how many
/// members have it, the mean of their means (and as a bar, from the least to the most of that
/// parameter), the best of them and their verdicts. Of more than kMostValues values neighbours share
/// a row. No rows where no member has a result.
BoardCells grid_cells(const Comparison& comparison, const VariantGrid& grid,
                      const std::string& dataset);

/// Values of one parameter that have a row each.
inline constexpr size_t kMostValues = 12;

/// How all members of a grid fared, and where those that are not shown one by one are:
/// "knn has 101 members: 3 better, 98 worse; 3 of them are shown here, all by assay compare --all."
/// @param shown  how many of the members are shown one by one
std::string grid_sentence(const Comparison& comparison, const VariantGrid& grid, size_t shown);

}  // namespace assay::report
