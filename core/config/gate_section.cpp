#include <fmt/format.h>

#include <algorithm>

#include "config/gate.h"
#include "config/sections.h"
#include "config/yaml.h"
#include "error/error.h"
#include "metric_catalog/plugin_metric.h"

namespace assay::config {
namespace {

/// The rules as they stand there, whatever the experiment measures.
task::GateSpec read_rules(const Section& section) {
  task::GateSpec gate;
  section.integer("min_requests", gate.min_requests);
  read_change(section, "largest_gain", gate.largest_gain, gate.largest_gain_relative);
  section.each("metrics", [&](const Section& element, size_t) {
    task::GateMetric& metric = gate.metrics.emplace_back();
    if (!element.exists() || !element.require("metric")) return;
    element.text("metric", metric.metric);
    read_change(element, "tolerated_loss", metric.tolerated_loss, metric.tolerated_loss_relative);
  });
  return gate;
}

/// Why a metric cannot be asked about, to be read after its name; empty where it can. Its name
/// becomes that of the run.
std::string metric_problem(const task::Experiment& experiment, std::string& name) {
  const metric_catalog::MetricColumn column = metric_catalog::parse_metric_column(
      metric_catalog::with_library(experiment.metrics.own, name));
  const task::MetricAt wanted{column.definition.id, column.cutoff};
  // Without a primary metric, metrics has a problem of its own.
  if (!experiment.metrics.primary.definition.empty() &&
      std::ranges::count(experiment.metrics.served, wanted) == 0)
    return "which the experiment does not compute; add it to metrics.names";
  if (column.definition.needs_any(metric_catalog::MetricNeed::baseline))
    return "which measures agreement with the baseline; a gate needs a metric of quality";
  name = display_name(column);
  const auto& rails = experiment.compare.guardrails;
  if (std::ranges::count(rails, name, &task::GuardrailSpec::metric) > 0)
    return "which compare.guardrails limits already; a gate asks every guardrail, so leave it out "
           "here";
  return "";
}

void check_metrics(const Section& section, const task::Experiment& experiment,
                   task::GateSpec& gate) {
  std::vector<std::string> seen;
  section.each("metrics", [&](const Section& element, size_t i) {
    std::string& name = gate.metrics[i].metric;
    if (name.empty()) return;
    const std::string written = clipped(name);
    try {
      const std::string problem = metric_problem(experiment, name);
      if (!problem.empty()) element.problem("metric", fmt::format("is {}, {}", written, problem));
      if (std::ranges::count(seen, name) > 0)
        element.problem("metric", fmt::format("is {}, which stands above already", written));
      seen.push_back(name);
    } catch (const error::UserError& error) {
      element.problem("metric", fmt::format("is {}: {}", written, error.problems()[0].what));
    }
  });
}

}  // namespace

task::GateSpec read_gate(const Section& file, const task::Experiment& experiment) {
  const Section section = file.sub("gate");
  task::GateSpec gate = read_rules(section);
  check_metrics(section, experiment, gate);
  return gate;
}

task::GateSpec recorded_gate(const std::string& resolved_text) {
  const Source source{.name = "the recorded experiment", .folder = "", .text = resolved_text};
  Problems problems;
  const Node root = parse_yaml(source, problems);
  problems.throw_if_any();
  const Node* rules = root.find("gate");
  if (rules == nullptr) return {};
  const task::GateSpec gate = read_rules(Section(problems, rules, "gate", "gate"));
  problems.throw_if_any();
  return gate;
}

}  // namespace assay::config
