#pragma once

#include "results/connection.h"

namespace assay::results {

/// Adds the table-valued function `request_values(trial, metric, cutoff [, stage])` to a
/// connection: one row (request, value) for each request, value NULL where the request is excluded.
/// `metric` is a name or a full definition id, `stage` is `served` unless given; without a cutoff,
/// the whole list. A trial without these values has no rows; an unknown metric, or a cutoff that
/// the trial lacks, is an error that says what there is.
void register_request_values(const Connection& connection);

}  // namespace assay::results
