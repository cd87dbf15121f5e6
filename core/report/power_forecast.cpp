#include "report/power_forecast.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <ranges>
#include <set>

#include "analysis/paired_values.h"
#include "analysis/run_samples.h"
#include "metric_catalog/metric_definition.h"
#include "report/numbers.h"
#include "results/attribution_table.h"
#include "stats/power.h"
#include "text/listed.h"
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
  const std::set<int64_t> attributions = attribution_runs(reader);  // of mixed pipelines
  for (const results::RunInfo& run : runs | std::views::reverse) {
    if (attributions.contains(run.run_id)) continue;
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

std::optional<VariantForecast> forecast_of(const std::string& variant,
                                           const stats::PairedSample& sample,
                                           const task::CompareSpec& compare, int64_t tests) {
  const stats::PairedOptions by_t{compare.alpha, stats::PairedMethod::student_t, {}};
  const stats::Difference difference = stats::paired_difference(sample, by_t);
  // Two names of one trial, or lists that are all alike, show no spread.
  if (difference.standard_error.value_or(0.0) <= 0.0) return std::nullopt;
  const stats::PowerOptions options{compare.alpha / static_cast<double>(tests), compare.power};
  const double error = *difference.standard_error, df = *difference.degrees_of_freedom;
  VariantForecast forecast{variant, difference.n,
                           stats::minimum_detectable_effect(error, df, options), std::nullopt};
  if (compare.margin <= 0) return forecast;
  const double seeds = sample.seeds ? sample.seeds->variance_of_mean : 0.0;
  const stats::PairSpread spread{
      std::sqrt(std::max(0.0, (error * error - seeds) * static_cast<double>(difference.n))), df,
      seeds};
  forecast.needed = stats::pairs_needed(compare.margin, spread, options);
  forecast.seeds_hide_margin = !forecast.needed && seeds > 0.0;
  return forecast;
}

}  // namespace

int64_t PowerForecast::n() const {
  int64_t least = 0;
  for (const VariantForecast& one : variants) least = least == 0 ? one.n : std::min(least, one.n);
  return least;
}

std::optional<double> PowerForecast::detectable() const {
  if (variants.empty()) return std::nullopt;
  return std::ranges::max(variants, {}, &VariantForecast::detectable).detectable;
}

std::optional<double> PowerForecast::needed() const {
  std::optional<double> most;
  for (const VariantForecast& one : variants) {
    if (one.needed) most = std::max(most.value_or(0.0), *one.needed);
  }
  return most;
}

PowerForecast power_forecast(const results::Reader& reader,
                             const std::vector<std::string>& request_sets,
                             const task::MetricAt& primary, const task::CompareSpec& compare,
                             int64_t tests) {
  PowerForecast forecast;
  forecast.tests = std::max<int64_t>(1, tests);
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
    const auto one = forecast_of(variant, analysis::pair_values(columns, earlier.users).sample(),
                                 compare, forecast.tests);
    if (one) forecast.variants.push_back(*one);
  }
  if (forecast.variants.empty())
    forecast.reason = "unknown: the variants that were run do not differ on any request";
  return forecast;
}

std::string power_line(const PowerForecast& forecast, const std::string& dataset,
                       const task::MetricAt& primary, const task::CompareSpec& compare) {
  const std::string metric = display_name(metric_catalog::MetricColumn{
      metric_catalog::parse_metric(primary.definition), primary.cutoff, false});
  if (forecast.variants.empty())
    return fmt::format("{} on {}: {}", metric, dataset, forecast.reason);
  const double least =
      std::ranges::min(forecast.variants, {}, &VariantForecast::detectable).detectable;
  const std::string correction =
      forecast.tests > 1 ? fmt::format(" over {} comparisons", forecast.tests) : "";
  return fmt::format("{} on {}, n = {} {}: minimum detectable difference {} (alpha {}{}, power {})",
                     metric, dataset, text::thousands(forecast.n()),
                     forecast.of_users ? "users" : "requests",
                     detectable_text(least, *forecast.detectable()), share_text(compare.alpha),
                     correction, share_text(compare.power));
}

std::vector<std::string> sample_size_lines(const PowerForecast& forecast,
                                           const task::CompareSpec& compare) {
  std::vector<std::string> lines, hidden;
  const VariantForecast* most = nullptr;
  for (const VariantForecast& one : forecast.variants) {
    if (one.seeds_hide_margin) hidden.push_back(one.variant);
    if (one.needed && (most == nullptr || *one.needed > *most->needed)) most = &one;
  }
  if (most != nullptr) {
    lines.push_back(
        fmt::format("the margin of {:g} needs {} {} ({}{})", compare.margin,
                    text::thousands(static_cast<int64_t>(*most->needed)),
                    forecast.of_users ? "users" : "requests", most->variant,
                    forecast.variants.size() > 1 + hidden.size() ? "; the others need fewer" : ""));
  }
  if (!hidden.empty()) {
    lines.push_back(
        fmt::format("the variance between seeds of {} hides the margin of {:g} however many the "
                    "requests; use more seeds",
                    text::listed(hidden), compare.margin));
  }
  return lines;
}

}  // namespace assay::report
