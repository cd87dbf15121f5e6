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

/// Values by seed and request, of the requests that are used.
using Table = std::vector<std::vector<double>>;

std::string problem_of(ValuesBySeed baseline, ValuesBySeed variant) {
  if (baseline.empty() || variant.empty()) {
    return fmt::format("the {} has no finished seed", baseline.empty() ? "baseline" : "variant");
  }
  const std::size_t n = baseline.front().size();
  for (const ValuesBySeed& side : {baseline, variant}) {
    for (const auto& values : side) {
      if (values.size() == n) continue;
      return fmt::format("one seed has {} values and another {}; pairs need the same requests", n,
                         values.size());
    }
  }
  return "";
}

Table rows_of(ValuesBySeed side, std::span<const std::size_t> requests) {
  Table table;
  for (const auto& values : side) {
    auto& row = table.emplace_back();
    row.reserve(requests.size());
    for (std::size_t request : requests) row.push_back(static_cast<double>(values[request]));
  }
  return table;
}

std::vector<double> mean_row(const Table& table) {
  std::vector<double> mean(table.front().size(), 0.0);
  for (const auto& row : table) {
    for (std::size_t r = 0; r < row.size(); ++r) mean[r] += row[r];
  }
  for (double& value : mean) value /= static_cast<double>(table.size());
  return mean;
}

Table difference(Table variant, const Table& baseline) {
  for (std::size_t s = 0; s < variant.size(); ++s) {
    for (std::size_t r = 0; r < variant[s].size(); ++r) variant[s][r] -= baseline[s][r];
  }
  return variant;
}

/// var(S)/S of a table of seeds x requests, by the mean squares of the header.
std::optional<VarianceComponent> seed_component(const Table& table) {
  const auto seeds = static_cast<double>(table.size());
  const auto n = static_cast<double>(table.front().size());
  if (table.size() < static_cast<std::size_t>(kSeedsForVariance) || n < 2.0) return std::nullopt;

  const std::vector<double> by_request = mean_row(table);
  std::vector<double> by_seed;
  for (const auto& row : table) by_seed.push_back(moments_of(row).mean);
  const Moments over_seeds = moments_of(by_seed);
  double residual = 0.0;
  for (std::size_t s = 0; s < table.size(); ++s) {
    for (std::size_t r = 0; r < by_request.size(); ++r) {
      const double rest = table[s][r] - by_request[r] - by_seed[s] + over_seeds.mean;
      residual += rest * rest;
    }
  }
  const double mean_square_seeds = n * over_seeds.variance;
  const double mean_square_rest = residual / ((n - 1.0) * (seeds - 1.0));
  return VarianceComponent{std::max(0.0, (mean_square_seeds - mean_square_rest) / (n * seeds)),
                           seeds - 1.0};
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

}  // namespace

std::vector<double> average_over_seeds(ValuesBySeed values) {
  if (values.empty()) return {};
  std::vector<double> average(values.front().size(), 0.0);
  for (std::size_t r = 0; r < average.size(); ++r) {
    for (const auto& seed : values) {
      average[r] +=
          r < seed.size() ? static_cast<double>(seed[r]) : std::numeric_limits<double>::quiet_NaN();
    }
    average[r] /= static_cast<double>(values.size());
  }
  return average;
}

PairedSample pair_up_seeds(ValuesBySeed baseline, ValuesBySeed variant) {
  PairedSample sample;
  sample.reason = problem_of(baseline, variant);
  if (!sample.reason.empty()) return sample;

  const std::vector<double> baseline_mean = average_over_seeds(baseline);
  const std::vector<double> variant_mean = average_over_seeds(variant);
  sample = pair_up(std::span<const double>(baseline_mean), std::span<const double>(variant_mean));
  if (sample.differences.empty()) return sample;

  std::vector<std::size_t> used;
  for (std::size_t r = 0; r < baseline_mean.size(); ++r) {
    if (!std::isnan(variant_mean[r] - baseline_mean[r])) used.push_back(r);
  }
  const Table baseline_rows = rows_of(baseline, used);
  const Table variant_rows = rows_of(variant, used);
  if (baseline.size() == variant.size()) {
    sample.seeds = seed_component(difference(variant_rows, baseline_rows));
  } else {
    sample.seeds = sum(seed_component(baseline_rows), seed_component(variant_rows));
  }
  return sample;
}

}  // namespace assay::stats
