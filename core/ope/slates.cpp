#include "ope/slates.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "error/error.h"
#include "ope/bad_rows.h"
#include "ope/intervals.h"
#include "ope/limits.h"
#include "ope/overlap.h"
#include "ope/resample.h"
#include "ope/slate_terms.h"
#include "ope/units.h"
#include "stats/gathered.h"
#include "stats/moments.h"

namespace assay::ope {

namespace {

double sum_of_all(std::span<const double> values) {
  double sum = 0.0;
  for (const double x : values) sum += x;
  return sum;
}

WeightSummary summary_of_weights(std::span<const double> weights) {
  const stats::Moments moments = stats::moments_of(weights);
  double squares = 0.0;
  for (const double w : weights) squares += w * w;
  WeightSummary summary;
  if (weights.empty()) return summary;
  const double sum = sum_of_all(weights);
  summary.mean = moments.mean;
  summary.mean_error = std::sqrt(moments.variance_of_mean());
  summary.largest = std::ranges::max(weights);
  if (sum <= 0.0) return summary;
  summary.effective_size = sum * sum / squares;
  summary.largest_share = summary.largest / sum;
  return summary;
}

template <typename Number>
void require_lengths(const SlateColumns<Number>& slates) {
  const auto rows = static_cast<size_t>(slates.offsets.empty() ? 0 : slates.offsets.back());
  error::require(slates.reward.size() == rows, "a slate's rows have rewards");
  for (const auto& column : {slates.propensity, slates.policy, slates.item_propensity,
                             slates.item_policy, slates.q, slates.value}) {
    error::require(column.empty() || column.size() == rows,
                   "columns of slates are as long as reward");
  }
  const auto count = static_cast<size_t>(slates.slates());
  error::require(slates.cluster.empty() || slates.cluster.size() == count,
                 "every slate has a cluster");
  error::require(
      slates.pseudo_inverse_weight.empty() || slates.pseudo_inverse_weight.size() == count,
      "every slate has a weight");
}

template <typename Number>
void require_good_rows(const SlateColumns<Number>& slates, const Options& options) {
  BadRows bad;
  const RewardBounds bounds = bounds_of(options);
  for (int64_t s = 0; s < slates.slates(); ++s) {
    if (slates.offsets[s] < slates.offsets[s + 1]) continue;
    bad.note("a slate is empty", "leave it out", slates.first_row + slates.offsets[s], 0.0);
  }
  for (int64_t i = 0; i < std::ssize(slates.reward); ++i) {
    const int64_t row = slates.first_row + i;
    note_bad_reward(slates.reward[i], bounds, row, bad);
    if (!slates.propensity.empty()) note_bad_propensity(slates.propensity[i], row, bad);
    if (!slates.item_propensity.empty()) note_bad_propensity(slates.item_propensity[i], row, bad);
    if (!slates.policy.empty()) note_bad_policy(slates.policy[i], row, bad);
    if (!slates.item_policy.empty()) note_bad_policy(slates.item_policy[i], row, bad);
    if (!slates.q.empty()) note_bad_model("q", slates.q[i], row, bad);
    if (!slates.value.empty()) note_bad_model("value", slates.value[i], row, bad);
  }
  bad.throw_if_any(options.source);
}

/// Sums of slates by unit.
std::vector<double> by_unit(std::span<const double> values, std::span<const int64_t> places,
                            int64_t units) {
  std::vector<double> sums(static_cast<size_t>(units));
  for (size_t s = 0; s < values.size(); ++s) sums[places[s]] += values[s];
  return sums;
}

/// Slates by unit, and how they are resampled.
struct Units {
  std::vector<int64_t> places;
  int64_t count = 0;

