#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "stats/bootstrap.h"
#include "stats/gathered.h"

namespace assay::stats {

/// Calls back with one id a value, in order, some at a time; the same ones each time it is called.
using ClusterIds = std::function<void(const std::function<void(std::span<const int32_t>)>&)>;

/// How clusters stand among the values: kApart where none holds more than one, so that values are
/// independent. Ids that ascend are read once and nothing of them is held; others are read twice,
/// and each is held once.
/// @param ids  a negative id stands alone
ClusterOrder cluster_order(const ClusterIds& ids);

/// One number a cluster, as Gathering makes them of values that are scattered over their clusters.
/// Where every cluster has one value, the values themselves, up to rounding.
/// @param values   finite, n of them
/// @param cluster  [n]; a negative id stands alone. Another length is an InternalError
std::vector<double> by_cluster(std::span<const double> values, std::span<const int32_t> cluster);

/// The means of resamples of whole clusters: each draws U clusters with replacement and divides the
/// sum of their values by the number of their values (Davison & Hinkley 1997, section 3.8). The
/// replicates of a bootstrap clustered by user.
/// @param values, cluster  as by_cluster; none gives no means
std::vector<double> resampled_cluster_means(std::span<const double> values,
                                            std::span<const int32_t> cluster,
                                            const BootstrapOptions& options);

}  // namespace assay::stats
