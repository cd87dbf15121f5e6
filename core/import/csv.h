#pragma once

/// Events in a file of separated values with a header, read by Arrow: quotes and doubled quotes as
/// usual, no line ends inside quotes. `columns` of the data set says which column is user, item,
/// time and value; every other column that is numeric throughout can be a target's. A time is a
/// number of seconds since 1970 or ISO 8601 (UTC where no zone is named).

#include <vector>

#include "dataset/columns.h"
#include "import/source_files.h"
#include "task/experiment.h"

namespace assay {

/// Throws UserError with file and line: empty file, column missing or twice in the header, row with
/// more or fewer fields, bad number or time, empty id.
Dataset read_csv(const std::vector<SourceFile>& files, const DatasetSpec& dataset);

}  // namespace assay
