#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ab/design.h"
#include "stats/moments.h"
#include "stats/pair_moments.h"

namespace assay::ab {

/// What the tests look at of one metric of the units of one arm.
struct Cell {
  stats::Moments moments;   ///< of the metric; of a ratio of its numerator. All units that have it
  stats::PairMoments pair;  ///< CUPED: before and metric; ratio: numerator and denominator
  std::vector<double> values;   ///< quantile alone
  int64_t missing = 0;          ///< units without the metric (or, of a ratio, either number)
  int64_t without_before = 0;   ///< units that have the metric and no value before
  bool constant = false;        ///< all are equal
  bool zeros_and_ones = false;  ///< all are 0 or 1, and there are some
};

/// Numbers of one metric, row by row; NaN is missing.
struct Numbers {
  std::span<const double> metric;
  std::span<const double>
      other;  ///< of a ratio its denominator, of CUPED the time before; or empty
};

/// One metric of all units of a log, gathered arm by arm and group by group (all, a slice, a day),
/// whose rows are not kept. The same rows in the same order give the same bits.
class MetricGathering {
 public:
  MetricGathering(const Metric& metric, size_t groups, size_t arms);

  /// @param group  of each row, from 0; @param arm  of each row, -1: left out. Finite or NaN
  void add(const Numbers& numbers, std::span<const int32_t> group, std::span<const int16_t> arm);
  /// Makes room for groups that were not there at first.
  void grow(size_t groups);
  Cell cell(size_t group, size_t arm) const;

 private:
  struct Sums {
    stats::RunningMoments moments;
    stats::RunningPairMoments pair;
    std::vector<double> values;
    int64_t missing = 0, without_before = 0;
    bool others = false;  ///< than 0 and 1
  };
  void add_plain(const Numbers& numbers, std::span<const int32_t> group,
                 std::span<const int16_t> arm);
  void add_pair(double metric, double other, Sums& sums) const;

  MetricKind kind_;
  bool has_before_;
  size_t arms_;
  std::vector<Sums> sums_;
};

}  // namespace assay::ab
