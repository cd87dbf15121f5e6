#include "analysis/attribution.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "analysis/analysis.h"
#include "analysis/column.h"
#include "analysis/noise_floor.h"
#include "analysis/timings.h"
#include "metric_catalog/metric_definition.h"
#include "stats/gathered.h"
#include "stats/paired.h"
#include "stats/quantile.h"
#include "stats/seeds.h"
#include "stats/shapley.h"
#include "task/settings.h"
#include "text/counted.h"

namespace assay::analysis {
namespace {

using Of = results::AttributionOf;

constexpr char kLatency[] = "latency_ms";
constexpr double kTail = 0.99;

/// A number of a game: what of it, of which players.
struct Number {
  Of of = Of::part;
  std::string name;
  int a = 0, b = 0;

  double value(std::span<const double> worth, const std::vector<double>& shapley) const {
    switch (of) {
      case Of::part:
        return shapley[static_cast<size_t>(a)];
      case Of::total:
        return worth.back() - worth[0];
      case Of::joint:
        return stats::joint_value(worth);
      case Of::interaction:
        return stats::interaction_index(worth, a, b);
    }
    return std::numeric_limits<double>::quiet_NaN();
  }
};

/// In the order in which they are shown. Of two parts the joint value is their interaction.
std::vector<Number> numbers_of(const std::vector<results::AttributionPart>& parts) {
  std::vector<Number> all;
  const auto count = static_cast<int>(parts.size());
  for (int p = 0; p < count; ++p) all.push_back({Of::part, parts[static_cast<size_t>(p)].name, p});
  all.push_back({.of = Of::total, .name = ""});
  if (count > 1) all.push_back({.of = Of::joint, .name = ""});
  for (int a = 0; count > 2 && a < count; ++a) {
    for (int b = a + 1; b < count; ++b) {
      all.push_back({Of::interaction,
                     fmt::format("{} x {}", parts[static_cast<size_t>(a)].name,
                                 parts[static_cast<size_t>(b)].name),
                     a, b});
    }
  }
  return all;
}

/// A number over the requests.
struct NumberSample {
  stats::Gathering gathering;
  stats::SeedSpread seeds;

  NumberSample(stats::ClusterOrder order, size_t count) : gathering(order), seeds(count) {}
};

/// The same metric of all mixes, request by request.
class MetricGame {
 public:
  MetricGame(const results::Reader& reader, const results::AttributionRow& of,
             const std::vector<const TrialGroup*>& mixes, const results::StageMetric& at)
      : numbers_(numbers_of(of.parts)), users_(reader, *mixes.front()) {
    for (const TrialGroup* mix : mixes) columns_.emplace_back(reader, *mix, at);
    for (const Column& column : columns_) seeds_ = std::max(seeds_, column.seeds());
    for (size_t i = 0; i < numbers_.size(); ++i) samples_.emplace_back(users_.order(), seeds_);
    first_.resize(of.parts.size());
    last_.resize(of.parts.size());
  }

  std::vector<results::AttributionValueRow> run(const AnalysisSettings& settings) {
    for (const RequestRange& range : columns_.front().ranges()) play(range);
    std::vector<results::AttributionValueRow> rows;
    for (size_t i = 0; i < numbers_.size(); ++i) {
      rows.push_back(row(i, settings));
      rows.back().position = static_cast<int>(i);
    }
    return rows;
  }

 private:
  void play(const RequestRange& range) {
    std::vector<SeedValues> values;
    for (const Column& column : columns_) values.push_back(column.read(range));
    const std::vector<int32_t> users = users_.read(range);
    for (size_t r = 0; r < static_cast<size_t>(range.count); ++r)
      play(values, r, users.empty() ? -1 : users[r]);
  }

  // A pipeline that draws nothing has one value, which stands beside those of every seed.
  void play(const std::vector<SeedValues>& values, size_t request, int32_t user) {
    std::vector<std::vector<double>> by_seed(numbers_.size(), std::vector<double>(seeds_));
    std::vector<double> worth(values.size()), first(first_.size()), last(last_.size());
    double from = 0;
    for (size_t s = 0; s < seeds_; ++s) {
      for (size_t mask = 0; mask < values.size(); ++mask)
        worth[mask] = values[mask][values[mask].size() == 1 ? 0 : s][request];
      const std::vector<double> shapley = stats::shapley_values(worth);
      for (size_t i = 0; i < numbers_.size(); ++i)
        by_seed[i][s] = numbers_[i].value(worth, shapley);
      add(stats::first_values(worth), first);
      add(stats::last_values(worth), last);
      from += worth[0] / static_cast<double>(seeds_);
    }
    const bool known = std::ranges::none_of(by_seed, [](const std::vector<double>& number) {
      return std::ranges::any_of(number, [](double value) { return std::isnan(value); });
    });
    for (size_t i = 0; i < numbers_.size(); ++i) {
      double mean = 0;
      for (const double value : by_seed[i]) mean += value / static_cast<double>(seeds_);
      samples_[i].gathering.add(known ? mean : std::numeric_limits<double>::quiet_NaN(), user);
      if (known) samples_[i].seeds.add(by_seed[i]);
    }
    if (!known) return;
    ++requests_;
    from_ += from;
    for (size_t p = 0; p < first.size(); ++p) {
      first_[p] += first[p];
      last_[p] += last[p];
    }
  }

