#pragma once

#include <cstdint>
#include <vector>

namespace assay::timing {

/// Arrivals of a Poisson process, in nanoseconds from its start, ascending: what independent users
/// send (open loop; scenario `server` of MLPerf LoadGen, Reddi et al. 2020).
///
/// Gap i is drawn from a hash of (seed, i), so that the first arrivals do not depend on how many
/// follow, and a seed gives the same ones on every machine.
/// @param rate_qps    above 0
/// @param duration_s  arrivals beyond it are left out; there may be none
std::vector<int64_t> poisson_arrivals(double rate_qps, double duration_s, uint64_t seed);

}  // namespace assay::timing
