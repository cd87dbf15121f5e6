#include "stats/clusters.h"

#include <unordered_map>
#include <unordered_set>

#include "error/error.h"

namespace assay::stats {

namespace {

/// Which place, in order of first values, each value's cluster has; and how many there are.
struct Places {
  std::vector<size_t> of_value;
  size_t clusters = 0;

  explicit Places(std::span<const int32_t> cluster) {
    std::unordered_map<int32_t, size_t> known;
    for (const int32_t id : cluster) {
      size_t at = clusters;
      if (id >= 0) at = known.try_emplace(id, at).first->second;
      clusters += at == clusters;
      of_value.push_back(at);
    }
  }
};

}  // namespace

ClusterOrder cluster_order(const ClusterIds& ids) {
  int32_t last = -1;
  bool ascends = true;
  bool repeats = false;
  ids([&](std::span<const int32_t> some) {
    for (const int32_t id : some) {
      if (id < 0) continue;
      ascends = ascends && id >= last;
      repeats = repeats || id == last;
      last = id;
    }
  });
  if (ascends) return repeats ? ClusterOrder::together : ClusterOrder::apart;
  std::unordered_set<int32_t> seen;
  ids([&](std::span<const int32_t> some) {
    for (const int32_t id : some) {
      if (!repeats) repeats = id >= 0 && !seen.insert(id).second;
    }
  });
  return repeats ? ClusterOrder::scattered : ClusterOrder::apart;
}

std::vector<double> by_cluster(std::span<const double> values, std::span<const int32_t> cluster) {
  error::require(values.size() == cluster.size(), "every value has a cluster");
  Gathering gathering(ClusterOrder::scattered, std::ssize(values));
  for (size_t i = 0; i < values.size(); ++i) gathering.add(values[i], cluster[i]);
  return gathering.gathered().values;
}

std::vector<double> resampled_cluster_means(std::span<const double> values,
                                            std::span<const int32_t> cluster,
                                            const BootstrapOptions& options) {
  error::require(values.size() == cluster.size(), "every value has a cluster");
  const Places places(cluster);
  std::vector<double> sums(places.clusters, 0.0);
  std::vector<double> counts(places.clusters, 0.0);
  for (size_t i = 0; i < values.size(); ++i) {
    sums[places.of_value[i]] += values[i];
    counts[places.of_value[i]] += 1.0;
  }
  // Equal options draw equal clusters.
  std::vector<double> means = resampled_means(sums, options);
  const std::vector<double> sizes = resampled_means(counts, options);
  for (size_t r = 0; r < means.size(); ++r) means[r] /= sizes[r];
  return means;
}

}  // namespace assay::stats
