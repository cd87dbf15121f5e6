#include "cli/recorded_experiment.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>

#include "analysis/resolved_config.h"
#include "error/error.h"
#include "execution/earlier_names.h"
#include "execution/stored_paths.h"
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

/// Where the files of a run may lie, in the order in which they are looked for: as asked, then where
/// the experiment file stood, beside the database, and where data are kept on this machine.
std::vector<std::string> folders_of(const Workspace& workspace, const std::string& database,
                                    const results::RunInfo& run,
                                    const std::vector<std::string>& asked) {
  const auto beside = std::filesystem::absolute(database).lexically_normal().parent_path();
  std::vector<std::string> folders;  // absolute: the configuration lies in a folder of its own
  for (const std::string& folder : asked)
    folders.push_back(std::filesystem::absolute(folder).lexically_normal().string());
  if (!run.row.folder.empty())
    folders.push_back((beside / run.row.folder).lexically_normal().string());
  folders.push_back(beside.string());
  folders.insert(folders.end(), workspace.places.folders.begin(), workspace.places.folders.end());
  folders.push_back(std::filesystem::current_path().string());
  return folders;
}

/// What a run called a data set and fold: the bytes of the files, and what was used of them.
struct StoredNames {
  std::string source, prepared;
};

std::optional<StoredNames> stored_names(const results::Database& database, int64_t run_id,
                                        const task::DatasetSpec& dataset) {
  const results::Cell parameters[] = {run_id, dataset.name, fold_name(dataset.split)};
  const auto rows = results::Reader(database)
                        .query(
                            "SELECT source_hash, prepared_hash FROM data_source WHERE run_id = ? "
                            "AND dataset = ? AND fold = ?",
                            parameters)
                        .rows;
  if (rows.empty()) return std::nullopt;
  return StoredNames{std::get<std::string>(rows[0][0]), std::get<std::string>(rows[0][1])};
}

/// The first data set that is not the one of the run: its name, and both hashes.
struct OtherData {
  std::string dataset, then, now;
};

std::optional<OtherData> other_data(const results::Database& database, int64_t run_id,
                                    const Recorded& recorded) {
  const std::vector<task::DatasetSpec> datasets = by_fold(recorded.experiment.datasets);
  for (size_t d = 0; d < datasets.size(); ++d) {
    const std::optional<StoredNames> then = stored_names(database, run_id, datasets[d]);
    const dataset::PreparedRef& now = recorded.data[d];
    // Other bytes with the same in all columns that are used are the same data.
    if (!then || then->source == now.data_hash || then->prepared == now.key) continue;
    return OtherData{datasets[d].name, then->source, now.data_hash};
  }
  return std::nullopt;
}

Recorded read_config(const Workspace& workspace, const results::Database& database,
                     const results::RunInfo& run, const std::string& path,
                     const std::string& config) {
  std::ofstream(path) << config;
  try {
    task::Experiment experiment = load_experiment(path, workspace.load_options({}, true));
    std::vector<dataset::PreparedRef> data = workspace.prepare(experiment);
    execution::keep_earlier_names(data, database, run.run_id);
    return {std::move(experiment), std::move(data)};
  } catch (const error::UserError& error) {
    throw_of_run(error, path,
                 fmt::format("configuration of run {} in {}", run.run_id, database.path()));
  }
}

}  // namespace

Recorded read_recorded(const Workspace& workspace, const std::string& database,
                       const results::RunInfo& run, const std::string& folder,
                       const std::vector<std::string>& metrics,
                       const std::vector<std::string>& asked) {
  check_metrics(database, run, metrics);
  const std::string path = fmt::format("{}/run-{}.yaml", folder, run.run_id);
  const std::string config = with_metrics(run.row.config, metrics);
  const results::Database file = results::Database::open_readonly(database);
  Workspace places = workspace;
  places.places.folders.insert(places.places.folders.begin(), asked.begin(), asked.end());
  std::vector<std::string> folders = folders_of(workspace, database, run, asked);
  std::set<std::string> tried;
  std::optional<Recorded> first;
  std::optional<OtherData> other;
  // Files of the right names may be other data: a folder counts by what its files hash to.
  for (size_t turn = 0; turn < folders.size(); ++turn) {
    const std::string found = execution::found_paths(config, folders);
    std::ranges::rotate(folders, folders.begin() + 1);
    if (!tried.insert(found).second) continue;
    Recorded recorded = read_config(places, file, run, path, found);
    const auto differs = other_data(file, run.run_id, recorded);
    if (!differs) return recorded;
    if (!first) {
      first = std::move(recorded);
      other = differs;
    }
  }
  if (asked.empty()) return std::move(*first);
  throw error::UserError(
      database, fmt::format("the data of {} that --data leads to are not those of run {}: hash "
                            "{:.12} then, {:.12} now; name the folder that has them",
                            other->dataset, run.run_id, other->then, other->now));
}

void add_data_option(CLI::App& command, std::vector<std::string>& folders) {
  command
      .add_option(
          "--data", folders,
          "Folder with the data of the run, taken where the hash is that of the run; may be "
          "given several times")
      ->option_text("FOLDER");
}

}  // namespace assay::cli
