#include "cli/rescore_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "analysis/analyse.h"
#include "analysis/baseline_agreement.h"
#include "cli/progress_line.h"
#include "cli/recorded_experiment.h"
#include "cli/worker_pool.h"
#include "error/error.h"
#include "execution/rescore.h"
#include "metric_catalog/metric_definition.h"
#include "report/run_name.h"
#include "text/counted.h"

namespace assay::cli {
namespace {

struct RescoreArguments {
  std::string db;
  std::vector<std::string> metrics, data;
  WorkerOptions workers;
  bool self_check = false;
  bool quiet = false;
};

void record_event(results::Database& database, int64_t run_id,
                  const std::vector<std::string>& metrics) {
  results::EventRow event;
  event.run_id = run_id;
  event.time = results::utc_now();
  event.level = "info";
  event.text = fmt::format("rescored: {}", fmt::join(metrics, ", "));
  database.write(event);
}

/// It is computed where variants are compared, from the lists of both.
bool asks_for_baseline(const std::string& metric) {
  return analysis::is_of_baseline(metric_catalog::split_metric(metric).name);
}

/// What the harness found of itself; empty where it had checked itself before and held.
std::string self_check_text(const execution::RescoreOutcome& outcome, bool asked) {
  if (outcome.self_check_failed > 0)
    return fmt::format("The harness failed its self-check on {}: assay compare names them.\n",
                       text::counted(outcome.self_check_failed, "metric"));
  if (outcome.self_checked > 0)
    return fmt::format("The harness checked itself on {}: all hold.\n",
                       text::counted(outcome.self_checked, "metric"));
  return asked ? "The harness had checked itself on all metrics before: all hold.\n" : "";
}

int rescore_run(const RescoreArguments& arguments) {
  if (arguments.metrics.empty() && !arguments.self_check)
    throw error::UserError(
        "--metrics is missing: name the metrics to add, or ask for --self-check");
  const report::RunName name = report::parse_run_name(arguments.db);
  const results::RunInfo run = report::OpenRun(name).info();
  Workspace workspace;
  const WorkFolder work(workspace.cache, false);
  const auto [experiment, data] =
      read_recorded(workspace, name.path, run, work.path(), arguments.metrics, arguments.data);
  results::Database database = results::Database::open_or_create(name.path);

  execution::LocalExecutor executor(executor_settings(arguments.workers, experiment,
                                                      jobs_of(arguments.workers, experiment),
                                                      workspace.plugins.worker, work.path()));
  ProgressLine line(arguments.quiet);
  execution::RunSettings settings;
  settings.work_folder = work.path();
  settings.jobs = jobs_of(arguments.workers, experiment);
  settings.progress = [&](const execution::RunProgress& progress) { line.show(progress); };
  settings.stop = stop_on_interrupt();
  const execution::RescoreOutcome outcome =
      rescore(database, run.run_id, experiment, data, executor, settings);
  line.clear();
  const bool of_baseline = std::ranges::any_of(arguments.metrics, asks_for_baseline);
  if (outcome.scored > 0 || of_baseline) {
    record_event(database, run.run_id, arguments.metrics);
    analysis::analyse(database, run.run_id, analysis::analysis_settings(experiment));
  }
  for (const std::string& problem : outcome.problems) fmt::print("{}\n", problem);
  if (!arguments.metrics.empty())
    fmt::print("{} of {} trials got new metrics; no strategy was called.\n", outcome.scored,
               outcome.trials);
  fmt::print("{}", self_check_text(outcome, arguments.self_check));
  if (of_baseline) fmt::print("Agreement with the baseline was computed from the lists of both.\n");
  if (outcome.interrupted) return 4;
  if (!outcome.problems.empty()) return 3;
  if (!arguments.metrics.empty())
    fmt::print("Compare  assay compare {} --metric {}\n", arguments.db, arguments.metrics.front());
  return 0;
}

}  // namespace

void add_rescore_command(CLI::App& app, int& exit_code) {
  auto arguments = std::make_shared<RescoreArguments>();
  CLI::App* command = app.add_subcommand(
      "rescore",
      "Add metrics of the served lists to a run, or a self-check, from its stored lists");
  command->add_option("db", arguments->db, "A run: FILE (its last one) or FILE#RUN")
      ->required()
      ->option_text("RUN");
  command
      ->add_option("--metrics", arguments->metrics,
                   "As in metrics.names: recall, \"recall{den=min(R,k)}@20\", ...")
      ->option_text("METRIC...");
  command->add_flag("--self-check", arguments->self_check,
                    "Have the harness check itself on the metrics of the run, where it has not");
  add_data_option(*command, arguments->data);
  command->add_option("--jobs,-j", arguments->workers.jobs, "Worker processes")
      ->check(CLI::Range(1, 1024));
  command->add_flag("--quiet,-q", arguments->quiet, "Show no progress, only the result");
  command->callback([arguments, &exit_code] { exit_code = rescore_run(*arguments); });
}

}  // namespace assay::cli
