#pragma once

#include <arrow/type_fwd.h>

#include <deque>
#include <string>
#include <vector>

#include "ingest/cell.h"

namespace assay::ingest {

/// What cells point to: lists, and the names of types that are not read.
struct CellLists {
  std::deque<std::vector<Cell>> lists;
  std::deque<std::string> names;
};

/// One value of an Arrow array of any type. Times are cut to seconds, those without a zone are
/// taken for UTC; a decimal without places behind the point is an integer, another one a number;
/// the elements of a list go to `lists`.
Cell cell_of(const arrow::Array& array, int64_t row, CellLists& lists);

}  // namespace assay::ingest
