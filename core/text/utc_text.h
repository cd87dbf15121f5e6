#pragma once

#include <cstdint>
#include <string>

namespace assay::text {

/// "2024-05-31 18:30:00 UTC", with six more digits where the time is no whole second.
/// @param time_us  microseconds since 1970, UTC, at least 0
std::string utc_text(int64_t time_us);

}  // namespace assay::text
