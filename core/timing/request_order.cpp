#include "timing/request_order.h"

#include <algorithm>
#include <numeric>

#include "error/error.h"

namespace assay::timing {

std::vector<int64_t> logged_requests(const pipeline::DataView& data, task::Window window,
                                     int64_t count) {
  const auto times = data.prepared().requests(window).time_us;
  error::require(!times.empty(), "a timed window has requests");
  std::vector<int64_t> order(times.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, {}, [&](int64_t row) { return times[row]; });
  std::vector<int64_t> out;
  for (int64_t i = 0; i < count; ++i) out.push_back(order[i % order.size()]);
  return out;
}

}  // namespace assay::timing
