#pragma once

#include "results/trial_rows.h"
#include "task/experiment.h"

namespace assay::worker {

/// The machine and build that make a part's numbers.
results::HostFacts host_facts(const task::NumericSpec& numeric);

/// Most memory this process has held so far, in bytes, as the system counts it (see
/// worker_peak_bytes in worker/fit_memory.h).
int64_t peak_memory_bytes();

}  // namespace assay::worker
