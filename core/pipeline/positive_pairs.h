#pragma once

#include <assay/batch.h>

namespace assay::pipeline {

/// Makes `by_user` and `by_item` of a view whose other fields are there and on the CPU. What it
/// holds beside them is 8 bytes an item and 8 a user, whatever the number of events.
void group_positives(TrainingView& view);

}  // namespace assay::pipeline
