#include "metrics/random_value.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "error/error.h"

namespace assay::metrics {
namespace {

using rules::HitRule;
using rules::HitWeight;

double log_choose(int64_t n, int64_t k) {
  return std::lgamma(static_cast<double>(n + 1)) - std::lgamma(static_cast<double>(k + 1)) -
         std::lgamma(static_cast<double>(n - k + 1));
}

/// The sum of the weights of hits on average over all sets of so many ranks.
class MeanSum {
 public:
  MeanSum(const HitRule& rule, int64_t places) : rule_(rule), places_(places) {
    for (int64_t r = 1; r <= places; ++r) {
      const auto rank = static_cast<double>(r);
      const double first = rules::weight_at(rule, rank, 1);
      weights_.push_back(first);
      sum_ += first;
      if (places > 1)  // hits_over_rank is linear in the number of the hit
        slope_ += (rules::weight_at(rule, rank, 2) - first) * (rank - 1) /
                  static_cast<double>(places - 1);
    }
  }

  double of(int64_t hits) const {
    if (rule_.weight == HitWeight::first || rule_.weight == HitWeight::first_over_rank)
      return of_first(hits);
    const auto n = static_cast<double>(places_), h = static_cast<double>(hits);
    const double more = rule_.weight == HitWeight::hits_over_rank ? (h - 1) * slope_ : 0.0;
    return h / n * (sum_ + more);
  }

 private:
  /// Of the first hit alone: at rank r with the probability that none stands before and one there.
  double of_first(int64_t hits) const {
    const auto h = static_cast<double>(hits);
    double none_before = 1, sum = 0;
    for (int64_t r = 1; r <= places_ && none_before > 0; ++r) {
      const double here = std::min(1.0, h / static_cast<double>(places_ - r + 1));
      sum += none_before * here * weights_[static_cast<size_t>(r - 1)];
      none_before *= 1 - here;
    }
    return sum;
  }

  const HitRule& rule_;
  int64_t places_;
  std::vector<double> weights_;  // of a first hit, by rank
  double sum_ = 0, slope_ = 0;
};

}  // namespace

double value_at_random(const HitRule& rule, int64_t among, int64_t relevant, int64_t shown,
                       int64_t cutoff) {
  error::require(relevant >= 1 && relevant <= among && shown <= among,
                 "what is relevant and what is shown are parts of the same items");
  const int64_t places = std::min(shown, cutoff);
  const int64_t least = std::max<int64_t>(1, relevant - (among - places));
  const MeanSum sums(rule, places);
  const double all = log_choose(among, places);
  // The norm of a discount does not depend on the hits.
  const double ideal =
      rules::is_discount(rule.weight)
          ? rules::weight_of_best(rule, rules::norm_count(rule.norm, relevant, cutoff, 1))
          : 0.0;
  double mean = 0;
  for (int64_t hits = least; hits <= std::min(relevant, places); ++hits) {
    const double chance =
        std::exp(log_choose(relevant, hits) + log_choose(among - relevant, places - hits) - all);
    const double norm =
        ideal > 0 ? ideal
                  : static_cast<double>(rules::norm_count(rule.norm, relevant, cutoff, hits));
    mean += chance * sums.of(hits) / norm;
  }
  return mean;
}

double value_of_ideal(const HitRule& rule, int64_t relevant, int64_t shown, int64_t cutoff) {
  const std::vector<char> hits(static_cast<size_t>(std::min({relevant, shown, cutoff})), 1);
  return rules::value_of(rule, hits, relevant, cutoff);
}

}  // namespace assay::metrics
