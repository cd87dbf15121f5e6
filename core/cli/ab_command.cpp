#include "cli/ab_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/ab_replay.h"
#include "cli/ab_table.h"
#include "cli/ab_text.h"
#include "cli/compared_variants.h"
#include "cli/listing.h"
#include "error/error.h"
#include "ingest/text.h"

namespace assay::cli {
namespace {

struct AbArguments {
  AbLog log;
  std::vector<std::string> metrics, before, lower, guardrails;
  std::string weights, effect, arms;
  AbReplay replay;
  double sequential = 0;
  double prior_sd = 0;
  ab::Design design;
  OutputFormat format = OutputFormat::text;
};

/// What stands before and behind the last `separator`; UserError where it is not there.
std::pair<std::string, std::string> halves(const std::string& text, char separator,
                                           const char* option, const char* form) {
  const size_t at = text.rfind(separator);
  if (at == std::string::npos || at == 0 || at + 1 == text.size())
    throw error::UserError(fmt::format("{} is {}; it must be {}", option, text, form));
  return {text.substr(0, at), text.substr(at + 1)};
}

double number_of(const std::string& text, const std::string& option) {
  const std::optional<double> number = ingest::parse_number(text);
  if (!number || *number < 0)
    throw error::UserError(
        fmt::format("{} is {}; it must be a number of at least 0", option, text));
  return *number;
}

/// A number, or a percentage of the control's value.
struct Change {
  std::optional<double> absolute, relative;
};

Change change_of(const std::string& text, const std::string& option) {
  if (!text.ends_with('%')) return {number_of(text, option), std::nullopt};
  return {std::nullopt, number_of(text.substr(0, text.size() - 1), option) / 100};
}

/// "revenue", "clicks/impressions", "p95(latency_ms)"; of a run "ndcg@10".
ab::Metric metric_of(const std::string& text, bool of_run) {
  ab::Metric metric;
  metric.name = metric.column = text;
  if (of_run) return metric;
  const size_t open = text.find('(');
  if (text.starts_with('p') && open != std::string::npos && text.ends_with(')')) {
    const std::optional<double> percent = ingest::parse_number(text.substr(1, open - 1));
    if (!percent || *percent <= 0 || *percent >= 100)
      throw error::UserError(
          fmt::format("--metric is {}; a quantile is written as p95(column)", text));
    metric.kind = ab::MetricKind::quantile;
    metric.quantile = *percent / 100;
    metric.column = text.substr(open + 1, text.size() - open - 2);
  } else if (text.find('/') != std::string::npos) {
    metric.kind = ab::MetricKind::ratio;
    std::tie(metric.column, metric.denominator) =
        halves(text, '/', "--metric", "a column, clicks/impressions or p95(column)");
  }
  return metric;
}

ab::Metric& find_metric(ab::Design& design, const std::string& name, const char* option) {
  std::vector<std::string> names;
  for (ab::Metric& metric : design.metrics) {
    if (metric.name == name) return metric;
    names.push_back(metric.name);
  }
  throw error::UserError(fmt::format("{} names {}, which is no --metric{}", option, name,
                                     error::did_you_mean(name, names)));
}

void read_guardrail(ab::Design& design, const std::string& text, bool of_run) {
  const auto [name, loss] =
      halves(text, '=', "--guardrail", "METRIC=LOSS, such as latency_ms=2% or revenue=0.05");
  const auto same = [&](const ab::Metric& metric) { return metric.name == name; };
  if (std::ranges::none_of(design.metrics, same)) design.metrics.push_back(metric_of(name, of_run));
  ab::Metric& metric = find_metric(design, name, "--guardrail");
  if (&metric == &design.metrics.front())
    throw error::UserError(fmt::format(
        "--guardrail names {}, the primary metric; what it may lose is --margin", name));
  const Change change = change_of(loss, "--guardrail " + name);
  metric.guardrail = ab::Guardrail{change.absolute, change.relative};
}

void read_weights(ab::Design& design, std::string text) {
  while (!text.empty()) {
    const size_t comma = std::min(text.find(','), text.size());
    const auto [arm, weight] = halves(text.substr(0, comma), '=', "--weights",
                                      "the arms and their weights: control=1,treatment=1");
    const double number = number_of(weight, "--weights " + arm);
    if (number == 0)
      throw error::UserError(fmt::format("--weights {} is 0; leave the arm out", arm));
    if (!design.weights.emplace(arm, number).second)
      throw error::UserError(fmt::format("--weights names {} twice", arm));
    text.erase(0, comma + 1);
  }
}

ab::Design design_of(const AbArguments& arguments) {
  ab::Design design = arguments.design;
  const bool of_run = !arguments.arms.empty();
  for (const std::string& metric : arguments.metrics) {
    const auto same = [&](const ab::Metric& one) { return one.name == metric; };
    if (std::ranges::any_of(design.metrics, same))
      throw error::UserError(fmt::format("--metric names {} twice", metric));
    design.metrics.push_back(metric_of(metric, of_run));
  }
  for (const std::string& rail : arguments.guardrails) read_guardrail(design, rail, of_run);
  for (const std::string& text : arguments.before) {
    const auto [name, column] = halves(text, '=', "--before", "METRIC=COLUMN");
    ab::Metric& metric = find_metric(design, name, "--before");
    if (metric.kind != ab::MetricKind::mean)
      throw error::UserError(fmt::format(
          "--before names {}, which is no mean; CUPED takes the past out of means alone", name));
    metric.before = column;
  }
  for (const std::string& name : arguments.lower)
    find_metric(design, name, "--lower").higher_is_better = false;
  read_weights(design, arguments.weights);
  if (arguments.sequential > 0) design.sequential = arguments.sequential;
  if (arguments.prior_sd > 0) {
    design.bayesian = true;
    design.prior_sd = arguments.prior_sd;
  }
  return design;
}

/// The effect that is to be seen, in the metric's unit; none: not asked for.
std::optional<double> effect_of(const std::string& text, const ab::Gathered& gathered,
                                const ab::Design& design) {
  if (text.empty()) return std::nullopt;
  const Change change = change_of(text, "--effect");
  const double value =
      value_of(gathered.cells[0][0], design.metrics[0], design.alpha).value.value_or(0);
  const double effect = change.absolute ? *change.absolute : *change.relative * std::abs(value);
  if (effect == 0) throw error::UserError("--effect is 0; a test shows differences from 0");
  return effect;
}

void show(AbReport report, const std::string& effect, OutputFormat format) {
  const ab::Design& design = report.design;
  report.effect = effect_of(effect, report.gathered, design);
  if (report.effect)
    report.needed =
        units_needed(report.gathered.cells[0][0], design.metrics[0], *report.effect, design);
  if (report.gathered.arms.size() == 1) {
    fmt::print("{}", ab_plan_text(report, format));
    return;
  }
  report.result = judge(report.gathered, design);
  fmt::print("{}", ab_text(report, format));
}

void test_log(const AbArguments& arguments) {
  const AbLog& log = arguments.log;
  if (log.path.ends_with(".sqlite"))
    throw error::UserError(log.path,
                           "a results file is replayed: name two variants or more with --arms, "
                           "the control first");
  if (log.unit.empty())
    throw error::UserError("--unit is missing: name the column of the unit, such as user");
  if (arguments.metrics.empty())
    throw error::UserError("--metric is missing: name the columns that are compared");
  const ab::Design design = design_of(arguments);
  if (log.arm.empty() && arguments.effect.empty())
    throw error::UserError(
        "--arm is missing; without the column of the arm a test can be planned, with --effect");
  if (arguments.replay.pre > 0 || arguments.replay.days || !arguments.replay.dataset.empty())
    throw error::UserError(
        "--pre, --days and --dataset are of a run; name its variants with --arms");
  const ab::Gathered gathered = read_ab_log(log, design);
  show({log.path, design, gathered, {}, {}, {}, {}}, arguments.effect, arguments.format);
}

void test_run(const AbArguments& arguments) {
  const AbLog& log = arguments.log;
  if (!log.unit.empty() || !log.arm.empty() || !log.time.empty() || !log.slices.empty())
    throw error::UserError(
        "--unit, --arm, --time and --slice name columns of a log; of a run, units are users and "
        "--arms are variants");
  const bool says_more =
      !arguments.guardrails.empty() || !arguments.before.empty() || !arguments.lower.empty();
  if (arguments.metrics.empty() && says_more)
    throw error::UserError(
        "--metric is missing: beside --guardrail, --before and --lower name the primary metric");
  ab::Design design = design_of(arguments);
  AbReplay replay = arguments.replay;
  replay.db = log.path;
  replay.arms = variant_names(arguments.arms);
  const ReplayedTest test = replay_ab(replay, design);
  show({test.title, design, test.gathered, {}, {}, {}, test.both}, arguments.effect,
       arguments.format);
}

void ab_test(const AbArguments& arguments) {
  arguments.arms.empty() ? test_log(arguments) : test_run(arguments);
}

/// CLI11's own ranges let NaN through, and name the largest double as a bound.
CLI::Validator within(double low, double high, const char* expected) {
  return {[=](const std::string& text) -> std::string {
            const std::optional<double> number = ingest::parse_number(text);
            if (number && *number >= low && *number <= high) return "";
            return fmt::format("is {}; it must be {}", text, expected);
          },
          ""};
}

CLI::Validator above_zero() {
  return within(std::numeric_limits<double>::min(), std::numeric_limits<double>::max(),
                "a number above 0");
}

void add_columns(CLI::App& command, AbArguments& arguments) {
  command
      .add_option("log", arguments.log.path,
                  "A row a unit: .parquet, .csv or .tsv; or a run, FILE or FILE#RUN, with --arms")
      ->required()
      ->option_text("LOG");
  command.add_option("--unit", arguments.log.unit, "Column of the unit (user)")
      ->option_text("COLUMN");
  command.add_option("--arm", arguments.log.arm, "Column of the arm")->option_text("COLUMN");
  command
      .add_option(
          "--metric", arguments.metrics,
          "What is compared, the primary one first: revenue, clicks/impressions (a ratio of "
          "sums), 'p95(latency_ms)'; of a run ndcg@10 (its primary one)")
      ->option_text("METRIC...");
  command
      .add_option(
          "--before", arguments.before,
          "The same of each unit before the test, which CUPED takes out: revenue=revenue_may")
      ->option_text("METRIC=COLUMN...");
  command.add_option("--lower", arguments.lower, "Metrics of which lower is better")
      ->option_text("METRIC...");
  command
      .add_option("--guardrail", arguments.guardrails,
                  "What a metric may lose, in its unit or of the control's value: latency_ms=2%")
      ->option_text("METRIC=LOSS...");
  command
      .add_option("--slice", arguments.log.slices, "Columns by whose values to look (exploratory)")
      ->option_text("COLUMN...");
  command
      .add_option("--time", arguments.log.time,
                  "Column of the first exposure: the effect up to the end of each day")
      ->option_text("COLUMN");
}

/// Of a test over the requests of a finished run.
void add_replay(CLI::App& command, AbArguments& arguments) {
  AbReplay& replay = arguments.replay;
  command
      .add_option("--arms", arguments.arms,
                  "Replay a run: its variants, the control first; each user is served by one")
      ->option_text("VARIANT,VARIANT,...");
  command.add_option("--dataset", replay.dataset, "Where the run has several")->option_text("NAME");
  command
      .add_option("--pre", replay.pre,
                  "Share of the run's requests before the test begins, all served by the control "
                  "(--before METRIC=pre)")
      ->check(within(0.0, 0.99, "from 0 to 0.99"))
      ->option_text("SHARE");
  command.add_flag("--days", replay.days,
                   "Of a run: the effect up to the end of each day, always valid");
  command.add_option("--seed", replay.seed, "Of the hash that puts users into arms (replay)")
      ->option_text("TEXT");
}

void add_rules(CLI::App& command, AbArguments& arguments) {
  ab::Design& design = arguments.design;
  design.control = "control";
  command
      .add_option("--control", design.control, "The arm that others are compared with (control)")
      ->option_text("ARM");
  command
      .add_option("--weights", arguments.weights,
                  "Weights that units were assigned by (equal): control=9,treatment=1")
      ->option_text("ARM=WEIGHT,...");
  command.add_option("--alpha", design.alpha, "1 - level of intervals (0.05)")
      ->check(within(1e-9, 0.5, "above 0 and at most 0.5"))
      ->option_text("ALPHA");
  command.add_option("--power", design.power, "Power of what is detectable (0.8)")
      ->check(within(0.01, 0.999999, "from 0.01 to 0.999999"))
      ->option_text("POWER");
  command
      .add_option("--margin", design.margin,
                  "Smallest difference of the primary metric that matters (0)")
      ->check(within(0.0, std::numeric_limits<double>::max(), "a number of at least 0"))
      ->option_text("MARGIN");
  command
      .add_option("--effect", arguments.effect,
                  "Show how many units see this difference of the primary metric: 0.1 or 2%")
      ->option_text("EFFECT");
  command
      .add_option("--sequential", arguments.sequential,
                  "Always-valid intervals, tightest at so many units: one may look at any time")
      ->check(above_zero())
      ->option_text("UNITS");
  command.add_flag("--bayesian", design.bayesian, "Probability to be better, and expected losses");
  command
      .add_option("--prior-sd", arguments.prior_sd,
                  "Standard deviation of such differences about 0, a prior for --bayesian")
      ->check(above_zero())
      ->option_text("SD");
  command
      .add_option("--mixed-share", design.mixed_share,
                  "Share of the units that may be in two arms, and are left out (0.01)")
      ->check(within(0.0, 1.0, "from 0 to 1"))
      ->option_text("SHARE");
  add_format_option(command, arguments.format);
}

}  // namespace

void add_ab_command(CLI::App& app, int&) {
  auto arguments = std::make_shared<AbArguments>();
  CLI::App* command = app.add_subcommand(
      "ab", "Result of an A/B test: effects with intervals, sample ratio, guardrails, a verdict");
  add_columns(*command, *arguments);
  add_replay(*command, *arguments);
  add_rules(*command, *arguments);
  command->callback([arguments] { ab_test(*arguments); });
}

}  // namespace assay::cli
