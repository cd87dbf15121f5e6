#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "config/sections.h"
#include "error/error.h"
#include "metric_catalog/plugin_metric.h"
#include "task/fit_costs.h"

namespace assay::config {
namespace {

// The number at the start of a text, and what follows it.
std::optional<std::pair<double, std::string_view>> leading_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || !std::isfinite(value)) return std::nullopt;
  std::string_view rest(end, static_cast<size_t>(text.data() + text.size() - end));
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  return std::pair(value, rest);
}

struct Unit {
  std::string_view name;
  double factor;
};
constexpr std::array kTimes{Unit{"s", 1}, Unit{"min", 60}, Unit{"h", 3600}};
constexpr std::array kSizes{Unit{"GiB", 1}, Unit{"MiB", 1.0 / 1024}};
constexpr std::array kCacheSizes{Unit{"GiB", 1}, Unit{"TiB", 1024}, Unit{"MiB", 1.0 / 1024}};

// A plain number in the first unit of `units`, or text with a unit.
template <size_t N>
bool quantity(const Section& section, const char* key, const std::array<Unit, N>& units,
              double& out) {
  const Node* node = section.find(key);
  if (node == nullptr) return false;
  const auto parts = node->is_scalar() ? leading_number(node->text) : std::nullopt;
  for (const Unit& unit : units) {
    if (!parts || parts->second != unit.name) continue;
    out = parts->first * unit.factor;
    return true;
  }
  if (parts && !parts->second.empty()) {
    std::vector<std::string_view> names;
    for (const Unit& unit : units) names.push_back(unit.name);
    section.problem(
        key, fmt::format("is {}; its unit is not one of {}", shown(*node), fmt::join(names, ", ")));
    return false;
  }
  return read_as(*node, section.path(key), section.problems(), out);
}

void check_latency(const Section& section, const task::Experiment& experiment,
                   task::GuardrailSpec& rail) {
  if (section.has("max_decrease")) {
    section.refuse("max_decrease",
                   "does not apply to latency_ms, where lower is better; use max_increase");
  }
  const auto& scenarios = experiment.latency.scenarios;
  if (experiment.latency.rounds == 0) {
    return section.problem("metric",
                           "is latency_ms, but nothing is timed; add latency: {rounds: 3}");
  }
  if (!section.has("quantile")) section.problem("quantile", "is missing; write 0.99 for p99");
  if (rail.scenario.empty() && !scenarios.empty()) rail.scenario = name_of(scenarios[0].kind);
  std::vector<std::string> known;
  for (const task::ScenarioSpec& scenario : scenarios) known.emplace_back(name_of(scenario.kind));
  if (std::ranges::count(known, rail.scenario) > 0) return;
  section.problem("scenario", fmt::format("is {}, which latency.scenarios does not name{}",
                                          clipped(rail.scenario),
                                          error::did_you_mean(clipped(rail.scenario), known)));
}

void check_fit_cost(const Section& section) {
  for (const char* key : {"quantile", "scenario"}) {
    if (section.has(key)) section.refuse(key, "is for latency_ms only");
  }
  if (section.has("max_decrease"))
    section.refuse("max_decrease", "does not apply to what a fit takes; use max_increase");
}

void check_metric(const Section& section, const task::Experiment& experiment,
                  task::GuardrailSpec& rail) {
  for (const char* key : {"quantile", "scenario"}) {
    if (section.has(key)) section.refuse(key, "is for latency_ms only");
  }
  try {
    const metric_catalog::MetricColumn column = metric_catalog::parse_metric_column(
        metric_catalog::with_library(experiment.metrics.own, rail.metric));
    const task::MetricAt wanted{column.definition.id, column.cutoff};
    const auto& served = experiment.metrics.served;
    // Without a primary metric, metrics has a problem of its own.
    if (std::ranges::count(served, wanted) == 0 && !experiment.metrics.primary.definition.empty()) {
      section.problem(
          "metric",
          fmt::format("is {}, which the experiment does not compute; add it to metrics.names",
                      rail.metric));
    }
    if (column.definition.needs_any(metric_catalog::MetricNeed::baseline)) {
      section.problem("metric", fmt::format("is {}, which measures agreement with the baseline; a "
                                            "guardrail needs a metric of quality",
                                            rail.metric));
    }
    rail.metric = display_name(column);
  } catch (const error::UserError& error) {
    section.problem("metric",
                    fmt::format("is {}: {}", clipped(rail.metric), error.problems()[0].what));
  }
}

