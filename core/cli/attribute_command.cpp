#include "cli/attribute_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "analysis/attribution.h"
#include "cli/attribution_work.h"
#include "cli/plan_summary.h"
#include "cli/progress_line.h"
#include "cli/recorded_experiment.h"
#include "cli/worker_pool.h"
#include "dataset/cache_use.h"
#include "error/error.h"
#include "execution/failure_text.h"
#include "execution/run.h"
#include "report/attribution.h"
#include "report/run_name.h"
#include "results/reader.h"
#include "task/build_info.h"
#include "text/counted.h"
#include "text/listed.h"

namespace assay::cli {
namespace {

struct AttributeArguments {
  std::string db, by;
  AttributionQuestion question;
  WorkerOptions workers;
  bool json = false, dry_run = false, quiet = false, no_times = false;
};

/// Cost, notes and progress go beside the answer where that is JSON.
void say(const AttributeArguments& arguments, const std::string& line) {
  if (arguments.quiet) return;
  fmt::print(arguments.json ? stderr : stdout, "{}\n", line);
}

/// "control and candidate differ in recall and rank: 4 pipelines, 2 of them mixed."
std::string mixes_line(const results::AttributionRow& row) {
  std::vector<std::string> parts;
  for (const results::AttributionPart& part : row.parts) parts.push_back(part.name);
  const int64_t mixed = std::ssize(row.mixes) - 2;
  return fmt::format("{} and {} differ in {}: {}, {} of them mixed.", row.from, row.to,
                     text::listed(parts), text::counted(std::ssize(row.mixes), "pipeline"),
                     mixed == 0 ? "none" : std::to_string(mixed));
}

void say_cost(const AttributeArguments& arguments, const AttributionWork& work,
              const std::string& path, int jobs) {
  say(arguments, mixes_line(work.row));
  for (const std::string& line : summary_lines(work.plan, summarise(work.plan, path), jobs))
    say(arguments, line);
  for (const execution::TimingForecast& timing : forecast_timing(work.plan, path))
    say(arguments, "  timing     " + timing_text(timing));
  if (!work.without_times.empty()) say(arguments, "  timing     none: " + work.without_times);
  for (const std::string& note : work.row.notes) say(arguments, note);
}

nlohmann::json cost_json(const AttributionWork& work, const std::string& path) {
  nlohmann::json all = to_json(work.plan, summarise(work.plan, path));
  nlohmann::json parts = nlohmann::json::array();
  for (const results::AttributionPart& part : work.row.parts)
    parts.push_back({{"name", part.name}, {"from", part.from}, {"to", part.to}});
  all["parts"] = parts;
  all["pipelines"] = work.row.mixes;
  all["notes"] = work.row.notes;
  return all;
}

void print(const AttributeArguments& arguments, const results::Database& database, int64_t run_id) {
  const auto found = report::read_attribution(results::Reader(database), run_id);
  error::require(found.has_value(), "an attribution was kept");
  if (arguments.json) {
    fmt::print("{}\n", attribution_json(*found).dump(2));
    return;
  }
  fmt::print("{}{}\nPage     assay report {} --run {}\n", arguments.quiet ? "" : "\n",
             attribution_text(*found), arguments.db.substr(0, arguments.db.rfind('#')), run_id);
}

/// What a pipeline that broke on the way says; an answer needs all of them.
int say_failures(const execution::RunOutcome& outcome) {
  std::vector<std::string> told;
  for (const execution::FailedTrial& failed : outcome.failed) {
    const std::string line = fmt::format("{} on {}: {}", failed.variant, failed.dataset,
                                         execution::failure_text(failed.failure));
    if (std::ranges::count(told, line) == 0) told.push_back(line);
  }
  fmt::print(
      "{} of the mixed pipelines failed; what each part earned is known only where all run:\n",
      told.size());
  for (const std::string& line : told) fmt::print("  {}\n", line);
  return 3;
}

std::string command_line(const AttributeArguments& arguments) {
  const AttributionQuestion& question = arguments.question;
  std::string out = fmt::format("assay attribute {} --from '{}' --to '{}'", arguments.db,
                                question.from, question.to);
  if (question.by_source) out += " --by source";
  if (!question.dataset.empty()) out += fmt::format(" --dataset '{}'", question.dataset);
  for (const std::string& folder : question.data) out += fmt::format(" --data '{}'", folder);
  if (arguments.no_times) out += " --no-times";
  return out;
}

results::RunInfo run_of(const report::RunName& name) {
  const report::OpenRun run(name);
  const auto of = attribution_of(run.reader(), run.info().run_id);
  if (!of) return run.info();
  throw error::UserError(
      name.path, fmt::format("run {} is an attribution itself; name the run that it is of: {}#{}",
                             of->run_id, name.path, of->of_run));
}

execution::RunSettings settings_of(const AttributeArguments& arguments, const Workspace& workspace,
                                   AttributionWork& work, results::Database& database,
                                   ProgressLine& line) {
  execution::RunSettings settings;
  settings.look_log = workspace.cache + "/test-looks.jsonl";
  settings.command_line = command_line(arguments);
  settings.assay_version = task::build_info().version;
  settings.torch_version = task::build_info().torch_version;
  settings.smoke = false;  // every stage has run in the variants that it is taken from
  settings.memory.fits =
      plan_memory(work.plan, workspace.ask_functions(), results::Reader(database).artifacts());
  settings.stop = stop_on_interrupt();
  settings.recorded = [&work, &database](int64_t run_id) {
    work.row.run_id = run_id;
    write_attribution(database, work.row);
  };
  settings.progress = [&line](const execution::RunProgress& progress) { line.show(progress); };
  settings.say = [&line](const std::string& text) { line.say(text); };
  settings.say_failure = [&line](const std::string& text) { line.say_soon(text); };
  return settings;
}

/// Runs what is missing; 0 where all is there.
int run_mixes(const AttributeArguments& arguments, const Workspace& workspace,
              AttributionWork& work, results::Database& database, const WorkFolder& folder) {
  ProgressLine line(arguments.quiet);
  execution::RunSettings settings = settings_of(arguments, workspace, work, database, line);
  const task::Experiment& experiment = work.plan.experiment;
  settings.work_folder = folder.path();
  settings.jobs = jobs_of(arguments.workers, experiment, settings.memory.fits);
  settings.memory.budget = memory_budget(arguments.workers, experiment, settings.jobs);
  check_memory(work.plan, settings.memory);
  execution::LocalExecutor executor(executor_settings(arguments.workers, experiment, settings.jobs,
                                                      workspace.plugins.worker, folder.path()));
  const execution::RunOutcome outcome = run_plan(work.plan, database, executor, settings);
  line.clear();
  note_models(work.plan);
  dataset::release_caches();
  if (outcome.interrupted) {
    fmt::print("Interrupted: what is done is stored. Resume with: {}\n", settings.command_line);
    return 4;
  }
  if (!outcome.failed.empty()) return say_failures(outcome);
  analyse_attribution(database, work.row, work.settings, work.without_times);
  return 0;
}

int attribute(AttributeArguments& arguments) {
  arguments.question.by_source = arguments.by == "source";
  arguments.question.with_times = !arguments.no_times;
  const report::RunName name = report::parse_run_name(arguments.db);
  const results::RunInfo run = run_of(name);
  const Workspace workspace;
  const WorkFolder folder(workspace.cache, false);
  results::Database database = results::Database::open_or_create(name.path);
  AttributionWork work =
      plan_attribution(workspace, database, run, folder.path(), arguments.question);
  if (arguments.dry_run && arguments.json) {
    fmt::print("{}\n", cost_json(work, name.path).dump(2));
    return 0;
  }
  const auto known = ended_attribution(results::Reader(database), work.row.key);
  if (!known || arguments.dry_run)
    say_cost(arguments, work, name.path, jobs_of(arguments.workers, work.plan.experiment));
  if (arguments.dry_run) return 0;
  if (!known) {
    const int code = run_mixes(arguments, workspace, work, database, folder);
    if (code != 0) return code;
  }
  print(arguments, database, known.value_or(work.row.run_id));
  return 0;
}

}  // namespace

void add_attribute_command(CLI::App& app, int& exit_code) {
  auto arguments = std::make_shared<AttributeArguments>();
  AttributionQuestion& question = arguments->question;
  CLI::App* command = app.add_subcommand(
      "attribute", "Divide the difference of two variants among their stages: which earned it");
  command->add_option("db", arguments->db, "A run: FILE (its last one) or FILE#RUN")
      ->required()
      ->option_text("RUN");
  command->add_option("--from", question.from, "The variant to start from")
      ->required()
      ->option_text("VARIANT");
  command->add_option("--to", question.to, "The variant whose difference is divided")
      ->required()
      ->option_text("VARIANT");
  command->add_option("--by", arguments->by, "source: each recall source is a part of its own")
      ->check(CLI::IsMember({"source"}))
      ->option_text("source");
  command->add_option("--dataset", question.dataset, "Only this data set of the run")
      ->option_text("NAME");
  add_data_option(*command, question.data);
  command->add_flag("--dry-run", arguments->dry_run,
                    "Say which pipelines it takes and what they cost, and run nothing");
  command->add_flag("--no-times", arguments->no_times, "Leave p99 out: time nothing");
  command->add_flag("--json", arguments->json, "The answer as JSON, with all digits");
  command->add_option("--jobs,-j", arguments->workers.jobs, "Worker processes")
      ->check(CLI::Range(1, 1024));
  command
      ->add_option("--memory", arguments->workers.memory,
                   "Memory limit of all workers together, in GiB (default: 80 % of the machine)")
      ->check(CLI::PositiveNumber);
  command->add_flag("--quiet,-q", arguments->quiet, "Show neither cost nor progress");
  command->callback([arguments, &exit_code] { exit_code = attribute(*arguments); });
}

}  // namespace assay::cli
