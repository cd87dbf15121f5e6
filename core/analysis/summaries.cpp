#include "analysis/summaries.h"

#include <cmath>

#include "analysis/paired_values.h"
#include "stats/mean.h"
#include "stats/seeds.h"

namespace assay::analysis {

Summarising::Summarising(size_t seeds, stats::ClusterOrder order, int64_t hold)
    : values_(stats::ClusterOrder::apart, hold),
      by_user_(order, 0),
      clustered_(order != stats::ClusterOrder::apart),
      sums_(seeds, 0.0) {}

void Summarising::add(const SeedValues& by_seed, std::span<const int32_t> users) {
  const std::vector<double> average = stats::average_over_seeds(spans(by_seed));
  for (size_t r = 0; r < average.size(); ++r) {
    values_.add(average[r]);
    if (std::isnan(average[r])) continue;
    if (clustered_) by_user_.add(average[r], users[r]);
    for (size_t s = 0; s < sums_.size(); ++s) sums_[s] += by_seed[s][r];
    ++counted_;
  }
  requests_ += std::ssize(average);
}

results::SummaryRow Summarising::row(const TrialGroup& group, const results::StageMetric& at,
                                     double alpha) const {
  stats::Estimate estimate = stats::mean_interval(values_.gathered(), alpha);
  if (estimate.interval && clustered_) {
    estimate.interval = stats::mean_interval(by_user_.gathered(), alpha).interval;
  }
  results::SummaryRow row;
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
  row.requests = requests_;
  row.excluded_requests = estimate.excluded;
  if (!row.mean) row.reason = estimate.reason;
  if (!group.draws()) return row;
  row.seeds = std::ssize(sums_);
  std::vector<double> means;
  for (const double sum : sums_) {
    if (counted_ > 0) means.push_back(sum / static_cast<double>(counted_));
  }
  row.sd_over_seeds = stats::sd_over_seeds(means);
  return row;
}

namespace {

results::SummaryRow summarise(const RunSamples& samples, const TrialGroup& group,
                              const results::StageMetric& at, const GroupUsers& users,
                              double alpha) {
  const Column column(samples.reader(), group, at);
  Summarising summarising(column.seeds(), users.order());
  for (const RequestRange& range : column.ranges())
    summarising.add(column.read(range), users.read(range));
  return summarising.row(group, at, alpha);
}

}  // namespace

std::vector<results::SummaryRow> summarise_all(const RunSamples& samples,
                                               const WantedColumn& wanted, double alpha) {
  std::vector<results::SummaryRow> rows;
  for (const TrialGroup& group : samples.groups()) {
    if (!group.complete) continue;
    const GroupUsers users(samples.reader(), group);
    for (const results::StageMetric& at : samples.columns(group)) {
      if (wanted(at)) rows.push_back(summarise(samples, group, at, users, alpha));
    }
  }
  return rows;
}

}  // namespace assay::analysis
