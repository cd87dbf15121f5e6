#include "stats/clusters.h"

#include <unordered_map>
#include <unordered_set>

#include "error/error.h"
#include "stats/moments.h"

namespace assay::stats {

bool has_repeats(std::span<const std::int32_t> cluster) {
  std::unordered_set<std::int32_t> seen;
  for (const std::int32_t id : cluster) {
    if (id >= 0 && !seen.insert(id).second) return true;
  }
  return false;
}

std::vector<double> by_cluster(std::span<const double> values,
                               std::span<const std::int32_t> cluster) {
  require(values.size() == cluster.size(), "every value has a cluster");
  if (values.empty()) return {};
  const double mean = moments_of(values).mean;
  std::vector<double> sums;
  std::unordered_map<std::int32_t, std::size_t> place;
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::size_t at = sums.size();
    if (cluster[i] >= 0) at = place.try_emplace(cluster[i], at).first->second;
    if (at == sums.size()) sums.push_back(0.0);
    sums[at] += values[i] - mean;
  }
  const double scale = static_cast<double>(sums.size()) / static_cast<double>(values.size());
  for (double& sum : sums) sum = mean + scale * sum;
  return sums;
}

}  // namespace assay::stats
