#pragma once

#include <set>
#include <string>
#include <vector>

#include "report/comparison.h"

namespace assay::report {

/// One combination of a grid's values.
struct GridMember {
  std::string variant;              ///< "knn[neighbours=20,shrinkage=0]"
  std::vector<std::string> values;  ///< "20", "0"; one a parameter of the grid
};

/// The variants that one `{grid: ...}` of the experiment made; they are named after its values.
struct VariantGrid {
  std::string name;                     ///< "knn"
  std::vector<std::string> parameters;  ///< "neighbours", "shrinkage"
  std::vector<GridMember> members;      ///< in the order of the file

  /// The values of one parameter, each once: ascending where all are numbers, else in the order of
  /// the file.
  std::vector<std::string> values_of(size_t parameter) const;
};

/// A grid with so many members is read as one thing: its best members stand for it, and a board by
/// parameter says what each value does.
inline constexpr size_t kLargeGrid = 6;
/// Best members of a large grid that are shown like any variant, of each data set.
inline constexpr size_t kBestMembers = 3;

/// Variants that differ in the values of a grid, put together; in the order of the file, grids of
/// one member left out.
/// @param variants  names, in the order of the file
std::vector<VariantGrid> variant_grids(const std::vector<std::string>& variants);

/// Those with at least kLargeGrid members.
std::vector<VariantGrid> large_grids(const std::vector<std::string>& variants);

/// The variant with the best mean of the first data set that has any, the baseline apart; empty
/// where there is none.
std::string best_variant(const Comparison& comparison);

/// The variant that a reader could ship: the best one that is called worse on no data set and breaks
/// no guardrail. Empty where there is none, and for what is not the primary metric, which has no
/// verdicts.
std::string candidate(const Comparison& comparison);

/// Members of large grids that are told of with their grid only: all but the baseline, the candidate
/// and the best kBestMembers of each data set.
std::set<std::string> hidden_members(const Comparison& comparison);

/// The comparison without what it says of some variants: what is left to be shown one by one.
/// Failures, warnings and what is known of the data stay.
Comparison without_variants(Comparison comparison, const std::set<std::string>& hidden);

}  // namespace assay::report
