#include "cli/run_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>

#include "analysis/analyse.h"
#include "cli/cache_command.h"
#include "cli/contract_checks.h"
#include "cli/item_titles.h"
#include "cli/lock_command.h"
#include "cli/progress_line.h"
#include "cli/request_profiles.h"
#include "cli/status_file.h"
#include "cli/tune_variants.h"
#include "cli/worker_pool.h"
#include "cli/workspace.h"
#include "dataset/cache_use.h"
#include "execution/cache_forecast.h"
#include "execution/failure_text.h"
#include "execution/run.h"
#include "report/comparison_text.h"
#include "report/data_notes.h"
#include "results/reader.h"
#include "task/build_info.h"
#include "text/counted.h"

namespace assay::cli {
namespace {

struct RunArguments {
  std::string file;
  std::string output, cache_limit;
  std::vector<std::string> set;
  WorkerOptions workers;
  bool no_smoke = false, quiet = false, yes = false, print_task = false, check = false;
  bool locked = false;
};

std::string default_output(const task::Experiment& experiment) {
  return "results/" + experiment.name + ".sqlite";
}

/// A word as a shell takes it.
std::string shell_word(const std::string& word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

/// The command that does the same again.
std::string command_line(const RunArguments& arguments) {
  std::string out = "assay run " + shell_word(arguments.file);
  const auto add = [&](const std::string& option, const std::string& value) {
    out += fmt::format(" {} {}", option, shell_word(value));
  };
  if (!arguments.output.empty()) add("-o", arguments.output);
  for (const std::string& set : arguments.set) add("--set", set);
  if (arguments.workers.jobs > 0) add("--jobs", fmt::format("{}", arguments.workers.jobs));
  if (!arguments.workers.memory.empty()) add("--memory", arguments.workers.memory);
  if (!arguments.cache_limit.empty()) add("--cache-limit", arguments.cache_limit);
  if (arguments.locked) out += " --locked";
  if (arguments.check) out += " --check";
  if (arguments.no_smoke) out += " --no-smoke";
  if (arguments.yes) out += " --yes";
  if (arguments.print_task) out += " --print-task";
  if (arguments.quiet) out += " -q";
  return out;
}

/// "2 of 3 trials done, 1 failed"; of a trial that is done something beside it may have failed.
std::string done_text(const execution::RunOutcome& outcome, const results::Database& database) {
  std::set<std::string> done;  // variants may share a trial
  for (const results::RunTrial& trial : results::Reader(database).trials(outcome.run_id)) {
    if (trial.status == results::TrialState::Status::done) done.insert(trial.trial_key);
  }
  const int64_t failed = outcome.trials - std::ssize(done);
  return fmt::format("{} of {} done, {}", done.size(), text::counted(outcome.trials, "trial"),
                     failed > 0 ? fmt::format("{} failed", failed) : "but something failed");
}

void say_failures(const execution::RunOutcome& outcome, const results::Database& database,
                  const std::string& path) {
  std::vector<std::string> variants;
  for (const execution::FailedTrial& failed : outcome.failed) {
    if (!std::ranges::count(variants, failed.variant)) variants.push_back(failed.variant);
  }
  fmt::print("\n{}:\n", done_text(outcome, database));
  for (const std::string& variant : variants) {
    const auto first = std::ranges::find(outcome.failed, variant, &execution::FailedTrial::variant);
    std::string where = fmt::format("{} on {}", variant, first->dataset);
    if (first->seed) where += fmt::format(", seed {}", *first->seed);
    const auto more =
        std::ranges::count(outcome.failed, variant, &execution::FailedTrial::variant) - 1;
    fmt::print(
        "  {}: {}{}\n", where, execution::failure_text(first->failure),
        more > 0 ? fmt::format("; {} with the same cause", text::counted(more, "more trial")) : "");
  }
  fmt::print("Details: assay compare {} --failures\n", path);
}

int finish(const execution::RunOutcome& outcome, const task::Experiment& experiment,
           results::Database& database, const std::string& path, const std::string& command) {
  analyse(database, outcome.run_id, analysis::analysis_settings(experiment));
  if (outcome.interrupted) {
    database.close();
    fmt::print("Interrupted: {} of {} done and stored. Resume with: {}\n",
               outcome.trials - outcome.remaining, text::counted(outcome.trials, "trial"), command);
    return 4;
  }
  report::CompareOptions options;
  options.run = outcome.run_id;
  options.shown_path = path;
  options.list_failures = outcome.failed.empty();  // else they are said below
  fmt::print("{}", comparison_text(database, options));
  for (const std::string& line : report::described_lines(results::Reader(database), outcome.run_id))
    fmt::print("{}\n", line);
  if (!outcome.failed.empty()) say_failures(outcome, database, path);
  database.close();
  fmt::print("\nResults   {}      Compare  assay compare {}\nReport    assay report {}\n", path,
             path, path);
  return outcome.failed.empty() ? 0 : 3;
}

int run(const RunArguments& arguments) {
  const std::string command = command_line(arguments);
  end_on_interrupt(fmt::format("Interrupted before anything was run. Resume with: {}\n", command));
  Workspace workspace;
  const task::Experiment experiment = workspace.load(arguments.file, arguments.set, arguments.yes);
  if (arguments.locked) check_locked(workspace, experiment);
  const std::optional<int64_t> limit =
      cache_limit(arguments.cache_limit, experiment.limits.cache_gib);
  if (arguments.check) check_plugins(workspace, experiment, arguments.quiet);
  const std::string path = arguments.output.empty() ? default_output(experiment) : arguments.output;
  const auto folder = std::filesystem::path(path).parent_path();
  if (!folder.empty())
    make_folder(folder, "the folder of the results", "name another file with -o");
  results::Database database = results::Database::open_or_create(
      path);  // before any work: a file that cannot be written is said now
  execution::RunSettings settings;
  execution::Plan plan = workspace.plan(experiment, arguments.set, &settings.warnings, &database);

  for (const execution::UsedPlugin& plugin : used_plugins(workspace, experiment))
    settings.plugins.push_back(plugin.state);
  const auto earlier = results::Reader(database).artifacts();
  settings.memory.fits = plan_memory(plan, workspace.ask_functions(), earlier);
  check_cache_disk(
      cache_forecast(plan, open_fits(plan, &database), {}, settings.memory.fits, earlier),
      workspace.cache);
  const int jobs = jobs_of(arguments.workers, experiment, settings.memory.fits);
  settings.memory.budget = memory_budget(arguments.workers, experiment, jobs);
  check_memory(plan, settings.memory);
  const WorkFolder work(workspace.cache, arguments.print_task);
  execution::LocalExecutor executor(executor_settings(arguments.workers, experiment, jobs,
                                                      workspace.plugins.worker, work.path()));
  ProgressLine line(arguments.quiet);
  StatusFile status(path, jobs);
  settings.work_folder = work.path();
  settings.look_log = workspace.cache + "/test-looks.jsonl";
  settings.command_line = command;
  settings.git_commit = git_commit(arguments.file);
  settings.assay_version = task::build_info().version;
  settings.torch_version = task::build_info().torch_version;
  settings.smoke = !arguments.no_smoke;
  settings.jobs = jobs;
  settings.stop = stop_on_interrupt();
  settings.progress = [&, stop = settings.stop,
                       told = false](const execution::RunProgress& progress) mutable {
    status.write(progress);
    if (!told && stop->load() == 1) {
      line.say(fmt::format("finishing the {} in hand; press Ctrl-C again to end at once",
                           text::counted(std::ssize(progress.running), "task")));
      told = true;
    }
    line.show(progress);
  };
  settings.say = [&](const std::string& text) { line.say(text); };
  settings.say_failure = [&](const std::string& text) { line.say_soon(text); };
  if (!tune_variants(workspace, experiment, plan, database, executor, settings)) {
    line.clear();
    database.close();
    fmt::print(
        "Interrupted while values were tuned; the trials so far are stored. Resume with: {}\n",
        command);
    return 4;
  }
  check_memory(plan, settings.memory);
  record_titles(plan, workspace.places, database);
  record_profiles(plan, database);
  const execution::RunOutcome outcome = run_plan(plan, database, executor, settings);
  if (outcome.interrupted) line.say_now();
  line.clear();
  if (arguments.print_task) fmt::print(stderr, "tasks: {}/*.task.json\n", work.path());
  if (!arguments.quiet && outcome.found > 0) {
    fmt::print(stderr, "{} found, {} computed.\n", text::counted(outcome.found, "trial"),
               outcome.computed);
  }
  note_models(plan);
  dataset::release_caches();
  const int code = finish(outcome, experiment, database, path, command);
  if (limit) keep_cache_limit(workspace.cache, *limit);
  return code;
}

}  // namespace

void add_run_command(CLI::App& app, int& exit_code) {
  auto arguments = std::make_shared<RunArguments>();
  CLI::App* command = app.add_subcommand(
      "run", "Run an experiment: compute what is missing, and compare its variants");
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
                   "Memory limit of all workers together, in GiB (default: 80 % of the machine)")
      ->check(CLI::PositiveNumber);
  command->add_option("--cache-limit", arguments->cache_limit,
                      "When all is done, remove from the cache what was used least recently until "
                      "it is no larger: 50GiB (default: limits.cache of the file, else "
                      "ASSAY_CACHE_LIMIT, else no limit)");
  add_locked_flag(*command, arguments->locked);
  command->add_flag("--check", arguments->check,
                    "Check the plugins of the experiment against the plugin contract first; a "
                    "failing check ends the run before anything is computed");
  command->add_flag("--no-smoke", arguments->no_smoke,
                    "Skip the smoke test of each variant on a sample of the users");
  command->add_flag("--yes", arguments->yes, "Allow more than 200 variants");
  command->add_flag("--print-task", arguments->print_task,
                    "Keep the task files and print their folder");
  command->add_flag("--quiet,-q", arguments->quiet, "Show no progress, only the result");
  command->callback([arguments, &exit_code] { exit_code = run(*arguments); });
}

}  // namespace assay::cli
