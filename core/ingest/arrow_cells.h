#pragma once

#include <arrow/type_fwd.h>

#include <deque>
#include <string>
#include <vector>

#include "ingest/cell.h"

namespace assay::ingest {

/// What cells point to: lists, and texts that no array holds.
struct CellLists {
  std::deque<std::vector<Cell>> lists;
  std::deque<std::string> texts;
};

/// One value of an Arrow array of any type. Times without a zone are taken for UTC; a decimal
/// without places behind the point is an integer (a text where it does not fit in 64 bits), another
/// one a number; a UUID is a text; the elements of a list go to `lists`.
Cell cell_of(const arrow::Array& array, int64_t row, CellLists& lists);

}  // namespace assay::ingest
