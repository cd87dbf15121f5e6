#pragma once

#include <arrow/type_fwd.h>

#include <deque>
#include <vector>

#include "import/cell.h"

namespace assay {

/// What the cells that are lists point to.
using CellLists = std::deque<std::vector<Cell>>;

/// One value of an Arrow array of any type. Times are cut to seconds, those without a zone are
/// taken for UTC; the elements of a list go to `lists`.
Cell cell_of(const arrow::Array& array, int64_t row, CellLists& lists);

}  // namespace assay
