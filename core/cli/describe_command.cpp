#include "cli/describe_command.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/plugin_page.h"
#include "cli/workspace.h"
#include "error/error.h"
#include "execution/plugin_probe.h"
#include "metric_catalog/metric_definition.h"

namespace assay::cli {
namespace {

using nlohmann::json;

struct DescribeArguments {
  std::string name;
  bool all = false;
  std::string format = "text";
};

std::vector<const task::PluginInfo*> plugins_named(const task::PluginCatalog& catalog,
                                                   const std::string& name) {
  std::vector<const task::PluginInfo*> found;
  for (const PluginKind kind :
       {PluginKind::recall, PluginKind::rank, PluginKind::rerank, PluginKind::metric}) {
    if (const task::PluginInfo* plugin = catalog.find(name, kind)) found.push_back(plugin);
  }
  return found;
}

bool is_metric(const std::string& name) {
  for (const metric_catalog::MetricInfo& metric : metric_catalog::metric_table()) {
    if (name == metric.name || name.starts_with(metric.name + "{")) return true;
  }
  return false;
}

// Facts of a metric: what, and in words.
Listing metric_table_of(const metric_catalog::MetricDefinition& definition) {
  const metric_catalog::MetricInfo& info = *definition.info;
  Listing table{{"fact", "value"}, {}};
  table.add({"definition", definition.id});
  table.add({"formula", info.formula});
  table.add({"group", info.group});
  table.add({"values", info.per_request ? "one per request" : "one per catalogue"});
  if (info.of_whole_lists()) table.add({"measured at", "whole lists at " + info.measured_at});
  table.add({"unit", definition.unit});
  table.add({"better", std::string(better(info))});
  table.add({"no value", info.empty_case});
  for (const metric_catalog::MetricOption& option : info.options) {
    const std::string choices =
        option.choices.empty() ? "a name" : fmt::format("{}", fmt::join(option.choices, " or "));
    table.add({"choice " + option.name, fmt::format("{}: {}", choices, option.doc)});
  }
  if (!info.paper.empty()) table.add({"paper", info.paper});
  return table;
}

[[noreturn]] void unknown(const task::PluginCatalog& catalog, const std::string& name) {
  std::vector<std::string> known;
  for (const task::PluginInfo& plugin : catalog.plugins()) known.push_back(plugin.name);
  for (const metric_catalog::MetricInfo& metric : metric_catalog::metric_table())
    known.push_back(metric.name);
  const auto near = error::near_name(name, known);
  throw error::UserError(
      fmt::format("{} is neither a plugin nor a metric{}{}", name, catalog.refused_note(name),
                  near ? fmt::format("; did you mean \"{}\"?", *near)
                       : "; assay list plugins and assay list metrics show all names"));
}

void describe_all(const DescribeArguments& arguments) {
  const task::PluginCatalog catalog = load_catalog(Workspace().plugins);
  if (arguments.format == "markdown") return fmt::print("{}", plugin_page(catalog));
  if (arguments.format == "json") return fmt::print("{}\n", json(catalog.plugins()).dump(2));
  for (size_t i = 0; i < catalog.plugins().size(); ++i) {
    fmt::print("{}{}", i > 0 ? "\n" : "", plugin_text(catalog.plugins()[i]));
  }
}

// A metric of a feature is described without one being named.
metric_catalog::MetricDefinition described(const std::string& name) {
  for (const metric_catalog::MetricInfo& metric : metric_catalog::metric_table()) {
    if (metric.name == name) return metric_catalog::parse_metric(example_of(metric));
  }
  return metric_catalog::parse_metric(name);
}

void describe_metric(const DescribeArguments& arguments) {
  const Listing table = metric_table_of(described(arguments.name));
  const OutputFormat format = arguments.format == "json"       ? OutputFormat::json
                              : arguments.format == "markdown" ? OutputFormat::markdown
                                                               : OutputFormat::text;
  fmt::print("{}", render(table, format));
}

void describe(const DescribeArguments& arguments) {
  if (arguments.all) return describe_all(arguments);
  if (arguments.name.empty())
    throw error::UserError("name a plugin or a metric, or write --all; assay list shows all names");
  if (is_metric(arguments.name)) return describe_metric(arguments);
  const task::PluginCatalog catalog = load_catalog(Workspace().plugins);
  const auto found = plugins_named(catalog, arguments.name);
  if (found.empty()) unknown(catalog, arguments.name);
  for (const task::PluginInfo* plugin : found) {
    if (arguments.format == "json")
      fmt::print("{}\n", json(*plugin).dump(2));
    else if (arguments.format == "markdown")
      fmt::print("{}", plugin_page(task::PluginCatalog({*plugin})));
    else
      fmt::print("{}", plugin_text(*plugin));
  }
}

}  // namespace

void add_describe_command(CLI::App& app, int&) {
  auto arguments = std::make_shared<DescribeArguments>();
  CLI::App* command = app.add_subcommand(
      "describe", "A plugin with its parameters, or a metric with its definition");
  command->add_option("name", arguments->name,
                      "A plugin or a metric: item_knn, ndcg, recall{den=min(R,k)}");
  command->add_flag("--all", arguments->all,
                    "Every plugin; with --format markdown it is docs/plugins.md");
  command->add_option("--format", arguments->format, "text, markdown or json")
      ->check(CLI::IsMember({"text", "markdown", "json"}));
  command->callback([arguments] { describe(*arguments); });
}

}  // namespace assay::cli
