#include "cli/verify_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>

#include "analysis/check_judgement.h"
#include "analysis/judged_by.h"
#include "cli/listing.h"
#include "cli/progress_line.h"
#include "cli/recorded_experiment.h"
#include "cli/worker_pool.h"
#include "error/error.h"
#include "execution/verify.h"
#include "report/run_name.h"
#include "results/attribution_table.h"
#include "task/build_info.h"

namespace assay::cli {
namespace {

struct VerifyArguments {
  std::string db, variant;
  std::vector<std::string> data;
  WorkerOptions workers;
  OutputFormat format = OutputFormat::text;
  bool quiet = false;
};

void print(const std::vector<execution::VerifiedTrial>& trials, OutputFormat format) {
  Listing table{{"variant", "dataset", "fold", "seed", "verdict", "detail"}, {}};
  for (const execution::VerifiedTrial& trial : trials) {
    table.add({trial.variant, trial.dataset, trial.fold,
               trial.seed ? nlohmann::json(*trial.seed) : nlohmann::json(nullptr),
               to_string(trial.verdict), trial.detail});
  }
  fmt::print("{}", render(table, format));
}

/// "Run 1 of x.sqlite: 3 trials identical, 1 cannot be verified."
std::string summary(const std::vector<execution::VerifiedTrial>& trials,
                    const report::OpenRun& run) {
  std::string text;
  for (const execution::VerifyVerdict verdict :
       {execution::VerifyVerdict::identical, execution::VerifyVerdict::within_tolerance,
        execution::VerifyVerdict::different, execution::VerifyVerdict::cannot}) {
    const auto count = std::ranges::count(trials, verdict, &execution::VerifiedTrial::verdict);
    if (count > 0)
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, to_string(verdict));
  }
  return fmt::format("Run {} of {}: of {} trials {}.", run.info().run_id, run.name().path,
                     trials.size(), text);
}

/// What of the stored verdicts follows from the stored values.
/// @param good  every trial gave the stored values again
void print(const analysis::JudgementCheck& check, bool good) {
  if (!check.recomputed) {
    fmt::print("{}: the run was judged by rules {}, this build has rules {}.\n",
               good ? "Values verified, verdicts not" : "Verdicts not verified", check.rules,
               analysis::kRules);
    return;
  }
  for (const std::string& difference : check.differences) fmt::print("  {}\n", difference);
  fmt::print(
      "Verdicts: {} {} made again by rules {}: {}{}.\n", check.rows,
      check.has_policies ? "summaries, comparisons and policy values" : "summaries and comparisons",
      check.rules,
      check.differences.empty() ? "as stored"
                                : fmt::format("{} not as stored", check.differences.size()),
      check.without_times ? " (without times: the file has several timing passes)" : "");
}

int verify_run(const VerifyArguments& arguments) {
  const report::OpenRun run(report::parse_run_name(arguments.db));
  if (const auto of = attribution_of(run.reader(), run.info().run_id))
    throw error::UserError(run.name().path,
                           fmt::format("run {} is an attribution, whose pipelines stand in no "
                                       "configuration; verify the run that it is of: {}#{}",
                                       of->run_id, run.name().path, of->of_run));
  Workspace workspace;
  const WorkFolder work(workspace.cache, false);
  const auto [experiment, data] =
      read_recorded(workspace, run.name().path, run.info(), work.path(), {}, arguments.data);
  // Artifacts of the run itself would prove nothing.
  const std::string artifacts = work.path() + "/artifacts";
  std::filesystem::create_directories(artifacts);
  const execution::TuningContext tuning = workspace.tuning_context(experiment, data);
  execution::PlanSettings plan_settings = tuning.settings;
  plan_settings.artifact_dir = artifacts;
  plan_settings.chosen = choices_of(execution::tuning_searches(tuning, &run.database()));
  execution::Plan plan = execution::make_plan(experiment, data, plan_settings);

  execution::LocalExecutor executor(executor_settings(arguments.workers, experiment,
                                                      jobs_of(arguments.workers, experiment),
                                                      workspace.plugins.worker, work.path()));
  ProgressLine line(arguments.quiet);
  execution::RunSettings settings;
  settings.work_folder = work.path();
  settings.command_line = "assay verify " + arguments.db;
  settings.assay_version = task::build_info().version;
  settings.torch_version = task::build_info().torch_version;
  settings.smoke = false;
  settings.jobs = jobs_of(arguments.workers, experiment);
  settings.progress = [&](const execution::RunProgress& progress) { line.show(progress); };
  settings.stop = stop_on_interrupt();
  const auto trials = verify(run.database(), run.info().run_id, std::move(plan), arguments.variant,
                             work.path() + "/verify.sqlite", executor, settings);
  line.clear();
  print(trials, arguments.format);
  if (arguments.format == OutputFormat::text) fmt::print("\n{}\n", summary(trials, run));
  const analysis::JudgementCheck verdicts =
      analysis::check_judgement(run.reader(), run.info().run_id);
  const bool good = std::ranges::all_of(trials, [](const execution::VerifiedTrial& trial) {
    return trial.verdict == execution::VerifyVerdict::identical ||
           trial.verdict == execution::VerifyVerdict::within_tolerance;
  });
  if (arguments.format == OutputFormat::text) print(verdicts, good);
  if (settings.stop->load() > 0) return 4;
  return good && verdicts.differences.empty() ? 0 : 3;
}

}  // namespace

void add_verify_command(CLI::App& app, int& exit_code) {
  auto arguments = std::make_shared<VerifyArguments>();
  CLI::App* command =
      app.add_subcommand("verify", "Repeat a run and compare its results with the stored ones");
  command->add_option("db", arguments->db, "A run: FILE (its last one) or FILE#RUN")
      ->required()
      ->option_text("RUN");
  command->add_option("--variant", arguments->variant, "Only this variant")->option_text("VARIANT");
  add_data_option(*command, arguments->data);
  command->add_option("--jobs,-j", arguments->workers.jobs, "Worker processes")
      ->check(CLI::Range(1, 1024));
  command->add_flag("--quiet,-q", arguments->quiet, "Show no progress, only the result");
  add_format_option(*command, arguments->format);
  command->callback([arguments, &exit_code] { exit_code = verify_run(*arguments); });
}

}  // namespace assay::cli
