#include "cli/ab_replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include "analysis/column.h"
#include "analysis/metric_name.h"
#include "analysis/paired_values.h"
#include "assignment/assigner.h"
#include "cli/compared_variants.h"
#include "error/error.h"
#include "report/numbers.h"
#include "stats/paired.h"
#include "stats/seeds.h"
#include "text/counted.h"
#include "text/listed.h"
#include "text/utc_text.h"

namespace assay::cli {
namespace {

constexpr double kNoValue = std::numeric_limits<double>::quiet_NaN();
constexpr int64_t kDaySeconds = 86'400;
constexpr size_t kMostDays = 1000;

/// A mean that comes value by value; NaN is passed over.
struct MeanOf {
  double sum = 0;
  int64_t n = 0;
  void add(double value) {
    if (std::isnan(value)) return;
    sum += value;
    ++n;
  }
  double mean() const { return n > 0 ? sum / static_cast<double>(n) : kNoValue; }
};

/// The metrics of a design as the run measured them.
std::vector<results::StageMetric> measured(const report::OpenRun& run,
                                           const analysis::RunSamples& samples,
                                           const ComparedVariants& compared, ab::Design& design) {
  const std::vector<results::MetricRow> known = run.reader().metrics();
  const std::vector<results::StageMetric> columns = samples.columns(*compared.groups.front());
  std::vector<std::string> names;
  for (const results::StageMetric& at : columns) {
    const results::MetricRow* metric = analysis::find_metric(known, at.definition);
    if (at.stage == analysis::kServed && metric != nullptr)
      names.push_back(analysis::metric_text(metric->name, at.cutoff));
  }
  std::vector<results::StageMetric> out;
  for (ab::Metric& metric : design.metrics) {
    const analysis::MetricName name = analysis::parse_metric_name(metric.name);
    const results::MetricRow* row = analysis::find_metric(known, name.name);
    const results::StageMetric at{analysis::kServed, row == nullptr ? "" : row->definition,
                                  name.cutoff.value_or(0)};
    if (row == nullptr || std::ranges::count(columns, at) == 0)
      throw error::UserError(
          run.name().path,
          fmt::format("{} was not measured request by request on {}{}", metric.name,
                      compared.dataset, error::did_you_mean(metric.name, names)));
    if (row->higher_is_better && !*row->higher_is_better) metric.higher_is_better = false;
    out.push_back(at);
  }
  return out;
}

class Replay {
 public:
  Replay(const AbReplay& replay, ab::Design& design)
      : replay_(replay),
        design_(design),
        run_(report::parse_run_name(replay.db)),
        reader_(run_.reader()),
        samples_(reader_, run_.info().run_id),
        compared_(compared_variants(run_, samples_, replay.arms, replay.dataset, "--arms")) {
    design.control = replay.arms.front();
    if (design.metrics.empty()) add_primary();
    columns_ = measured(run_, samples_, compared_, design);
    find_units();
    find_times();
    assign();
  }

  ReplayedTest run() {
    ReplayedTest out;
    out.title = fmt::format("{} replayed on {}", run_.name().text(), compared_.dataset);
    out.gathered.arms = replay_.arms;
    count_arms(out.gathered);
    for (size_t m = 0; m < columns_.size(); ++m) gather(m, out);
    return out;
  }

 private:
  void add_primary() {
    const results::RunRow& row = run_.info().row;
    ab::Metric primary;
    primary.name = primary.column =
        analysis::metric_text(row.primary_definition, row.primary_cutoff);
    for (const results::MetricRow& metric : reader_.metrics())
      if (metric.definition == row.primary_definition)
        primary.name = primary.column = analysis::metric_text(metric.name, row.primary_cutoff);
    design_.metrics.push_back(primary);
  }

  /// Units: users by their outside ids; whoever is unknown is a unit of the one request.
  void find_units() {
    unit_of_ = users_of(reader_, *compared_.groups.front(), &units_);
    for (size_t r = 0; r < unit_of_.size(); ++r) {
      if (unit_of_[r] >= 0) continue;
      unit_of_[r] = std::ssize(units_);
      units_.push_back(fmt::format("request {}", r));
    }
  }

  void find_times() {
    in_test_.assign(unit_of_.size(), true);
    first_day_.assign(units_.size(), -1);
    if (replay_.pre == 0 && !replay_.days) return;
    std::vector<int64_t> times;
    for (const std::string& set : compared_.groups.front()->request_sets)
      for (const int64_t time : reader_.request_users(set).times) times.push_back(time);
    if (std::ranges::any_of(times, [](int64_t time) { return time < 0; }))
      throw error::UserError(
          run_.name().path,
          fmt::format("the requests of {} have no times, so that there is no {}", compared_.dataset,
                      replay_.pre > 0 ? "time before the test (--pre)" : "day (--days)"));
    if (replay_.pre > 0) begin_after(times);
    for (size_t r = 0; r < times.size(); ++r) {
      int64_t& day = first_day_[static_cast<size_t>(unit_of_[r])];
      const int64_t own = times[r] / kDaySeconds;
      if (in_test_[r]) day = day < 0 ? own : std::min(day, own);
    }
  }

