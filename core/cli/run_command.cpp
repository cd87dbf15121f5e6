#include "cli/run_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "cli/progress_line.h"
#include "cli/worker_pool.h"
#include "cli/workspace.h"
#include "error/error.h"
#include "execution/run.h"
#include "report/analyse.h"
#include "report/comparison_text.h"
#include "results/reader.h"
#include "task/build_info.h"

namespace assay {
namespace {

struct RunArguments {
  std::string file;
  std::string output;
  std::vector<std::string> set;
  WorkerOptions workers;
  bool no_smoke = false, quiet = false, yes = false, print_task = false;
};

std::string default_output(const Experiment& experiment) {
  return "results/" + experiment.name + ".sqlite";
}

std::string command_line(const RunArguments& arguments) {
  std::string out = "assay run " + arguments.file;
  for (const std::string& set : arguments.set) out += " --set " + set;
  if (arguments.no_smoke) out += " --no-smoke";
  return out;
}

void say_failures(const RunOutcome& outcome, const std::string& database) {
  std::vector<std::string> variants;
  for (const FailedTrial& failed : outcome.failed) {
    if (!std::ranges::count(variants, failed.variant)) variants.push_back(failed.variant);
  }
  fmt::print("\n{} of {} trials done, {} failed:\n",
             outcome.trials - static_cast<int64_t>(outcome.failed.size()), outcome.trials,
             outcome.failed.size());
  for (const std::string& variant : variants) {
    const auto first = std::ranges::find(outcome.failed, variant, &FailedTrial::variant);
    const TaskFailure& failure = first->failure;
    std::string where = failure.phase;
    if (failure.batch >= 0) where += fmt::format(", batch {}", failure.batch);
    where += fmt::format(", data set {}", first->dataset);
    if (first->seed) where += fmt::format(", seed {}", *first->seed);
    const auto more = std::ranges::count(outcome.failed, variant, &FailedTrial::variant) - 1;
    fmt::print("  {}  {} {} in {}{}\n", variant, failure.plugin, failure.reason, where,
               more > 0 ? fmt::format("; {} more trials of it likewise", more) : "");
  }
  fmt::print("Details: assay compare {} --failures\n", database);
}

int finish(const RunOutcome& outcome, const Experiment& experiment, Database& database,
           const std::string& path, const std::string& file) {
  analyse(database, outcome.run_id, analysis_settings(experiment));
  if (outcome.interrupted) {
    database.close();
    fmt::print("Interrupted: {} of {} trials are done and kept. Go on with: assay run {}\n",
               outcome.trials - outcome.remaining, outcome.trials, file);
    return 4;
  }
  CompareOptions options;
  options.run = outcome.run_id;
  options.shown_path = path;
  options.list_failures = outcome.failed.empty();  // else they are said below
  fmt::print("{}", comparison_text(database, options));
  if (!outcome.failed.empty()) say_failures(outcome, path);
  database.close();
  fmt::print("\nResults   {}      Compare  assay compare {}\nReport    assay report {}\n", path,
             path, path);
  return outcome.failed.empty() ? 0 : 3;
}

int run(const RunArguments& arguments) {
  Workspace workspace;
  workspace.quiet = arguments.quiet;
  const Experiment experiment =
      load_experiment(arguments.file, workspace.load_options(arguments.set, arguments.yes));
  const std::string path = arguments.output.empty() ? default_output(experiment) : arguments.output;
  const auto folder = std::filesystem::path(path).parent_path();
  if (!folder.empty()) std::filesystem::create_directories(folder);
  Database database =
      Database::open_or_create(path);  // before any work: a file that cannot be written is said now
  const Plan plan = workspace.plan(experiment, arguments.set);

  const int jobs = jobs_of(arguments.workers, experiment);
  const WorkFolder work(workspace.cache, arguments.print_task);
  LocalExecutor executor(
      executor_settings(arguments.workers, experiment, workspace.plugins.worker, work.path()));
  ProgressLine line(arguments.quiet);
  RunSettings settings;
  settings.work_folder = work.path();
  settings.command_line = command_line(arguments);
  settings.git_commit = git_commit(arguments.file);
  settings.assay_version = build_info().version;
  settings.torch_version = build_info().torch_version;
  settings.smoke = !arguments.no_smoke;
  settings.jobs = jobs;
  settings.progress = [&](const RunProgress& progress) { line.show(progress); };
  settings.say = [&](const std::string& text) { line.say(text); };
  settings.stop = stop_on_interrupt();
  const RunOutcome outcome = run_plan(plan, database, executor, settings);
  line.clear();
  if (arguments.print_task) fmt::print(stderr, "tasks: {}/*.task.json\n", work.path());
  if (!arguments.quiet && outcome.found > 0) {
    fmt::print(stderr, "{} trials found, {} computed.\n", outcome.found, outcome.computed);
  }
  return finish(outcome, experiment, database, path, arguments.file);
}

}  // namespace

void add_run_command(CLI::App& app, int& exit_code) {
  auto arguments = std::make_shared<RunArguments>();
  CLI::App* command =
      app.add_subcommand("run", "Run what an experiment still needs, and compare its variants");
  command->add_option("file", arguments->file, "Experiment file (YAML)")->required();
  command->add_option("--output,-o", arguments->output,
                      "Results database (default: results/<name>.sqlite)");
  command->add_option("--set", arguments->set, "Change a setting: variants.control.recall.0.k=50");
  command
      ->add_option("--jobs,-j", arguments->workers.jobs,
                   "Worker processes (default: cores / numeric.threads)")
      ->check(CLI::Range(1, 1024));
  command
      ->add_option("--memory", arguments->workers.memory,
                   "GiB that all workers together may hold (default: 80 % of the machine)")
      ->check(CLI::PositiveNumber);
  command->add_flag("--no-smoke", arguments->no_smoke, "Do not try each variant on a sample first");
  command->add_flag("--yes", arguments->yes, "Go on with more than 200 variants");
  command->add_flag("--print-task", arguments->print_task,
                    "Keep the task files and say where they are");
  command->add_flag("--quiet,-q", arguments->quiet, "No progress, only the outcome");
  command->callback([arguments, &exit_code] { exit_code = run(*arguments); });
}

}  // namespace assay
