#include "report/summaries.h"

#include <cmath>

#include "report/paired_values.h"
#include "stats/mean.h"
#include "stats/seeds.h"

namespace assay::report {

namespace {

/// The mean of each seed over the requests that count.
std::vector<double> means_by_seed(const SeedValues& by_seed, const std::vector<double>& average) {
  std::vector<double> means;
  for (const std::vector<float>& values : by_seed) {
    double sum = 0;
    std::int64_t counted = 0;
    for (std::size_t r = 0; r < values.size(); ++r) {
      if (std::isnan(average[r])) continue;
      sum += values[r];
      ++counted;
    }
    if (counted > 0) means.push_back(sum / static_cast<double>(counted));
  }
  return means;
}

}  // namespace

SummaryRow summarise(const RunSamples& samples, const TrialGroup& group, const StageMetric& at,
                     std::span<const std::int32_t> users, double alpha) {
  return summarise_values(group, at, samples.values(group, at), users, alpha);
}

SummaryRow summarise_values(const TrialGroup& group, const StageMetric& at,
                            const SeedValues& by_seed, std::span<const std::int32_t> users,
                            double alpha) {
  const std::vector<double> average = stats::average_over_seeds(spans(by_seed));
  stats::Estimate estimate = stats::mean_interval(average, alpha);
  if (estimate.interval && !users.empty()) {
    estimate.interval = stats::mean_interval(by_user(average, users), alpha).interval;
  }
  SummaryRow row;
  row.variant = group.variant;
  row.dataset = group.dataset;
  row.fold = group.fold;
  row.stage = at.stage;
  row.definition = at.definition;
  row.cutoff = at.cutoff;
  row.mean = estimate.value;
  if (estimate.interval) {
    row.ci_low = estimate.interval->low;
    row.ci_high = estimate.interval->high;
  }
  row.requests = std::ssize(average);
  row.excluded_requests = estimate.excluded;
  if (!row.mean) row.reason = estimate.reason;
  if (!group.draws()) return row;
  row.seeds = std::ssize(by_seed);
  row.sd_over_seeds = stats::sd_over_seeds(means_by_seed(by_seed, average));
  return row;
}

std::vector<SummaryRow> summarise_all(const RunSamples& samples, const WantedColumn& wanted,
                                      double alpha) {
  std::vector<SummaryRow> rows;
  for (const TrialGroup& group : samples.groups()) {
    if (!group.complete) continue;
    const std::vector<std::int32_t> users = repeating_users(samples, group);
    for (const StageMetric& at : samples.columns(group)) {
      if (wanted(at)) rows.push_back(summarise(samples, group, at, users, alpha));
    }
  }
  return rows;
}

}  // namespace assay::report