  void begin_after(const std::vector<int64_t>& times) {
    std::vector<int64_t> sorted = times;
    std::ranges::sort(sorted);
    const auto place = static_cast<size_t>(replay_.pre * static_cast<double>(sorted.size()));
    const int64_t begin = sorted[std::min(place, sorted.size() - 1)];
    for (size_t r = 0; r < times.size(); ++r) in_test_[r] = times[r] >= begin;
    if (std::ranges::count(in_test_, true) == std::ssize(times))
      throw error::UserError(
          run_.name().path,
          fmt::format("--pre {:.4g} leaves no request before the test: too many of {} have the "
                      "same time",
                      replay_.pre, compared_.dataset));
  }

  void assign() {
    assignment::ExperimentSpec spec;
    spec.name = spec.seed = replay_.seed;
    double sum = 0;
    for (const std::string& arm : replay_.arms) sum += weight_of(arm);
    for (const std::string& arm : replay_.arms) spec.arms.push_back({arm, weight_of(arm) / sum});
    for (const auto& [arm, weight] : design_.weights)
      if (std::ranges::count(replay_.arms, arm) == 0)
        throw error::UserError(fmt::format("--weights names {}, which is no arm{}", arm,
                                           error::did_you_mean(arm, replay_.arms)));
    const assignment::Assigner assigner(spec);
    std::vector<bool> tested(units_.size(), false);
    for (size_t r = 0; r < unit_of_.size(); ++r)
      if (in_test_[r]) tested[static_cast<size_t>(unit_of_[r])] = true;
    for (size_t unit = 0; unit < units_.size(); ++unit) {
      const int arm = assigner.assign(units_[unit]).arm;
      arm_.push_back(static_cast<int16_t>(tested[unit] ? arm : -1));
    }
  }

  double weight_of(const std::string& arm) const {
    if (design_.weights.empty()) return 1.0;
    const auto found = design_.weights.find(arm);
    if (found == design_.weights.end())
      throw error::UserError(fmt::format("--weights lacks the arm {}", arm));
    return found->second;
  }

  void count_arms(ab::Gathered& gathered) const {
    gathered.units.assign(replay_.arms.size(), 0);
    for (const int16_t arm : arm_)
      if (arm >= 0) ++gathered.units[static_cast<size_t>(arm)];
    for (size_t arm = 0; arm < replay_.arms.size(); ++arm) {
      if (gathered.units[arm] == 0)
        throw error::UserError(
            run_.name().path,
            fmt::format("no user of {} is in the arm {}: {} in all; another --seed puts them "
                        "elsewhere",
                        compared_.dataset, replay_.arms[arm], text::counted(units(), "unit")));
    }
  }
  int64_t units() const { return std::ssize(units_); }

  /// The mean of each unit's requests in the test, or of those before it, under one variant.
  std::vector<double> unit_means(size_t variant, const results::StageMetric& at,
                                 bool in_test) const {
    const analysis::Column column(reader_, *compared_.groups[variant], at);
    std::vector<MeanOf> means(units_.size());
    size_t r = 0;
    for (const analysis::RequestRange& range : column.ranges()) {
      const analysis::SeedValues by_seed = column.read(range);
      for (const double value : stats::average_over_seeds(analysis::spans(by_seed))) {
        if (in_test_[r] == in_test) means[static_cast<size_t>(unit_of_[r])].add(value);
        ++r;
      }
    }
    std::vector<double> out;
    for (const MeanOf& mean : means) out.push_back(mean.mean());
    return out;
  }

  std::vector<double> before_of(const ab::Metric& metric, const results::StageMetric& at) const {
    if (metric.before.empty()) return {};
    if (metric.before == kHistory) return history_lengths();
    if (metric.before != kPrePeriod)
      throw error::UserError(
          fmt::format("--before {} is {}; of a run it is {} (the metric under the control before "
                      "the test, see --pre) or {} (items in the user's history)",
                      metric.name, metric.before, kPrePeriod, kHistory));
    if (replay_.pre == 0)
      throw error::UserError(fmt::format(
          "--before {}={} asks for the time before the test: say with --pre which share of the "
          "requests that is",
          metric.name, kPrePeriod));
    std::vector<double> before = unit_means(0, at, false);
    for (size_t unit = 0; unit < units_.size(); ++unit)
      if (arm_[unit] >= 0 && !std::isnan(before[unit])) return before;
    throw error::UserError(
        run_.name().path,
        fmt::format("no user of {} has requests both before and in the test, so that --before "
                    "{}={} has nothing to take out; {}={} is there for each user",
                    compared_.dataset, metric.name, kPrePeriod, metric.name, kHistory));
  }

