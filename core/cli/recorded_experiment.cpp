#include "cli/recorded_experiment.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "analysis/resolved_config.h"
#include "error/error.h"
#include "execution/earlier_names.h"
#include "metric_catalog/metric_definition.h"

namespace assay::cli {
namespace {

/// Every metric that is named, or an error that names it. What the table does not have may be a
/// plugin's: it is looked up where the configuration is read.
void check_metrics(const std::string& database, const results::RunInfo& run,
                   const std::vector<std::string>& metrics) {
  const int64_t served =
      std::stoll(analysis::config_value(run.row.config, {"serve", "size"}).value_or("0"));
  for (const std::string& metric : metrics) {
    if (std::ranges::count(metric_catalog::metric_table(),
                           metric_catalog::split_metric(metric).name,
                           &metric_catalog::MetricInfo::name) == 0)
      continue;
    if (metric.find('@') == std::string::npos) {
      metric_catalog::parse_metric(metric);
      continue;
    }
    const metric_catalog::MetricColumn column = metric_catalog::parse_metric_column(metric);
    if (served > 0 && column.cutoff > served)
      throw error::UserError(
          database, fmt::format("{} needs lists of {} items; run {} stored the {} that it served",
                                display_name(column), column.cutoff, run.run_id, served));
  }
}

/// Adds to `names:` below `metrics:`, which the resolved text has on one line.
std::string with_metrics(std::string config, const std::vector<std::string>& metrics) {
  if (metrics.empty()) return config;
  const size_t section = config.find("\nmetrics:\n");
  const size_t names = config.find("\n  names: [", section);
  error::require(section != std::string::npos && names != std::string::npos,
                 "a resolved configuration lists its metrics");
  const size_t end = config.find("]\n", names);
  const bool empty = config[end - 1] == '[';
  std::string added;
  for (const std::string& metric : metrics) {
    added += fmt::format("{}\"{}\"", empty && added.empty() ? "" : ", ", metric);
  }
  return config.insert(end, added);
}

/// The configuration is written to a file of ours only to be read: problems are told of the run,
/// and those of metrics, which can only be the added ones, as if they stood on the command line.
[[noreturn]] void throw_of_run(const error::UserError& error, const std::string& path,
                               const std::string& run) {
  std::vector<error::Problem> problems = error.problems();
  for (error::Problem& problem : problems) {
    const size_t named = problem.what.find("]: ");
    if (problem.what.starts_with("metrics.names[") && named != std::string::npos)
      problem = {"", problem.what.substr(named + 3), ""};
    else if (problem.where.starts_with(path))
      problem.where.replace(0, path.size(), run);
  }
  throw error::UserError(std::move(problems));
}

}  // namespace

Recorded read_recorded(const Workspace& workspace, const std::string& database,
                       const results::RunInfo& run, const std::string& folder,
                       const std::vector<std::string>& metrics) {
  check_metrics(database, run, metrics);
  const std::string path = fmt::format("{}/run-{}.yaml", folder, run.run_id);
  std::ofstream(path) << with_metrics(run.row.config, metrics);
  try {
    task::Experiment experiment = load_experiment(path, workspace.load_options({}, true));
    std::vector<dataset::PreparedRef> data = workspace.prepare(experiment);
    execution::keep_earlier_names(data, results::Database::open_readonly(database), run.run_id);
    return {std::move(experiment), std::move(data)};
  } catch (const error::UserError& error) {
    throw_of_run(error, path, fmt::format("configuration of run {} in {}", run.run_id, database));
  }
}

}  // namespace assay::cli
