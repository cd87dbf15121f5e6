#include "report/power_forecast.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <ranges>

#include "analysis/paired_values.h"
#include "analysis/run_samples.h"
#include "metric_catalog/metric_definition.h"
#include "report/numbers.h"
#include "stats/power.h"
#include "text/counted.h"
#include "text/thousands.h"

namespace assay::report {

namespace {

struct EarlierTrials {
  std::map<std::string, analysis::TrialGroup> by_variant;
  analysis::GroupUsers users;
};

/// The newest complete trials of each variant on these requests.
EarlierTrials earlier_trials(const results::Reader& reader,
                             const std::vector<std::string>& request_sets,
                             const results::StageMetric& at) {
  EarlierTrials earlier;
  const std::vector<results::RunInfo> runs = reader.runs();
  for (const results::RunInfo& run : runs | std::views::reverse) {
    const analysis::RunSamples samples(reader, run.run_id);
    for (const analysis::TrialGroup& group : samples.groups()) {
      if (group.fold != "all" || !group.complete || group.request_sets != request_sets) continue;
      if (earlier.by_variant.contains(group.variant)) continue;
      if (!std::ranges::binary_search(samples.columns(group), at)) continue;
      if (earlier.by_variant.empty()) earlier.users = analysis::GroupUsers(reader, group);
      earlier.by_variant[group.variant] = group;
    }
  }
  return earlier;
}

/// Keeps the pair with the largest minimum detectable difference.
void widen(PowerForecast& forecast, const stats::PairedSample& sample,
           const task::CompareSpec& compare) {
  const stats::PairedOptions by_t{compare.alpha, stats::PairedMethod::student_t, {}};
  const stats::Difference difference = stats::paired_difference(sample, by_t);
  // Two names of one trial, or lists that are all alike, show no spread.
  if (difference.standard_error.value_or(0.0) <= 0.0) return;
  ++forecast.comparisons;
  const stats::PowerOptions options{compare.alpha, compare.power};
  const double error = *difference.standard_error, df = *difference.degrees_of_freedom;
  const double detectable = stats::minimum_detectable_effect(error, df, options);
  if (detectable < forecast.detectable.value_or(0.0)) return;
  forecast.detectable = detectable;
  forecast.n = difference.n;
  if (compare.margin <= 0) return;
  // margin^2 = c^2 (sd^2 / n + seeds): what seeds take does not shrink with n.
  const double seeds = sample.seeds ? sample.seeds->variance_of_mean : 0.0;
  const double sd = std::sqrt((error * error - seeds) * static_cast<double>(difference.n));
  const double left = std::pow(compare.margin, 2) -
                      seeds * std::pow(stats::detectable_noncentrality(df, options), 2);
  forecast.seeds_hide_margin = left <= 0;
  forecast.needed.reset();
  if (left > 0) forecast.needed = std::ceil(stats::pairs_needed(std::sqrt(left) / sd, options));
}

/// ".05", ".8": as papers write shares.
std::string share(double value) {
  std::string text = fmt::format("{:g}", value);
  return text.starts_with("0.") ? text.substr(1) : text;
}

}  // namespace

PowerForecast power_forecast(const results::Reader& reader,
                             const std::vector<std::string>& request_sets,
                             const task::MetricAt& primary, const task::CompareSpec& compare) {
  PowerForecast forecast;
  const results::StageMetric at{analysis::kServed, primary.definition,
                                static_cast<int>(primary.cutoff)};
  const EarlierTrials earlier = earlier_trials(reader, request_sets, at);
  if (earlier.by_variant.size() < 2) {
    forecast.reason = "unknown: this database has no two variants on the same requests yet";
    return forecast;
  }
  auto baseline = earlier.by_variant.find(compare.baseline);
  if (baseline == earlier.by_variant.end()) baseline = earlier.by_variant.begin();
  forecast.of_users = earlier.users.repeat();
  for (const auto& [variant, group] : earlier.by_variant) {
    if (variant == baseline->first) continue;
    const analysis::ColumnPair columns(reader, baseline->second, group, at);
    widen(forecast, analysis::pair_values(columns, earlier.users).sample(), compare);
  }
  if (!forecast.detectable) {
    forecast.reason = "unknown: the variants that were run do not differ on any request";
  }
  return forecast;
}

std::string power_line(const PowerForecast& forecast, const std::string& dataset,
                       const task::MetricAt& primary, const task::CompareSpec& compare) {
  const std::string metric = display_name(metric_catalog::MetricColumn{
      metric_catalog::parse_metric(primary.definition), primary.cutoff, false});
  if (!forecast.detectable) return fmt::format("{} on {}: {}", metric, dataset, forecast.reason);
  const int decimals = decimals_for(*forecast.detectable);
  return fmt::format("{} on {}, n = {}: minimum detectable difference {} (alpha {}, power {})",
                     metric, dataset, text::thousands(forecast.n),
                     fixed(*forecast.detectable, decimals), share(compare.alpha),
                     share(compare.power));
}

std::string sample_size_line(const PowerForecast& forecast, const task::CompareSpec& compare) {
  if (forecast.seeds_hide_margin) {
    return fmt::format(
        "the margin of {:g} cannot be detected with any number of requests, because of the "
        "variance between seeds; use more seeds",
        compare.margin);
  }
  if (!forecast.needed) return "";
  return fmt::format("the margin of {:g} needs {} {} (from {} {})", compare.margin,
                     text::thousands(static_cast<int64_t>(*forecast.needed)),
                     forecast.of_users ? "users" : "requests", forecast.comparisons,
                     text::plural(forecast.comparisons, "earlier comparison"));
}

}  // namespace assay::report
