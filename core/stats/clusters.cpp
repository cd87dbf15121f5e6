#include "stats/clusters.h"

#include <unordered_map>
#include <unordered_set>

#include "error/error.h"
#include "stats/moments.h"

namespace assay::stats {

namespace {

/// Which place, in order of first values, each value's cluster has; and how many there are.
struct Places {
  std::vector<std::size_t> of_value;
  std::size_t clusters = 0;

  explicit Places(std::span<const std::int32_t> cluster) {
    std::unordered_map<std::int32_t, std::size_t> known;
    for (const std::int32_t id : cluster) {
      std::size_t at = clusters;
      if (id >= 0) at = known.try_emplace(id, at).first->second;
      clusters += at == clusters;
      of_value.push_back(at);
    }
  }
};

}  // namespace

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
  const Places places(cluster);
  std::vector<double> sums(places.clusters, 0.0);
  for (std::size_t i = 0; i < values.size(); ++i) sums[places.of_value[i]] += values[i] - mean;
  const double scale = static_cast<double>(sums.size()) / static_cast<double>(values.size());
  for (double& sum : sums) sum = mean + scale * sum;
  return sums;
}

std::vector<double> resampled_cluster_means(std::span<const double> values,
                                            std::span<const std::int32_t> cluster,
                                            const BootstrapOptions& options) {
  require(values.size() == cluster.size(), "every value has a cluster");
  const Places places(cluster);
  std::vector<double> sums(places.clusters, 0.0);
  std::vector<double> counts(places.clusters, 0.0);
  for (std::size_t i = 0; i < values.size(); ++i) {
    sums[places.of_value[i]] += values[i];
    counts[places.of_value[i]] += 1.0;
  }
  // Equal options draw equal clusters.
  std::vector<double> means = resampled_means(sums, options);
  const std::vector<double> sizes = resampled_means(counts, options);
  for (std::size_t r = 0; r < means.size(); ++r) means[r] /= sizes[r];
  return means;
}

}  // namespace assay::stats
