#pragma once

#include <assay/batch.h>

#include "results/reader.h"

namespace assay::worker {

/// Served lists that were kept, as they were served, on the CPU.
CandidateBatch lists_of(const results::Slates& slates);

}  // namespace assay::worker
