#pragma once

#include <cstdint>
#include <vector>

#include "pipeline/data_view.h"

namespace assay::timing {

/// Places of `count` requests of a window in logged order (by time, equal times by place), from the
/// start again where the log is shorter. The window has requests.
std::vector<int64_t> logged_requests(const pipeline::DataView& data, task::Window window,
                                     int64_t count);

}  // namespace assay::timing