  template <typename Number>
  explicit Units(const SlateColumns<Number>& slates) {
    Places numbering{true};
    const auto all = numbering.places(slates.cluster, static_cast<int>(slates.slates()));
    places.assign(all.begin(), all.end());
    count = numbering.units();
  }
};

/// sqrt(U / (U - 1) sum of e_u^2) / S of linearised parts.
double error_of(std::span<const double> parts, const Units& units) {
  double squares = 0.0;
  for (const double e : by_unit(parts, units.places, units.count)) squares += e * e;
  const auto count = static_cast<double>(units.count);
  return std::sqrt(squares * count / (count - 1.0)) / static_cast<double>(parts.size());
}

void add_bootstrap(PolicyEstimate& estimate, const SlateTerms& terms, const Units& units,
                   const Options& options) {
  if (units.count > stats::kHeldUpTo || options.bootstrap.resamples <= 0) return;
  std::vector<double> replicates(static_cast<size_t>(options.bootstrap.resamples), 0.0);
  for (size_t g = 0; g < terms.numerators.size(); ++g) {
    const auto above = by_unit(terms.numerators[g], units.places, units.count);
    const auto below = by_unit(terms.denominators[g], units.places, units.count);
    const auto ratios = resampled_ratios(above, below, options.bootstrap);
    for (size_t r = 0; r < replicates.size(); ++r) replicates[r] += ratios[r];
  }
  if (!std::ranges::all_of(replicates, [](double x) { return std::isfinite(x); })) {
    estimate.note = "no bootstrap interval: some resamples have no weight at all";
    return;
  }
  estimate.bootstrap = stats::BootstrapDistribution(std::move(replicates), *estimate.value)
                           .percentile(options.alpha);
}

/// Value and errors of terms. No value where a ratio has no weight.
void compute(PolicyEstimate& estimate, const SlateTerms& terms, const Units& units,
             const Options& options) {
  const auto n = static_cast<double>(terms.weights.size());
  std::vector<double> parts(terms.weights.size());
  double value = 0.0;
  for (size_t g = 0; g < terms.numerators.size(); ++g) {
    const double weight = sum_of_all(terms.denominators[g]);
    if (weight == 0.0) {
      estimate.reason = fmt::format("no overlap: all weights of place {} are 0", g + 1);
      return;
    }
    const double ratio = sum_of_all(terms.numerators[g]) / weight;
    value += ratio;
    for (size_t s = 0; s < parts.size(); ++s) {
      parts[s] += (terms.numerators[g][s] - ratio * terms.denominators[g][s]) * n / weight;
    }
  }
  estimate.value = value;
  if (units.count < 2) {
    estimate.note = "a single unit shows no spread";
    return;
  }
  estimate.standard_error = error_of(parts, units);
  add_bootstrap(estimate, terms, units, options);
  add_intervals(estimate, units.count, options);
}

/// The overlap of whole slates' weights, block by block as that of rounds.
template <typename Number>
Overlap overlap_of(const SlateColumns<Number>& slates, std::span<const double> weights,
                   std::span<const Number> propensity) {
  OverlapCount count(true);
  Block block{};
  for (size_t at = 0; at < weights.size(); at += kBlockRounds) {
    const auto part = weights.subspan(at, std::min<size_t>(kBlockRounds, weights.size() - at));
    std::ranges::copy(part, block.weight.begin());
    block.rounds = static_cast<int>(part.size());
    block.first_row = static_cast<int64_t>(at);
    BlockFacts facts;
    facts.largest_weight = std::ranges::max(part);
    // What a slate earned is not in the block: all count as rewarded.
    count.add(block, facts, std::numeric_limits<double>::quiet_NaN());
  }
  const WeightSummary summary = summary_of_weights(weights);
  Overlap overlap = count.overlap(&summary, std::ssize(weights));
  overlap.least_propensity = propensity.empty() ? 1.0 : std::ranges::min(propensity);
  overlap.largest_weight_row =
      slates.first_row + slates.offsets[static_cast<size_t>(overlap.largest_weight_row)];
  return overlap;
}

template <typename Number>
Overlap slate_overlap(const SlateColumns<Number>& slates) {
  for (const auto estimator : {SlateEstimator::standalone_ips, SlateEstimator::independent_ips}) {
    if (missing_slate_columns(estimator, slates)) continue;
    const bool whole = estimator == SlateEstimator::standalone_ips;
    return overlap_of(slates, slate_terms(estimator, slates).weights,
                      whole ? slates.propensity : slates.item_propensity);
  }
  Overlap overlap;
  overlap.rounds = slates.slates();
  return overlap;
}

stats::Estimate logged_rewards(std::span<const double> rewards, const Units& units, double alpha) {
  stats::Estimate logged;
  logged.n = std::ssize(rewards);
  logged.alpha = alpha;
  logged.method = "normal, by clusters";
  logged.value = stats::moments_of(rewards).mean;
  if (units.count < 2) {
    logged.reason = "a single unit shows no spread";
    return logged;
  }
  std::vector<double> parts(rewards.begin(), rewards.end());
  for (double& part : parts) part -= *logged.value;
  logged.interval = normal_interval(*logged.value, error_of(parts, units), alpha);
  return logged;
}

template <typename Number>
PolicyEstimate estimate_of(SlateEstimator estimator, const SlateColumns<Number>& slates,
                           const Overlap& overlap, const Units& units, const Options& options) {
  PolicyEstimate estimate;
  estimate.name = slate_estimator_name(estimator);
  if (const auto missing = missing_slate_columns(estimator, slates)) {
    estimate.reason = *missing;
    return estimate;
  }
  const SlateTerms terms = slate_terms(estimator, slates);
  estimate.weights = summary_of_weights(terms.weights);
  if (estimate.weights.largest <= 0.0) {
    estimate.reason =
        "no overlap: the policy gives none of the logged slates a probability above 0";
    return estimate;
  }
  compute(estimate, terms, units, options);
  Overlap own = overlap;
  own.weights = estimate.weights;
  own.largest_weight_row = 0;
  judge(estimate, own, options.limits);
  return estimate;
}

template <typename Number>
Evaluation evaluate_columns(const SlateColumns<Number>& slates,
                            std::span<const SlateEstimator> choices, const Options& options) {
  require_lengths(slates);
  require_good_rows(slates, options);
  Evaluation evaluation;
  evaluation.logged.alpha = options.alpha;
  if (slates.slates() == 0) {
    evaluation.logged.reason = "the log has no slates";
    for (const SlateEstimator estimator : choices) {
      PolicyEstimate& estimate = evaluation.estimates.emplace_back();
      estimate.name = slate_estimator_name(estimator);
      estimate.reason = evaluation.logged.reason;
    }
    return evaluation;
  }
  const Units units(slates);
  evaluation.clusters = units.count;
  evaluation.logged = logged_rewards(slate_rewards(slates), units, options.alpha);
  evaluation.overlap = slate_overlap(slates);
  for (const SlateEstimator estimator : choices) {
    evaluation.estimates.push_back(
        estimate_of(estimator, slates, evaluation.overlap, units, options));
  }
  return evaluation;
}

}  // namespace

Evaluation evaluate_slates(const Slates& slates, std::span<const SlateEstimator> choices,
                           const Options& options) {
  return evaluate_columns(slates, choices, options);
}

Evaluation evaluate_slates(const ExactSlates& slates, std::span<const SlateEstimator> choices,
                           const Options& options) {
  return evaluate_columns(slates, choices, options);
}

}  // namespace assay::ope
