#include "analysis/noise_floor.h"

#include <algorithm>
#include <cmath>

#include "stats/distributions.h"
#include "stats/quantile.h"

namespace assay::analysis {
namespace {

// Of a round of any length: a bound for the whole needs a value for each part.
double quantile_of_round(std::span<const float> ms, double quantile) {
  std::vector<float> sorted(ms.begin(), ms.end());
  const auto rank = stats::quantile_rank(std::ssize(sorted), quantile) - 1;
  std::ranges::nth_element(sorted, sorted.begin() + rank);
  return sorted[static_cast<size_t>(rank)];
}

/// Squares around the means of groups, and how many values beyond one a group there are.
struct Spread {
  double squares = 0;
  int64_t degrees = 0;

  void take(const std::vector<double>& logs) {
    if (logs.size() < 2) return;
    double mean = 0;
    for (const double value : logs) mean += value / static_cast<double>(logs.size());
    for (const double value : logs) squares += (value - mean) * (value - mean);
    degrees += std::ssize(logs) - 1;
  }
};

void add_logs(std::span<const float> ms, const std::vector<int64_t>& sizes, double quantile,
              std::vector<double>& logs) {
  size_t begin = 0;
  for (const int64_t size : sizes) {
    const auto count = static_cast<size_t>(size);
    const double value = count == 0 ? 0 : quantile_of_round(ms.subspan(begin, count), quantile);
    if (value > 0) logs.push_back(std::log(value));
    begin += count;
  }
}

Spread spread_of(const RunTimings& timings, const TimedStage& baseline, double quantile) {
  Spread spread;
  const auto is_alike = [&](const TimedStage& timed) {
    return timed.dataset == baseline.dataset && timed.fold == baseline.fold &&
           timed.scenario == baseline.scenario && timed.stage == baseline.stage;
  };
  for (const std::vector<TimedStage>* stages : {&timings.stages(), &timings.earlier()}) {
    for (const TimedStage& timed : *stages) {
      if (!is_alike(timed)) continue;
      std::vector<double> logs;
      add_logs(timed.ms, timed.round_sizes, quantile, logs);
      add_logs(timed.repeat_ms, timed.repeat_sizes, quantile, logs);
      spread.take(logs);
    }
  }
  return spread;
}

std::optional<double> between_repeats(const TimedStage& baseline, double quantile) {
  const auto first = stats::quantile(std::span<const float>(baseline.ms), quantile).value;
  const auto second = stats::quantile(std::span<const float>(baseline.repeat_ms), quantile).value;
  if (!first || !second) return std::nullopt;
  return std::abs(*second - *first);
}

std::optional<double> between_rounds(const RunTimings& timings, const TimedStage& baseline,
                                     double quantile, double alpha) {
  const Spread spread = spread_of(timings, baseline, quantile);
  const auto rounds = static_cast<double>(baseline.round_sizes.size());
  const auto level = stats::quantile(std::span<const float>(baseline.ms), quantile).value;
  if (spread.degrees == 0 || rounds == 0 || !level) return std::nullopt;
  const auto degrees = static_cast<double>(spread.degrees);
  const double deviation = std::sqrt(spread.squares / degrees);
  return *level * stats::t_quantile(1 - alpha / 2, degrees) * deviation * std::sqrt(2 / rounds);
}

}  // namespace

std::optional<double> noise_floor(const RunTimings& timings, const TimedStage& baseline,
                                  double quantile, double alpha) {
  const std::optional<double> repeats = between_repeats(baseline, quantile);
  const std::optional<double> rounds = between_rounds(timings, baseline, quantile, alpha);
  if (!repeats || !rounds) return repeats ? repeats : rounds;
  return std::max(*repeats, *rounds);
}

}  // namespace assay::analysis
