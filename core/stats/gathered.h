#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "stats/moments.h"
#include "stats/pair_moments.h"

namespace assay::stats {

/// Up to this many numbers (requests, or users) a sample is held, so that it can be resampled; of a
/// larger one the moments are known, which is all that the tests of large samples look at.
inline constexpr int64_t kHeldUpTo = 20'000;

/// How the values of one cluster (requests of one user) stand among the others.
enum class ClusterOrder {
  apart,      ///< every value is a cluster of its own
  together,   ///< one after the other
  scattered,  ///< anywhere; what is held grows with the number of clusters
};

/// A sample as tests look at it.
struct Gathered {
  Moments moments;                 ///< n is 0 where `reason` says why
  std::optional<double> constant;  ///< what all are equal to; absent where they differ
  std::vector<double> values;      ///< in order; none where there are more than were to be held
  int64_t excluded = 0;            ///< NaN: "no data"
  std::string reason;              ///< as Usable::reason
};

/// A sample that comes value by value: its moments, and the values while they are few. With
/// clusters the sample is one number a cluster, such that their mean is the mean m of the values
/// and the spread of that mean follows from the clusters, which are independent where the values
/// within one are not: m + U/n * sum over the cluster's values of (x - m), the linearised ratio
/// estimator (Cochran 1977, section 9A.2; Deng, Lu & Litz 2017 for online experiments). U clusters,
/// n values. The numbers come in the order of each cluster's first value.
///
/// The same values in the same order give the same bits, in however many calls they came.
class Gathering {
 public:
  explicit Gathering(ClusterOrder order = ClusterOrder::apart, int64_t hold = kHeldUpTo)
      : order_(order), hold_(hold) {}

  /// @param cluster  a negative id stands alone; not looked at where clusters are kApart
  void add(double value, int32_t cluster = -1);
  Gathered gathered() const;

 private:
  /// One cluster: the sum of what its values lie above the sample's first, and how many they are.
  struct Unit {
    double sum = 0.0, count = 0.0;
  };
  Unit& unit_of(int32_t cluster);
  std::string problem() const;
  Gathered of_values() const;
  Gathered of_units() const;

  ClusterOrder order_;
  int64_t hold_;
  int64_t n_ = 0, excluded_ = 0, infinite_ = 0;
  double first_ = 0.0;
  RunningMoments running_;      ///< of the values
  std::vector<double> values_;  ///< while they are held
  std::vector<Unit> units_;     ///< all, or those since `spilled_` took the others in
  RunningPairMoments spilled_;  ///< sum and count of units that are not held any more
  bool has_spilled_ = false;
  int32_t last_ = -1;
  std::unordered_map<int32_t, size_t> places_;  ///< kScattered: of each cluster's unit
};

}  // namespace assay::stats
