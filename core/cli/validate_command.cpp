#include "cli/validate_command.h"

#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/lock_command.h"
#include "cli/workspace.h"
#include "config/config.h"
#include "error/error.h"
#include "execution/data_scopes.h"
#include "metric_catalog/metric_definition.h"
#include "text/counted.h"

namespace assay::cli {
namespace {

using nlohmann::json;

struct ValidateArguments {
  std::string file;
  std::vector<std::string> set;
  std::string format = "text";
  bool yes = false;
  bool resolved = false;
  bool locked = false;
};

std::string summary(const task::Experiment& experiment) {
  const task::MetricAt& primary = experiment.metrics.primary;
  return fmt::format(
      "{} is valid: {}, {}, {}; the baseline is {}, the primary metric {}@{}", experiment.path,
      text::counted(std::ssize(experiment.variants), "variant"),
      text::counted(std::ssize(experiment.datasets), "data set"),
      text::counted(std::ssize(experiment.seeds), "seed"), experiment.compare.baseline,
      display_name(metric_catalog::parse_metric(primary.definition)), primary.cutoff);
}

json as_json(const task::Experiment& experiment) {
  json variants = json::array();
  for (const task::VariantSpec& variant : experiment.variants) variants.push_back(variant.name);
  json datasets = json::array();
  for (const task::DatasetSpec& dataset : experiment.datasets) datasets.push_back(dataset.name);
  return {{"valid", true},
          {"name", experiment.name},
          {"variants", variants},
          {"datasets", datasets},
          {"seeds", experiment.seeds},
          {"baseline", experiment.compare.baseline},
          {"resolved", experiment.resolved_text}};
}

json as_json(const error::UserError& error) {
  json problems = json::array();
  for (const error::Problem& problem : error.problems()) {
    problems.push_back(
        {{"where", problem.where}, {"what", problem.what}, {"excerpt", problem.excerpt}});
  }
  return {{"valid", false}, {"problems", problems}};
}

task::Experiment load(const ValidateArguments& arguments) {
  const Workspace workspace;
  task::Experiment experiment = workspace.load(arguments.file, arguments.set, arguments.yes);
  execution::check_written_features(experiment);
  if (arguments.locked) check_locked(workspace, experiment);
  return experiment;
}

int validate_as_json(const ValidateArguments& arguments) {
  try {
    fmt::print("{}\n", as_json(load(arguments)).dump(2));
    return 0;
  } catch (const error::UserError& error) {
    fmt::print("{}\n", as_json(error).dump(2));
    return 2;
  }
}

int validate(const ValidateArguments& arguments) {
  if (arguments.format == "json") return validate_as_json(arguments);
  const task::Experiment experiment = load(arguments);
  fmt::print("{}", arguments.resolved ? experiment.resolved_text : summary(experiment) + "\n");
  return 0;
}

}  // namespace

void add_validate_command(CLI::App& app, int& exit_code) {
  auto arguments = std::make_shared<ValidateArguments>();
  CLI::App* command = app.add_subcommand(
      "validate", "Show every problem of an experiment file; reads no data and runs nothing");
  command->add_option("file", arguments->file, "Experiment file (YAML)")->required();
  command->add_option("--set", arguments->set, "Change a setting: variants.control.recall.0.k=50");
  command->add_flag("--resolved", arguments->resolved,
                    "Print the resolved file: includes, variants and defaults expanded");
  add_locked_flag(*command, arguments->locked);
  command->add_flag("--yes", arguments->yes,
                    fmt::format("Allow more than {} variants", config::kManyVariants));
  command->add_option("--format", arguments->format, "text or json")
      ->check(CLI::IsMember({"text", "json"}));
  command->callback([arguments, &exit_code] { exit_code = validate(*arguments); });
}

}  // namespace assay::cli
