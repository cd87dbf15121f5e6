#include "cli/status_command.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <ctime>
#include <memory>
#include <thread>

#include "cli/progress_line.h"
#include "report/run_state.h"
#include "results/database.h"
#include "text/counted.h"

namespace assay::cli {
namespace {

constexpr auto kAgain = std::chrono::seconds(1);

struct StatusArguments {
  std::string db;
  bool watch = false;
};

bool goes_on(const results::Reader& reader, const results::RunInfo& run) {
  if (run.status != results::RunStatus::running) return false;
  const auto process = results::process_of(reader, run.run_id);
  return !process || results::state_of(*process) != results::ProcessState::gone;
}

std::string failures_of(const results::Reader& reader, int64_t run_id) {
  std::string text;
  for (const results::RunTrial& trial : reader.trials(run_id)) {
    if (trial.status != results::TrialState::Status::failed) continue;
    std::string where = fmt::format("{} on {}", trial.variant, trial.dataset);
    if (trial.seed) where += fmt::format(", seed {}", *trial.seed);
    text += fmt::format("    {}: {}\n", where, trial.reason);
  }
  return text.empty() ? text : "  Failed so far:\n" + text;
}

std::string clock_of(int64_t time_us) {
  const std::time_t seconds = time_us / 1'000'000;
  return fmt::format("{:%H:%M:%S}", fmt::localtime(seconds));
}

// "  21:14:03  41/48 trials  ETA 3 min 10 s, 2 workers" and a line for each task.
std::string work_text(const RunAtWork& run) {
  execution::RunProgress head = run.progress;
  head.running.clear();
  std::string text = fmt::format("  {}, {}\n", progress_log_text(head, clock_of(run.time_us)),
                                 text::counted(run.jobs, "worker"));
  for (const execution::RunningTask& task : run.progress.running) {
    const std::string steps =
        task.crumb.total > 0 ? fmt::format(" {}/{}", task.crumb.done, task.crumb.total) : "";
    text += fmt::format("    {}{}, for {}\n", task.label, steps, duration_text(task.seconds));
  }
  return text;
}

std::string run_text(const results::Reader& reader, const std::string& path,
                     const results::RunInfo& run, const std::vector<RunAtWork>& at_work) {
  std::string text = fmt::format("Run {} of {} ({}) {}.\n", run.run_id, path, run.row.experiment,
                                 report::run_state(reader, run));
  const auto process = results::process_of(reader, run.run_id);
  for (const RunAtWork& one : at_work)
    if (process && one.process == *process && goes_on(reader, run)) text += work_text(one);
  text += failures_of(reader, run.run_id);
  const bool ended =
      run.status == results::RunStatus::done || run.status == results::RunStatus::failed;
  if (!ended && !goes_on(reader, run) && !run.row.command_line.empty())
    text += fmt::format("  Resume with: {}\n", run.row.command_line);
  return text;
}

// Whether anything goes on.
bool show(const std::string& path, bool terminal) {
  const results::Database database = results::Database::open_readonly(path);
  const results::Reader reader(database);
  const std::string text = status_text(reader, path, runs_at_work(path));
  if (terminal) fmt::print("\033[H\033[J");
  fmt::print("{}", text);
  std::fflush(stdout);
  bool any = false;
  for (const results::RunInfo& run : reader.runs()) any = any || goes_on(reader, run);
  return any;
}

void status(const StatusArguments& arguments) {
  const bool terminal = arguments.watch && ::isatty(STDOUT_FILENO) != 0;
  while (show(arguments.db, terminal) && arguments.watch) {
    std::this_thread::sleep_for(kAgain);
    if (!terminal) fmt::print("\n");
  }
}

}  // namespace

std::string status_text(const results::Reader& reader, const std::string& path,
                        const std::vector<RunAtWork>& at_work) {
  const std::vector<results::RunInfo> runs = reader.runs();
  if (runs.empty()) return fmt::format("{} has no run yet.\n", path);
  std::string text;
  for (const results::RunInfo& run : runs) {
    if (run.run_id == runs.back().run_id || goes_on(reader, run))
      text += run_text(reader, path, run, at_work);
  }
  return text;
}

void add_status_command(CLI::App& app) {
  const auto arguments = std::make_shared<StatusArguments>();
  CLI::App* command = app.add_subcommand(
      "status", "What the runs of a results file are doing: trials, tasks, failures, time left");
  command->add_option("db", arguments->db, "Results database")->required()->option_text("DB");
  command->add_flag("--watch,-w", arguments->watch, "Go on showing it until no run goes on");
  command->callback([arguments] { status(*arguments); });
}

}  // namespace assay::cli