  void add(const std::vector<double>& values, std::vector<double>& means) const {
    for (size_t p = 0; p < values.size(); ++p) means[p] += values[p] / static_cast<double>(seeds_);
  }

  results::AttributionValueRow row(size_t i, const AnalysisSettings& settings) const {
    stats::PairedSample sample = stats::paired_sample(samples_[i].gathering.gathered());
    if (sample.n() > 0) sample.seeds = samples_[i].seeds.component();
    stats::PairedOptions options;
    options.alpha = settings.compare.alpha;
    options.method = stats::choose_method(sample.n(), true);
    options.bootstrap.resamples = static_cast<int>(settings.compare.resamples);
    options.bootstrap.seed = settings.seed;
    const stats::Difference difference = stats::paired_difference(sample, options);
    results::AttributionValueRow out;
    out.of = numbers_[i].of;
    out.name = numbers_[i].name;
    out.value = difference.value;
    if (difference.interval) {
      out.ci_low = difference.interval->low;
      out.ci_high = difference.interval->high;
    }
    out.n = difference.n;
    out.method = difference.method + (users_.repeat() ? ", by user" : "");
    out.reason = difference.reason;
    if (requests_ == 0) return out;
    const auto n = static_cast<double>(requests_);
    if (out.of == Of::total) out.from_mean = from_ / n;
    if (out.of != Of::part) return out;
    out.first = first_[static_cast<size_t>(numbers_[i].a)] / n;
    out.last = last_[static_cast<size_t>(numbers_[i].a)] / n;
    return out;
  }

  std::vector<Number> numbers_;
  std::vector<Column> columns_;  // by mask
  GroupUsers users_;
  size_t seeds_ = 1;
  std::vector<NumberSample> samples_;  // by number
  std::vector<double> first_, last_;   // sums over requests, by part
  double from_ = 0;
  int64_t requests_ = 0;
};

results::AttributionValueRow without_value(const std::string& reason) {
  results::AttributionValueRow row;
  row.of = Of::total;
  row.reason = reason;
  return row;
}

/// One of the data sets: its pipelines, by mask.
class DataAttribution {
 public:
  DataAttribution(const RunSamples& samples, const RunTimings& timings,
                  const results::AttributionRow& of, const std::string& dataset)
      : samples_(samples), timings_(timings), of_(of) {
    for (const std::string& name : of.mixes) {
      const TrialGroup* const group = samples.find(name, dataset, "all");
      if (group == nullptr || !group->complete) missing_.push_back(name);
      mixes_.push_back(group);
    }
  }

  std::vector<results::AttributionValueRow> metric(const results::StageMetric& at,
                                                   const AnalysisSettings& settings) const {
    if (!missing_.empty()) return {without_value(incomplete())};
    for (const TrialGroup* mix : mixes_) {
      if (mix->request_sets != mixes_.front()->request_sets)
        return {without_value("the pipelines were not given the same requests")};
      if (!std::ranges::binary_search(samples_.columns(*mix), at))
        return {without_value(fmt::format("{} has no value of it", mix->variant))};
    }
    return MetricGame(samples_.reader(), of_, mixes_, at).run(settings);
  }

  std::vector<results::AttributionValueRow> times(const AnalysisSettings& settings,
                                                  const std::string& without_times) const {
    if (!without_times.empty()) return {without_value(without_times)};
    if (!missing_.empty()) return {without_value(incomplete())};
    std::vector<double> worth;
    const TimedStage* from = nullptr;
    for (const TrialGroup* mix : mixes_) {
      const TimedStage* const timed = timings_.find(*mix, scenario());
      if (timed == nullptr) return {without_value(mix->variant + " was not timed")};
      const auto tail = stats::quantile(std::span<const float>(timed->ms), kTail);
      if (!tail.value) return {without_value(tail.reason)};
      worth.push_back(*tail.value);
      if (from == nullptr) from = timed;
    }
    return times_of(worth, *from, noise_floor(timings_, *from, kTail, settings.compare.alpha));
  }

