#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ab/design.h"
#include "ab/result.h"

namespace assay::cli {

/// Where the log of a test lies, and what its columns hold.
struct AbLog {
  std::string path;  ///< .parquet, .csv or .tsv; a row a unit
  std::string unit;
  std::string arm;                  ///< empty: units that are in no test yet
  std::string time;                 ///< of the first exposure; empty: none
  std::vector<std::string> slices;  ///< columns of few values
};

/// The arm of all units of a log without one.
inline constexpr char kOnlyArm[] = "all";

/// Gathers a log in one pass that keeps 9 bytes a unit, and in a second one where some units are in
/// two arms, which are left out and counted. Arms come by name, the control first.
///
/// Throws UserError with the row: a missing unit or arm, a unit twice in one arm, a value that is no
/// number or infinite, a column that is not there, too many arms or values of a slice. Also where
/// fewer than two arms have units, where the control or an arm that has a weight has none, and where
/// more than design.mixed_share of the units are in two arms.
ab::Gathered read_ab_log(const AbLog& log, const ab::Design& design);

}  // namespace assay::cli
