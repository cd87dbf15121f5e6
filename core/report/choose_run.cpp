#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <set>

#include "error/error.h"
#include "report/comparison.h"
#include "report/numbers.h"
#include "report/run_state.h"
#include "results/attribution_table.h"
#include "results/run_process.h"
#include "text/counted.h"
#include "text/listed.h"
#include "text/thousands.h"

namespace assay::report {

namespace {

struct Progress {
  int64_t done = 0, trials = 0;

  std::string text() const {
    return fmt::format("{} of {} trials {} done", text::thousands(done), text::thousands(trials),
                       done == 1 ? "is" : "are");
  }
};

Progress progress_of(const results::Reader& reader, int64_t run_id) {
  Progress progress;
  for (const results::RunTrial& trial : reader.trials(run_id)) {
    ++progress.trials;
    progress.done += trial.status == results::TrialState::Status::done;
  }
  return progress;
}

bool has_ended(const results::RunInfo& run) {
  return run.status == results::RunStatus::done || run.status == results::RunStatus::failed;
}

bool was_analysed(const results::Reader& reader, int64_t run_id) {
  const std::array<assay::results::Cell, 1> parameters{run_id};
  return !reader
              .query(
                  "SELECT 1 FROM summary JOIN variant USING (variant_id) "
                  "WHERE run_id = ? AND mean IS NOT NULL LIMIT 1",
                  parameters)
              .rows.empty();
}

bool can_be_shown(const results::Reader& reader, const results::RunInfo& run) {
  return has_ended(run) || was_analysed(reader, run.run_id);
}

/// A killed run that a later one has found has no time of its end.
std::string how_it_goes(const results::Reader& reader, const results::RunInfo& run) {
  if (has_ended(run)) return "has ended";
  if (run.status != results::RunStatus::running)
    return run.finished ? "was interrupted" : "was killed";
  const auto process = process_of(reader, run.run_id);
  if (!process) return "is still running (or was killed)";
  switch (state_of(*process)) {
    case results::ProcessState::alive:
      return fmt::format("is still running (process {})", process->pid);
    case results::ProcessState::gone:
      return "was killed";
    case results::ProcessState::elsewhere:
      break;
  }
  return "is still running on another machine (or in another container), or was killed";
}

[[noreturn]] void throw_not_yet(const results::Reader& reader, const std::string& path,
                                const results::RunInfo& run) {
  std::string text = fmt::format("run {} ({}) {}; nothing can be compared yet", run.run_id,
                                 run.row.experiment, run_state(reader, run));
  if (!run.row.command_line.empty()) text += "; resume with: " + run.row.command_line;
  throw error::UserError(path, text);
}

const results::RunInfo& find_run(const std::vector<results::RunInfo>& runs, const std::string& path,
                                 int64_t wanted) {
  for (const results::RunInfo& run : runs) {
    if (run.run_id == wanted) return run;
  }
  std::vector<std::string> known;
  for (const results::RunInfo& run : runs) known.push_back(fmt::format("{}", run.run_id));
  throw error::UserError(path,
                         fmt::format("there is no run {} in this file; it has {} {}", wanted,
                                     text::plural(std::ssize(known), "run"), text::listed(known)));
}

std::string note_of(const results::Reader& reader, const std::vector<results::RunInfo>& runs,
                    const results::RunInfo& shown, bool asked_for) {
  const results::RunInfo& last = runs.back();
  if (!has_ended(shown)) {
    return fmt::format("Run {} {}. Variants that lack a trial are left out.", shown.run_id,
                       run_state(reader, shown));
  }
  if (asked_for || last.run_id == shown.run_id) return "";
  return fmt::format("Run {} {}. This is run {}.", last.run_id, run_state(reader, last),
                     shown.run_id);
}

}  // namespace

std::string run_state(const results::Reader& reader, const results::RunInfo& run) {
  const std::string progress = progress_of(reader, run.run_id).text();
  return fmt::format("{}: {}", how_it_goes(reader, run), progress);
}

ChosenRun choose_run(const results::Reader& reader, const std::string& path,
                     std::optional<int64_t> wanted) {
  std::vector<results::RunInfo> runs = reader.runs();
  if (!wanted) {
    const std::set<int64_t> attributions = attribution_runs(reader);
    std::erase_if(runs, [&](const auto& run) { return attributions.contains(run.run_id); });
  }
  if (runs.empty()) {
    throw error::UserError(path, "there is no run in this file; `assay run` makes one");
  }
  if (wanted) {
    const results::RunInfo& run = find_run(runs, path, *wanted);
    if (!can_be_shown(reader, run)) throw_not_yet(reader, path, run);
    return {run, note_of(reader, runs, run, true), runs.size()};
  }
  for (auto run = runs.rbegin(); run != runs.rend(); ++run) {
    if (!can_be_shown(reader, *run)) continue;
    return {*run, note_of(reader, runs, *run, false), runs.size()};
  }
  throw_not_yet(reader, path, runs.back());
}

}  // namespace assay::report
