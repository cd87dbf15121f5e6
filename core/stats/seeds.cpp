#include "stats/seeds.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>

#include "stats/moments.h"

namespace assay::stats {

namespace {

std::string problem_of(ValuesBySeed baseline, ValuesBySeed variant) {
  if (baseline.empty() || variant.empty()) {
    return fmt::format("the {} has no finished seed", baseline.empty() ? "baseline" : "variant");
  }
  const size_t n = baseline.front().size();
  for (const ValuesBySeed& side : {baseline, variant}) {
    for (const auto& values : side) {
      if (values.size() == n) continue;
      return fmt::format("one seed has {} values and another {}; pairs need the same requests", n,
                         values.size());
    }
  }
  return "";
}

/// The sum of two independent components; degrees of freedom by Satterthwaite.
std::optional<VarianceComponent> sum(std::optional<VarianceComponent> a,
                                     std::optional<VarianceComponent> b) {
  if (!a || !b) return a ? a : b;
  const double total = a->variance_of_mean + b->variance_of_mean;
  if (total == 0.0) return VarianceComponent{0.0, a->degrees_of_freedom + b->degrees_of_freedom};
  const double spread = a->variance_of_mean * a->variance_of_mean / a->degrees_of_freedom +
                        b->variance_of_mean * b->variance_of_mean / b->degrees_of_freedom;
  return VarianceComponent{total, total * total / spread};
}

/// Fills `by_seed` with the values of request r, and averages them; NaN where any seed has none.
double mean_of_request(ValuesBySeed values, size_t r, std::span<double> by_seed) {
  double mean = 0.0;
  for (size_t s = 0; s < values.size(); ++s) {
    by_seed[s] = static_cast<double>(values[s][r]);
    mean += by_seed[s];
  }
  return mean / static_cast<double>(values.size());
}

}  // namespace

std::vector<double> average_over_seeds(ValuesBySeed values) {
  if (values.empty()) return {};
  std::vector<double> average(values.front().size(), 0.0);
  for (size_t r = 0; r < average.size(); ++r) {
    for (const auto& seed : values) {
      average[r] +=
          r < seed.size() ? static_cast<double>(seed[r]) : std::numeric_limits<double>::quiet_NaN();
    }
    average[r] /= static_cast<double>(values.size());
  }
  return average;
}

void SeedSpread::add(std::span<const double> by_seed) {
  if (by_seed.size() < static_cast<size_t>(kSeedsForVariance)) return;
  ++n_;
  double mean = 0.0;
  for (const double value : by_seed) mean += value;
  mean /= static_cast<double>(by_seed.size());
  double* const sums = sums_.data();
  double within = within_;  // a member would be stored and read again for every seed
  for (size_t s = 0; s < by_seed.size(); ++s) {
    sums[s] += by_seed[s];
    within += (by_seed[s] - mean) * (by_seed[s] - mean);
  }
  within_ = within;
}

// The squares about the means of the requests are those of the seeds and the rest.
std::optional<VarianceComponent> SeedSpread::component() const {
  const auto seeds = static_cast<double>(sums_.size());
  const auto n = static_cast<double>(n_);
  if (n_ < 2) return std::nullopt;
  std::vector<double> means;
  for (const double sum : sums_) means.push_back(sum / n);
  const double mean_square_seeds = n * moments_of(means).variance;
  const double rest = std::max(0.0, within_ - (seeds - 1.0) * mean_square_seeds);
  const double mean_square_rest = rest / ((n - 1.0) * (seeds - 1.0));
  return VarianceComponent{std::max(0.0, (mean_square_seeds - mean_square_rest) / (n * seeds)),
                           seeds - 1.0};
}

SeedPairing::SeedPairing(size_t baseline_seeds, size_t variant_seeds, ClusterOrder order,
                         int64_t hold)
    : differences_(order, hold),
      pairs_(baseline_seeds),
      from_spread_(baseline_seeds),
      to_spread_(variant_seeds),
      from_(baseline_seeds),
      to_(variant_seeds),
      clustered_(order != ClusterOrder::apart) {}

void SeedPairing::add(ValuesBySeed baseline, ValuesBySeed variant,
                      std::span<const int32_t> cluster) {
  const size_t requests = baseline.empty() ? 0 : baseline.front().size();
  requests_ += static_cast<int64_t>(requests);
  for (size_t r = 0; r < requests; ++r) {
    const double before = mean_of_request(baseline, r, from_);
    const double difference = mean_of_request(variant, r, to_) - before;
    differences_.add(difference, clustered_ ? cluster[r] : -1);
    if (std::isnan(difference)) continue;
    ++n_;
    baseline_sum_ += before;
    if (in_pairs()) {
      for (size_t s = 0; s < to_.size(); ++s) to_[s] -= from_[s];
      pairs_.add(to_);
    } else {
      from_spread_.add(from_);
      to_spread_.add(to_);
    }
  }
}

PairedSample SeedPairing::sample() const {
  PairedSample sample = paired_sample(differences_.gathered());
  if (sample.n() == 0) return sample;
  sample.seeds =
      in_pairs() ? pairs_.component() : sum(from_spread_.component(), to_spread_.component());
  return sample;
}

std::optional<double> SeedPairing::baseline_mean() const {
  if (n_ == 0) return std::nullopt;
  return baseline_sum_ / static_cast<double>(n_);
}

PairedSample pair_up_seeds(ValuesBySeed baseline, ValuesBySeed variant) {
  PairedSample sample;
  sample.reason = problem_of(baseline, variant);
  if (!sample.reason.empty()) return sample;
  SeedPairing pairing(baseline.size(), variant.size(), ClusterOrder::apart,
                      std::ssize(baseline.front()));
  pairing.add(baseline, variant);
  return pairing.sample();
}

}  // namespace assay::stats
