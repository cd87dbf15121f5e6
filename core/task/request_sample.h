#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace assay::task {

/// Number of requests of a trial for which the lists of every stage are stored.
inline constexpr int64_t kSampledRequests = 50;

/// Places in a request set of `all` requests, ascending: evenly spaced, so that they are an
/// unbiased sample, and the same for every trial on it.
inline std::vector<int64_t> sampled_requests(int64_t all) {
  const int64_t count = std::min(kSampledRequests, all);
  std::vector<int64_t> places;
  for (int64_t i = 0; i < count; ++i) places.push_back(i * all / count);
  return places;
}

}  // namespace assay::task
