#include "cli/list_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>

#include "cli/listing.h"
#include "cli/workspace.h"
#include "execution/plugin_probe.h"
#include "ingest/catalogue.h"
#include "metric_catalog/metric_definition.h"

namespace assay::cli {
namespace {

using nlohmann::json;

struct ListArguments {
  std::string what = "plugins";
  OutputFormat format = OutputFormat::text;
};

Listing plugin_table(const task::PluginCatalog& catalog) {
  Listing table{{"plugin", "kind", "version", "parameters", "what it is"}, {}};
  for (const PluginKind kind :
       {PluginKind::recall, PluginKind::rank, PluginKind::rerank, PluginKind::metric}) {
    for (const std::string& name : catalog.names(kind)) {
      const task::PluginInfo* plugin = catalog.find(name, kind);
      table.add({name, std::string(task::name_of(kind)), plugin->version,
                 plugin->schema.params.size(), plugin->doc});
    }
  }
  return table;
}

void list_plugins(OutputFormat format) {
  const task::PluginCatalog catalog = execution::load_catalog(Workspace().plugins);
  fmt::print("{}", render(plugin_table(catalog), format));
  for (const task::RefusedLibrary& refused : catalog.refused())
    fmt::print(stderr, "refused: {}: {}\n", refused.path, refused.message);
}

void list_metrics(OutputFormat format) {
  Listing table{{"metric", "group", "better", "values", "definition"}, {}};
  for (const metric_catalog::MetricInfo& metric : metric_catalog::metric_table()) {
    table.add({metric.name, metric.group, std::string(better(metric)),
               metric.per_request ? "one per request" : "one per catalogue",
               metric_catalog::parse_metric(example_of(metric)).id});
  }
  fmt::print("{}", render(table, format));
}

void list_datasets(OutputFormat format) {
  Listing table{{"data set", "format", "what it is"}, {}};
  for (const ingest::CatalogueEntry& entry : ingest::data_catalogue())
    table.add({entry.name, entry.format, entry.summary});
  fmt::print("{}", render(table, format));
}

void list(const ListArguments& arguments) {
  if (arguments.what == "plugins") list_plugins(arguments.format);
  if (arguments.what == "metrics") list_metrics(arguments.format);
  if (arguments.what == "datasets") list_datasets(arguments.format);
}

}  // namespace

void add_list_command(CLI::App& app, int&) {
  auto arguments = std::make_shared<ListArguments>();
  CLI::App* command = app.add_subcommand(
      "list", "List what an experiment file can name: plugins, metrics or data sets");
  command->add_option("what", arguments->what, "plugins, metrics or datasets")
      ->check(CLI::IsMember({"plugins", "metrics", "datasets"}))
      ->capture_default_str();
  add_format_option(*command, arguments->format);
  command->callback([arguments] { list(*arguments); });
}

}  // namespace assay::cli