task::GuardrailSpec read_guardrail(const Section& section, const task::Experiment& experiment) {
  task::GuardrailSpec rail;
  if (!section.exists() || !section.require("metric") || !section.text("metric", rail.metric))
    return rail;
  section.number("quantile", rail.quantile);
  section.text("scenario", rail.scenario);
  read_change(section, "max_increase", rail.max_increase, rail.max_increase_relative);
  read_change(section, "max_decrease", rail.max_decrease, rail.max_decrease_relative);
  if (!section.has("max_increase") && !section.has("max_decrease")) {
    section.problem("max_increase",
                    "is missing, and so is max_decrease; a guardrail needs one of them");
  }
  if (rail.metric == "latency_ms") {
    check_latency(section, experiment, rail);
  } else if (std::ranges::count(task::kFitCosts, rail.metric) > 0) {
    check_fit_cost(section);
  } else {
    check_metric(section, experiment, rail);
  }
  return rail;
}

/// The name of a served metric as the run will have it, or a problem.
std::optional<std::string> served_name(const Section& section, const std::string& name,
                                       const task::Experiment& experiment) {
  const auto refuse = [&](const std::string& why) {
    section.problem("smallest_differences", fmt::format("names {}: {}", clipped(name), why));
  };
  try {
    const metric_catalog::MetricColumn column = metric_catalog::parse_metric_column(
        metric_catalog::with_library(experiment.metrics.own, name));
    const task::MetricAt wanted{column.definition.id, column.cutoff};
    if (std::ranges::count(experiment.metrics.served, wanted) == 0)
      refuse("the experiment does not compute it; add it to metrics.names");
    return display_name(column);
  } catch (const error::UserError& error) {
    refuse(error.problems()[0].what);
    return std::nullopt;
  }
}

void read_smallest(const Section& section, const task::Experiment& experiment,
                   task::CompareSpec& compare) {
  section.each_entry("smallest_differences", [&](const Key& key, const Node& node) {
    const std::string path = join_keys(section.path("smallest_differences"), key.text);
    double smallest = 0;
    if (!read_as(node, path, section.problems(), smallest)) return;
    if (smallest < 0)
      section.problems().add(node.place, path, "is negative; it must be at least 0");
    if (const auto name = served_name(section, key.text, experiment))
      compare.smallest_differences[*name] = smallest;
  });
}

void read_baseline(const Section& section, const task::Experiment& experiment,
                   const std::vector<std::string>& broken, task::CompareSpec& compare) {
  std::vector<std::string> names;
  for (const task::VariantSpec& variant : experiment.variants) names.push_back(variant.name);
  if (!section.text("baseline", compare.baseline)) {
    if (!names.empty()) compare.baseline = names[0];
    return;
  }
  const std::string base = compare.baseline.substr(0, compare.baseline.find('['));
  if (names.empty() ||
      std::ranges::count(names, compare.baseline) + std::ranges::count(broken, base) > 0)
    return;
  std::vector<std::string> members;
  for (const std::string& name : names) {
    if (name.starts_with(compare.baseline + "[")) members.push_back(name);
  }
  section.problem("baseline", fmt::format("is {}, which is no variant{}", clipped(compare.baseline),
                                          error::did_you_mean(clipped(compare.baseline),
                                                              members.empty() ? names : members)));
}

}  // namespace