 private:
  std::string incomplete() const {
    return fmt::format("not all trials of {} are done", missing_.front());
  }

  /// The one that all were timed under.
  std::string scenario() const {
    for (const std::string& scenario :
         timings_.scenarios(mixes_.front()->dataset, mixes_.front()->fold)) {
      if (scenario_kind(scenario) == task::name_of(task::ScenarioKind::single_stream))
        return scenario;
    }
    return "";
  }

  std::vector<results::AttributionValueRow> times_of(const std::vector<double>& worth,
                                                     const TimedStage& from,
                                                     std::optional<double> floor) const {
    const double total = worth.back() - worth[0];
    if (!floor || std::abs(total) <= *floor) {
      results::AttributionValueRow row = without_value(
          floor ? fmt::format("the difference of {:.3g} ms is within the noise floor of {:.3g} ms: "
                              "there is nothing to divide",
                              total, *floor)
                : "one round shows no noise floor; time more with latency.rounds");
      row.noise_floor = floor;
      row.from_mean = worth[0];
      return {row};
    }
    const std::vector<double> shapley = stats::shapley_values(worth);
    const std::vector<double> first = stats::first_values(worth), last = stats::last_values(worth);
    std::vector<results::AttributionValueRow> rows;
    for (const Number& number : numbers_of(of_.parts)) {
      results::AttributionValueRow row;
      row.of = number.of;
      row.name = number.name;
      row.position = static_cast<int>(rows.size());
      row.value = number.value(worth, shapley);
      row.noise_floor = floor;
      row.n = std::ssize(from.ms);
      row.method =
          fmt::format("p99 of one pass, {}", text::counted(std::ssize(from.round_sizes), "round"));
      if (row.of == Of::total) row.from_mean = worth[0];
      if (row.of == Of::part) {
        row.first = first[static_cast<size_t>(number.a)];
        row.last = last[static_cast<size_t>(number.a)];
      }
      rows.push_back(row);
    }
    return rows;
  }

  const RunSamples& samples_;
  const RunTimings& timings_;
  const results::AttributionRow& of_;
  std::vector<const TrialGroup*> mixes_;
  std::vector<std::string> missing_;
};

/// Primary first, each once.
std::vector<task::MetricAt> divided(const task::MetricsSpec& metrics) {
  std::vector<task::MetricAt> all = {metrics.primary};
  for (const task::MetricAt& at : metrics.served) {
    if (at != metrics.primary && metric_catalog::parse_metric(at.definition).per_request())
      all.push_back(at);
  }
  return all;
}

}  // namespace

std::vector<results::AttributionValueRow> attribution_rows(const results::Reader& reader,
                                                           const results::AttributionRow& of,
                                                           const AnalysisSettings& settings,
                                                           const std::string& without_times) {
  const RunSamples samples(reader, of.run_id);
  const RunTimings timings(samples, of.run_id);
  std::vector<results::AttributionValueRow> all;
  for (const TrialGroup& group : samples.groups()) {
    if (group.variant != of.from || group.fold != "all") continue;
    const DataAttribution data(samples, timings, of, group.dataset);
    const auto take = [&](std::vector<results::AttributionValueRow> rows,
                          const std::string& definition, int64_t cutoff) {
      for (results::AttributionValueRow& row : rows) {
        row.run_id = of.run_id;
        row.dataset = group.dataset;
        row.definition = definition;
        row.cutoff = static_cast<int>(cutoff);
        all.push_back(std::move(row));
      }
    };
    for (const task::MetricAt& at : divided(settings.metrics))
      take(data.metric({kServed, at.definition, static_cast<int>(at.cutoff)}, settings),
           at.definition, at.cutoff);
    take(data.times(settings, without_times), kLatency, 0);
  }
  return all;
}

void analyse_attribution(results::Database& database, const results::AttributionRow& of,
                         const AnalysisSettings& settings, const std::string& without_times) {
  const results::Reader reader(database);
  const auto rows = attribution_rows(reader, of, settings, without_times);
  Analysis own = analyse_run(reader, of.run_id, settings);
  database.transaction([&] {
    for (const results::SummaryRow& row : own.summaries) database.write(row);
    for (const results::LatencyRow& row : own.latencies) database.write(row);
    for (const results::AttributionValueRow& row : rows) write_attribution_value(database, row);
  });
}

}  // namespace assay::analysis