  std::vector<double> history_lengths() const {
    std::vector<double> lengths(units_.size(), kNoValue);
    size_t r = 0;
    for (const std::string& set : compared_.groups.front()->request_sets) {
      const auto history = reader_.history(set);
      if (!history)
        throw error::UserError(run_.name().path,
                               fmt::format("the histories of {} are not kept", compared_.dataset));
      for (size_t i = 0; i + 1 < history->offsets.size(); ++i, ++r) {
        double& length = lengths[static_cast<size_t>(unit_of_[r])];
        if (in_test_[r] && std::isnan(length))
          length = static_cast<double>(history->offsets[i + 1] - history->offsets[i]);
      }
    }
    return lengths;
  }

  void gather(size_t place, ReplayedTest& out) {
    const ab::Metric& metric = design_.metrics[place];
    std::vector<std::vector<double>> by_variant;
    for (size_t variant = 0; variant < replay_.arms.size(); ++variant)
      by_variant.push_back(unit_means(variant, columns_[place], true));
    std::vector<double> served(units_.size(), kNoValue);
    for (size_t unit = 0; unit < units_.size(); ++unit)
      if (arm_[unit] >= 0) served[unit] = by_variant[static_cast<size_t>(arm_[unit])][unit];
    const std::vector<double> before = before_of(metric, columns_[place]);
    ab::MetricGathering all(metric, 1, replay_.arms.size());
    all.add({served, before}, std::vector<int32_t>(units_.size(), 0), arm_);
    out.gathered.cells.push_back(cells_of(all, 0));
    if (place > 0) return;
    if (replay_.days) add_days(metric, {served, before}, out.gathered);
    for (size_t variant = 1; variant < by_variant.size(); ++variant)
      out.both.push_back(by_both(by_variant, variant));
  }

  std::vector<ab::Cell> cells_of(const ab::MetricGathering& gathering, size_t group) const {
    std::vector<ab::Cell> cells;
    for (size_t arm = 0; arm < replay_.arms.size(); ++arm)
      cells.push_back(gathering.cell(group, arm));
    return cells;
  }

  void add_days(const ab::Metric& metric, const ab::Numbers& numbers, ab::Gathered& gathered) {
    std::map<int64_t, int32_t> days;  // to groups
    for (size_t unit = 0; unit < units_.size(); ++unit)
      if (arm_[unit] >= 0) days.emplace(first_day_[unit], 0);
    if (days.size() > kMostDays)
      throw error::UserError(run_.name().path,
                             fmt::format("the test has more than {} days", kMostDays));
    int32_t group = 0;
    for (auto& [day, place] : days) place = group++;
    std::vector<int32_t> groups;
    for (size_t unit = 0; unit < units_.size(); ++unit)
      groups.push_back(arm_[unit] >= 0 ? days.at(first_day_[unit]) : 0);
    ab::MetricGathering by_day(metric, days.size(), replay_.arms.size());
    by_day.add(numbers, groups, arm_);
    for (const auto& [day, place] : days)
      gathered.days.push_back({text::utc_text(day * kDaySeconds * 1'000'000).substr(0, 10),
                               cells_of(by_day, static_cast<size_t>(place))});
  }

  std::string by_both(const std::vector<std::vector<double>>& by_variant, size_t variant) const {
    stats::PairedOptions options;
    options.alpha = design_.alpha;
    options.method = stats::PairedMethod::student_t;
    const stats::Difference both =
        stats::paired_difference(stats::pair_up(std::span<const double>(by_variant[0]),
                                                std::span<const double>(by_variant[variant])),
                                 options);
    if (!both.value) return "";
    const auto& interval = both.interval;
    return fmt::format(
        "{} against {} on {} where the same {} are served by both: {} (paired, as assay compare "
        "does; a test sees each user in one arm).",
        replay_.arms[variant], replay_.arms[0], design_.metrics[0].name,
        text::counted(both.n, "unit"),
        report::difference_text(*both.value, interval ? std::optional(interval->low) : std::nullopt,
                                interval ? std::optional(interval->high) : std::nullopt));
  }

  const AbReplay& replay_;
  ab::Design& design_;
  report::OpenRun run_;
  results::Reader reader_;
  analysis::RunSamples samples_;
  ComparedVariants compared_;
  std::vector<results::StageMetric> columns_;  // of the metrics
  std::vector<std::string> units_;
  std::vector<int64_t> unit_of_;  // of each request
  std::vector<bool> in_test_;     // each request; else before it
  std::vector<int64_t> first_day_;
  std::vector<int16_t> arm_;  // of each unit; -1: it asks for nothing in the test
};

}  // namespace

ReplayedTest replay_ab(const AbReplay& replay, ab::Design& design) {
  return Replay(replay, design).run();
}

}  // namespace assay::cli