void read_change(const Section& section, const char* key, std::optional<double>& absolute,
                 std::optional<double>& relative) {
  const Node* node = section.find(key);
  if (node == nullptr) return;
  const auto parts = node->is_scalar() ? leading_number(node->text) : std::nullopt;
  double value = 0;
  if (parts && parts->second == "%") {
    value = parts->first;
    relative = value / 100;
  } else if (!parts || !parts->second.empty()) {
    return section.problem(
        key, fmt::format("is {}; it must be a number, or a percentage such as 10%", shown(*node)));
  } else if (read_as(*node, section.path(key), section.problems(), value)) {
    absolute = value;
  }
  if (value < 0) section.problem(key, fmt::format("is {}; it must be at least 0", shown(*node)));
}

task::CompareSpec read_compare(const Section& file, const task::Experiment& experiment,
                               const std::vector<std::string>& broken) {
  task::CompareSpec compare;
  const Section section = file.sub("compare");
  read_baseline(section, experiment, broken, compare);
  section.text("unit", compare.unit);
  section.number("alpha", compare.alpha);
  section.number("margin", compare.margin);
  section.number("power", compare.power);
  section.integer("resamples", compare.resamples);
  read_smallest(section, experiment, compare);
  section.each("guardrails", [&](const Section& element, size_t) {
    compare.guardrails.push_back(read_guardrail(element, experiment));
  });
  return compare;
}

task::NumericSpec read_numeric(const Section& file, const LoadOptions& options) {
  task::NumericSpec numeric;
  numeric.device = task::Device::automatic;
  file.choice("device", numeric.device);
  if (numeric.device == task::Device::automatic) numeric.device = options.auto_device;
  const Section section = file.sub("numeric");
  section.integer("threads", numeric.threads);
  section.boolean("tf32", numeric.tf32);
  section.text("dtype", numeric.dtype);
  if (section.integer("batch_size", numeric.batch_size) && numeric.batch_size % 64 != 0) {
    section.problem("batch_size",
                    fmt::format("is {}; it must be a multiple of 64", numeric.batch_size));
  }
  return numeric;
}

task::LimitsSpec read_limits(const Section& file) {
  task::LimitsSpec limits;
  const Section section = file.sub("limits");
  const auto object = [&](const char* key, const char* expected) {
    section.problem(key, fmt::format("is {}; it must be {}", shown(*section.find(key)), expected));
  };
  if (quantity(section, "fit", kTimes, limits.fit_s) && limits.fit_s <= 0) object("fit", "above 0");
  if (quantity(section, "batch", kTimes, limits.batch_s) && limits.batch_s <= 0)
    object("batch", "above 0");
  if (quantity(section, "memory", kSizes, limits.memory_gib) && limits.memory_gib < 0)
    object("memory", "at least 0");
  if (quantity(section, "cache", kCacheSizes, limits.cache_gib) && limits.cache_gib <= 0)
    object("cache", "above 0; leave it out for no limit");
  return limits;
}

task::TuneSpec read_tune(const Section& file) {
  task::TuneSpec tune;
  const Section section = file.sub("tune");
  section.choice("method", tune.method);
  section.integer("trials", tune.trials);
  if (quantity(section, "seconds", kTimes, tune.seconds) && tune.seconds <= 0)
    section.problem("seconds", fmt::format("is {}; it must be above 0 (leave it out for no limit)",
                                           shown(*section.find("seconds"))));
  int64_t seed = 1;
  if (section.integer("seed", seed)) tune.seed = static_cast<uint64_t>(seed);
  return tune;
}

std::vector<std::string> read_plugin_paths(const Section& file) {
  std::vector<std::string> names;
  std::vector<std::string> paths;
  file.texts("plugins", names);
  const Node* list = file.find("plugins");
  for (size_t i = 0; i < names.size(); ++i) {
    paths.push_back(absolute_path(list->is_list() ? list->items[i] : *list, names[i]));
  }
  return paths;
}

}  // namespace assay::config
