#pragma once

#include <string>

#include "results/reader.h"

namespace assay::report {

/// What became of a run, and how many of its trials are done: "has ended: 8 of 8 trials are done",
/// "is still running (process 4711): ...", "was killed: ...".
std::string run_state(const results::Reader& reader, const results::RunInfo& run);

}  // namespace assay::report
