#include "greedy_determinant.h"

#include <algorithm>

#include "lazy_determinant.h"
#include "window_determinant.h"

namespace assay::dpp {

std::unique_ptr<GreedyDeterminant> GreedyDeterminant::of(const Kernel& kernel,
                                                         extra::CandidateSimilarity& similarity) {
  if (kernel.window > 0) return std::make_unique<WindowDeterminant>(kernel, similarity);
  return std::make_unique<LazyDeterminant>(kernel, similarity);
}

int64_t pick_by_determinant(std::span<const int64_t> items, std::span<const double> log_quality,
                            GreedyDeterminant& greedy, std::span<int64_t> place) {
  const size_t wanted = std::min(items.size(), place.size());
  std::vector<bool> taken(items.size(), false);
  greedy.begin(items, log_quality, static_cast<int64_t>(wanted));
  size_t filled = 0;
  while (filled < wanted) {
    const int64_t next = greedy.next().place;
    if (next < 0) break;
    place[filled++] = next;
    taken[next] = true;
  }
  const auto picked = static_cast<int64_t>(filled);
  for (size_t i = 0; filled < wanted; ++i)
    if (!taken[i]) place[filled++] = static_cast<int64_t>(i);
  return picked;
}

}  // namespace assay::dpp
