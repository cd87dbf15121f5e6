#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "config/scalar.h"
#include "config/sections.h"
#include "error/error.h"
#include "task/slice.h"
#include "text/thousands.h"

namespace assay::config {
namespace {

// A round's latencies and requests are held in memory.
constexpr int64_t kMostArrivals = 10'000'000;

bool read_windows(const Section& section, const char* key, bool may_be_empty,
                  std::vector<task::Window>& out) {
  std::vector<std::string> names;
  if (!section.texts(key, names)) return false;
  if (names.empty() && !may_be_empty) {
    section.problem(key, "is empty; it must name a window");
    return false;
  }
  std::vector<task::Window> windows;
  for (const std::string& name : names)
    windows.push_back(task::parse<task::Window>(name).value());  // the table allows no other
  std::ranges::sort(windows);
  if (std::ranges::adjacent_find(windows) != windows.end()) {
    section.problem(key, "names a window twice");
    return false;
  }
  out = std::move(windows);
  return true;
}

}  // namespace

task::FitOn read_fit_on(const Section& file) {
  task::FitOn fit_on;
  const Section section = file.sub("fit_on");
  read_windows(section, "recall", false, fit_on.recall);
  read_windows(section, "rank", false, fit_on.rank);
  const Node* final = section.find("final");
  const bool same = final != nullptr && final->is_scalar() && final->text == "same";
  if (final != nullptr && !same) read_windows(section, "final", false, fit_on.final);
  return fit_on;
}

task::TrafficSpec read_traffic(const Section& file) {
  task::TrafficSpec traffic;
  const Section section = file.sub("traffic");
  section.choice("requests", traffic.requests);
  section.integer("session_gap", traffic.session_gap_s);
  if (section.has("session_gap") && traffic.requests != task::RequestUnit::per_session)
    section.refuse("session_gap", "is for requests: per_session only");
  section.choice("candidates", traffic.candidates);
  if (traffic.candidates != task::CandidateSource::retrieved &&
      traffic.requests != task::RequestUnit::logged)
    section.problem("candidates",
                    fmt::format("is {}, which needs requests: logged; requests is {}",
                                name_of(traffic.candidates), name_of(traffic.requests)));
  read_windows(section, "exclude_seen", true, traffic.exclude_seen);
  const Node* length = section.find("history_length");
  if (length == nullptr || (length->is_scalar() && length->text == "all")) return traffic;
  const Scalar scalar = length->is_scalar() ? read_scalar(*length) : Scalar(Ambiguous{});
  int64_t value = 0;
  if (std::holds_alternative<std::string>(scalar)) {
    section.problem("history_length",
                    fmt::format("is {}; it must be all, or an integer from 1 on", shown(*length)));
  } else if (read_as(*length, section.path("history_length"), section.problems(), value)) {
    if (value < 1)
      section.problem("history_length", fmt::format("is {}; it must be all, or at least 1", value));
    traffic.history_length = value;
  }
  return traffic;
}

metric_catalog::MetricChoice read_metric_choice(const Section& file) {
  metric_catalog::MetricChoice choice{
      .groups = {"accuracy"}, .names = {}, .cutoffs = {10}, .pool_cutoffs = {}, .primary = ""};
  const Section section = file.sub("metrics");
  section.texts("groups", choice.groups);
  section.texts("names", choice.names);
  section.integers("pool_cutoffs", choice.pool_cutoffs);
  if (section.integers("cutoffs", choice.cutoffs) && choice.cutoffs.empty()) {
    section.problem("cutoffs", "is empty; it must name a list length");
    choice.cutoffs = {10};
  }
  if (!section.text("primary", choice.primary))
    choice.primary = fmt::format("ndcg@{}", choice.cutoffs[0]);
  return choice;
}

namespace {

// The node that a path such as "groups[1]" names.
const Node& locate(const Section& metrics, const std::string& path) {
  const size_t bracket = path.find('[');
  const Node* node = metrics.find(path.substr(0, bracket));
  if (node == nullptr || bracket == std::string::npos || !node->is_list())
    return node ? *node : metrics.node();
  return node->items.at(std::stoul(path.substr(bracket + 1)));
}

// `users: activity` as YAML has it: a map with one key, or text.
std::string slice_text_of(const Node& node) {
  if (node.is_map() && node.items.size() == 1 && node.items[0].is_scalar()) {
    return node.keys[0].text + ": " + node.items[0].text;
  }
  return node.is_scalar() ? node.text : shown(node);
}

void read_slices(const Section& section, std::vector<std::string>& out) {
  const Node* list = section.find("slices");
  if (list == nullptr) return;
  if (!list->is_list()) {
    return section.problem(
        "slices", fmt::format("is {}; it must be a list: [{{users: activity}}]", shown(*list)));
  }
  for (size_t i = 0; i < list->items.size(); ++i) {
    const Node& item = list->items[i];
    const std::string where = fmt::format("{}[{}]", section.path("slices"), i);
    try {
      const std::string text = slice_text(task::parse_slice(clipped(slice_text_of(item))));
      if (std::ranges::count(out, text) > 0) {
        section.problems().add(item.place, where,
                               fmt::format("is {}, which is named already", text));
      }
      out.push_back(text);
    } catch (const error::UserError& error) {
      section.problems().add(item.place, where, "is " + error.problems()[0].what);
    }
  }
}

}  // namespace

task::MetricsSpec read_metrics(const Section& file, const metric_catalog::MetricChoice& choice,
                               const task::PluginCatalog& catalog) {
  task::MetricsSpec spec;
  // Its keys were checked when the choice was read; the same problem is kept once.
  const Section section = file.sub("metrics");
  read_slices(section, spec.slices);
  try {
    const metric_catalog::MetricPlan plan = expand(choice, &catalog);
    for (const metric_catalog::MetricColumn& column : plan.columns) {
      (column.pool ? spec.pool : spec.served).push_back({column.definition.id, column.cutoff});
    }
    spec.primary = {plan.primary.definition.id, plan.primary.cutoff};
    spec.own = plan.own;
  } catch (const error::UserError& error) {
    for (const error::Problem& problem : error.problems()) {
      file.problems().add(locate(section, problem.where).place, "",
                          fmt::format("metrics.{}: {}", problem.where, problem.what));
    }
  }
  return spec;
}

namespace {

/// "360,000,000"; what is no whole number as it is.
std::string count_text(double number) {
  return number == std::floor(number) ? text::thousands(static_cast<int64_t>(number))
                                      : fmt::format("{}", number);
}

void read_server(const Section& element, task::ScenarioSpec& scenario) {
  element.require("rate_qps");
  scenario.duration_s = 10;
  element.number("rate_qps", scenario.rate_qps);
  element.number("duration_s", scenario.duration_s);
  if (scenario.rate_qps * scenario.duration_s > kMostArrivals) {
    element.problem(
        "rate_qps",
        fmt::format("is {}, which for {} s gives {} requests per round; at most {} are allowed",
                    count_text(scenario.rate_qps), count_text(scenario.duration_s),
                    count_text(scenario.rate_qps * scenario.duration_s),
                    count_text(kMostArrivals)));
  }
  if (element.has("requests"))
    element.refuse("requests", "is not for server, which takes rate_qps and duration_s");
  if (element.has("batch_size")) {
    element.refuse("batch_size",
                   "is for offline only; variants.*.serving.batching says how a server makes "
                   "batches");
  }
}

// Nothing where the kind is missing or misspelt.
std::optional<task::ScenarioSpec> read_scenario(const Section& element) {
  using enum task::ScenarioKind;
  task::ScenarioSpec scenario;
  if (element.exists()) element.require("kind");
  const bool known = element.choice("kind", scenario.kind);
  if (known && scenario.kind == server) {
    read_server(element, scenario);
    return scenario;
  }
  element.integer("requests", scenario.requests);
  if (known && scenario.kind == offline) scenario.batch_size = 1024;
  element.integer("batch_size", scenario.batch_size);
  if (!known) return std::nullopt;
  if (scenario.kind == single_stream && element.has("batch_size")) {
    element.refuse("batch_size", "is for offline only; single_stream serves one request at a time");
  }
  for (const char* key : {"rate_qps", "duration_s"}) {
    if (element.has(key))
      element.refuse(key,
                     fmt::format("is for server only; {} has no rate", name_of(scenario.kind)));
  }
  return scenario;
}

}  // namespace

task::LatencySpec read_latency(const Section& file) {
  task::LatencySpec latency;
  const Section section = file.sub("latency");
  if (!section.exists()) return latency;
  latency.rounds = 3;
  latency.scenarios = {{.kind = task::ScenarioKind::single_stream}};
  if (section.integer("rounds", latency.rounds) && (latency.rounds == 1 || latency.rounds == 2)) {
    section.problem("rounds", fmt::format("is {}; it must be at least 3, or 0 for no timing pass",
                                          latency.rounds));
  }
  section.integer("warmup_requests", latency.warmup_requests);
  section.number("repeat_s", latency.repeat_s);
  if (section.has("scenarios")) latency.scenarios.clear();
  section.each("scenarios", [&](const Section& element, size_t) {
    const auto scenario = read_scenario(element);
    const bool twice = scenario && std::ranges::count(latency.scenarios, scenario->kind,
                                                      &task::ScenarioSpec::kind) > 0;
    if (twice)
      element.problem("kind",
                      fmt::format("is {}, which is named already", name_of(scenario->kind)));
    // One that is misspelt may have been meant as any: what asks for a server finds one.
    latency.scenarios.push_back(
        scenario.value_or(task::ScenarioSpec{.kind = task::ScenarioKind::server}));
  });
  if (latency.scenarios.empty())
    section.problem("scenarios", "is empty; name one, or leave latency out");
  return latency;
}

}  // namespace assay::config
