#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "stats/bootstrap.h"

namespace assay::stats {

/// Whether some cluster holds more than one value, so that values are not independent.
/// @param cluster  one id a value; a negative id stands alone
bool has_repeats(std::span<const std::int32_t> cluster);

/// One number a cluster, such that their mean is the mean m of the values and the spread of that
/// mean follows from the clusters, which are independent where the values within one are not
/// (several requests of one user): m + U/n * sum over the cluster's values of (x - m), the
/// linearised ratio estimator (Cochran 1977, section 9A.2; Deng, Lu & Litz 2017 for online
/// experiments). U clusters, n values.
///
/// In order of each cluster's first value. Where every cluster has one value, the values
/// themselves, up to rounding.
/// @param values   finite, n of them
/// @param cluster  [n]; a negative id stands alone. Another length is an InternalError
std::vector<double> by_cluster(std::span<const double> values,
                               std::span<const std::int32_t> cluster);

/// The means of resamples of whole clusters: each draws U clusters with replacement and divides the
/// sum of their values by the number of their values (Davison & Hinkley 1997, section 3.8). The
/// replicates of a bootstrap clustered by user.
/// @param values, cluster  as by_cluster; none gives no means
std::vector<double> resampled_cluster_means(std::span<const double> values,
                                            std::span<const std::int32_t> cluster,
                                            const BootstrapOptions& options);

}  // namespace assay::stats
