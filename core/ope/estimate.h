#pragma once

/// What is said of a policy: its value by each estimator, with intervals, and whether the log can
/// carry it.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "stats/estimate.h"

namespace assay::ope {

/// The weights that an estimator really uses (clipped, shrunk, ...).
struct WeightSummary {
  double effective_size = 0.0;  ///< (sum w)^2 / sum w^2 (Kish 1965); 0 where all weights are 0
  double largest = 0.0;
  double largest_share = 0.0;  ///< largest / sum w
  double mean = 0.0;           ///< 1 for weights that are not clipped, up to chance
  double mean_error = 0.0;     ///< standard error of `mean`
};

/// The value of the policy per round by one estimator.
///
/// No number is ever NaN or infinite. Where `value` is absent, `reason` says why. Where it is there
/// but `valid` is false, the log does not carry it (see Limits): show the reason, not the number.
struct PolicyEstimate {
  std::string name;  ///< estimator_name or slate_estimator_name: "switch_dr"
  std::optional<double> value;
  std::optional<double> standard_error;  ///< delta method for ratios; by clusters where given
  /// The same with mean weights taken as known and rounds as independent: what obp prints.
  std::optional<double> plain_standard_error;
  std::optional<stats::Interval> normal;
  std::optional<stats::Interval> bootstrap;  ///< percentile, of whole clusters
  std::optional<stats::Interval> bernstein;  ///< empirical Bernstein; holds for every n
  std::optional<stats::Interval> sequence;   ///< always valid: for repeated looks
  std::optional<double> parameter;           ///< clip, threshold or lambda; infinity is not shown
  bool tuned = false;                        ///< `parameter` was chosen by SLOPE
  bool unlimited = false;                    ///< the parameter is infinite: weights are as they are
  WeightSummary weights;
  bool valid = false;
  std::string reason;  ///< why it is invalid or absent; empty where it is valid
  std::string note;    ///< what a reader must know: of absent intervals, of what is not covered
};

inline constexpr int kOverlapBins = 32;

/// How the judged policy lies over the log, by the unchanged weights w = pi / mu.
struct Overlap {
  int64_t rounds = 0;
  WeightSummary weights;
  int64_t largest_weight_row = 0;  ///< row of the largest weight; 0 without rounds
  double least_propensity = 0.0;   ///< of all rounds
  double unused_share = 0.0;       ///< rounds with w = 0: the policy would never act so
  /// Mean probability that the policy gives to actions outside of the log's support: the mean of
  /// the column; without one 1 - mean weight where that is more than chance, else 0.
  double outside_share = 0.0;
  bool outside_is_known = false;  ///< by the column
  /// Rounds by weight, for a picture: bin 0 holds w < 2^-15, bin b >= 1 holds
  /// 2^(b - 16) <= w < 2^(b - 15), the last one everything above. w = 0 is not in it.
  std::array<int64_t, kOverlapBins> histogram{};
  /// The share of all weight that lies in bins above that of the heaviest round with a reward other
  /// than 0: of what the policy earns there nothing has been seen. 0 without the histogram.
  double unrewarded_share = 0.0;
};

/// The lower end of bin b >= 1 of Overlap::histogram.
double overlap_bin_low(int bin);

struct Evaluation {
  stats::Estimate logged;  ///< mean reward of the log itself, normal interval
  int64_t clusters = 0;    ///< independent units: clusters, or rounds
  Overlap overlap;
  std::vector<PolicyEstimate> estimates;  ///< in the order asked for
};

}  // namespace assay::ope
