#include "execution/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <filesystem>
#include <set>
#include <thread>

#include "execution/compute_phase.h"
#include "execution/known_fits.h"
#include "execution/machine_lock.h"
#include "execution/missing_metrics.h"
#include "execution/model_cache.h"
#include "execution/new_task.h"
#include "execution/policy_phase.h"
#include "execution/run_records.h"
#include "execution/self_check.h"
#include "execution/task_loop.h"
#include "execution/timing_forecast.h"
#include "execution/timing_phase.h"
#include "execution/trial_board.h"
#include "hash/hash.h"

// A run is a sequence of phases: record the plan, smoke test, fits and evaluation, scores of stored
// slates, timing. Each phase finds its tasks when it begins, from what the database and the cache
// contain by then; a resumed run therefore takes the same path and finds less to do. A phase
// returns false when it is interrupted, and the later ones are skipped.

namespace assay::execution {
namespace {

/// Tasks that do not wait for one another.
class TaskList {
 public:
  explicit TaskList(const RunMemory& memory) : memory_(memory) {}
  void add(task::Task task) { tasks_.push_back(std::move(task)); }
  /// How many were.
  size_t added() const { return tasks_.size(); }

  TaskLoop::Hooks hooks(const std::string& phase, std::function<void(const TaskOutcome&)> done) {
    const auto total = static_cast<int64_t>(tasks_.size());
    return {[this](int64_t taken) -> std::optional<task::Task> {
              if (tasks_.empty() || !memory_.fits_beside(memory_.need(tasks_.front()), taken))
                return std::nullopt;
              task::Task task = std::move(tasks_.front());
              tasks_.pop_front();
              return task;
            },
            [this, done](const TaskOutcome& outcome) {
              ++finished_;
              done(outcome);
            },
            [this, phase, total](RunProgress& progress) {
              progress.phase = phase;
              progress.done = finished_;
              progress.total = total;
              progress.waiting.emplace();
              for (const task::Task& task : tasks_) progress.waiting->push_back(work_of(task));
            }};
  }

 private:
  const RunMemory& memory_;
  std::deque<task::Task> tasks_;
  int64_t finished_ = 0;
};

class Run {
 public:
  Run(const Plan& plan, results::Database& database, Executor& executor,
      const RunSettings& settings)
      : plan_(plan),
        database_(database),
        executor_(executor),
        settings_(settings),
        loop_(executor, settings) {}

  RunOutcome run() {
    outcome_.run_id = record_run(plan_, database_, settings_);
    TrialBoard board(plan_, database_, outcome_.run_id, settings_, outcome_);
    for (const std::string& line : settings_.warnings) keep_warning(line);
    warn(remove_damaged_models(plan_, board));
    database_.transaction([&] { recall_fits(plan_, database_); });
    know_seconds();
    const bool whole = (!settings_.smoke || smoke(board)) && compute(board) && score(board) &&
                       check_itself(board) && policies(board) && time(board);
    outcome_.interrupted = !whole;
    outcome_.remaining = board.open();
    database_.finish_run(outcome_.run_id, status(), results::utc_now());
    return outcome_;
  }

 private:
  results::RunStatus status() const {
    if (outcome_.interrupted) return results::RunStatus::interrupted;
    return outcome_.failed.empty() ? results::RunStatus::done : results::RunStatus::failed;
  }

  // A round under a rate lasts as long as it is asked to; warm-up comes before, and is left out.
  void know_seconds() {
    WorkSeconds known(database_);
    for (const task::ScenarioSpec& scenario : plan_.experiment.latency.scenarios) {
      if (scenario.kind == task::ScenarioKind::server)
        known.know(timing_work(scenario).kind, scenario.duration_s);
    }
    loop_.know(std::move(known));
    for (const TimingForecast& forecast : timing_forecast(plan_, &database_))
      timing_s_ += forecast.seconds.value_or(0);
  }

  // Beside what a phase says of itself: the timing pass comes after it.
  TaskLoop::Hooks before_timing(TaskLoop::Hooks hooks) const {
    hooks.progress = [this, own = std::move(hooks.progress)](RunProgress& progress) {
      own(progress);
      progress.later_s = timing_s_;
    };
    return hooks;
  }

  void warn(const std::string& line) {
    if (line.empty()) return;
    keep_warning(line);
    if (settings_.say) settings_.say(line);
  }

  void keep_warning(const std::string& line) {
    database_.write(results::EventRow{outcome_.run_id, results::utc_now(), "warning", line});
  }

  task::Task task(const std::string& id, size_t data, const std::string& label) const {
    return new_task(id, label, plan_.data[data].prepared.path, plan_.experiment, settings_);
  }

  // One trial a variant and data set whose fits are not all there: those that ran before need no
  // trial run. Variants with the same chain share their trials, and so the trial run. What is known
  // to be fitted for real as fast as it is tried is left out, and comes first when it is.
  std::vector<const PlannedTrial*> untried(const TrialBoard& board) {
    const KnownFits known(database_);
    std::set<std::pair<std::string, size_t>> seen;
    std::set<std::string> keys;
    std::vector<const PlannedTrial*> out;
    for (const PlannedTrial& trial : plan_.trials) {
      if (!board.is_open(trial.key) || !seen.insert({trial.variant, trial.data}).second) continue;
      if (trial.log && !trial.log->earlier.empty()) continue;  // as on the first day of the loop
      if (!keys.insert(trial.key).second) continue;
      const auto missing = [&](const std::string& artifact) { return !is_cached(plan_, artifact); };
      if (std::ranges::none_of(trial.artifacts, missing)) continue;
      const auto seconds = known.missing_seconds(plan_, trial);
      if (seconds && *seconds < task::kTrialSeconds)
        quick_.insert(trial.artifacts.begin(), trial.artifacts.end());
      else
        out.push_back(&trial);
    }
    return out;
  }

  bool smoke(TrialBoard& board) {
    TaskList tasks(settings_.memory);
    for (const PlannedTrial* trial : untried(board)) {
      const Plan::Graph graph = plan_.graph({trial});
      task::Task out =
          task("smoke-" + trial->key.substr(0, 16), trial->data, "try " + trial->label());
      out.smoke = task::SmokeTask{
          graph.nodes, graph.trials,         plan_.experiment.fit_on, plan_.experiment.serve_size,
          0.01,        plan_.experiment.seed};
      tasks.add(std::move(out));
    }
    return loop_.run(before_timing(tasks.hooks(
                         "smoke", [&](const TaskOutcome& outcome) { smoke_done(outcome, board); })),
                     settings_.jobs);
  }

  // A variant that breaks on a sample breaks under every seed.
  void smoke_done(const TaskOutcome& outcome, TrialBoard& board) {
    ++outcome_.strategy_tasks;
    if (outcome.failures.empty()) return;
    task::TaskFailure failure = outcome.failures.front();
    // How long it takes on a sample says nothing: for real it may stop early, or have a checkpoint.
    if (failure.kind == task::FailureKind::timeout && failure.phase == "fit") {
      return warn(
          fmt::format("{}: {} did not end its trial fit and is fitted for real (it should "
                      "heed ctx.trial() or ctx.stop_requested())",
                      failure.place, failure.plugin));
    }
    if (!outcome.finished)
      failure.reason = "in the smoke test (a sample of the users): " + failure.reason;
    const PlannedTrial& tried = board.trial(outcome.task.smoke->trials.front().trial_key);
    for (const PlannedTrial& trial : plan_.trials) {
      if (trial.variant == tried.variant && trial.data == tried.data)
        board.fail(trial.key, "smoke", failure);
    }
  }

  bool compute(TrialBoard& board) {
    ComputePhase phase(plan_, board, database_, settings_, outcome_, quick_);
    return loop_.run(before_timing(phase.hooks()), settings_.jobs);
  }

  // A log of a day that was pruned from the cache differs from the data in histories alone.
  const std::string& scored_on(const PlannedTrial& trial) const {
    const std::string& served = plan_.served_from(trial);
    return std::filesystem::exists(served) ? served : plan_.data[trial.data].prepared.path;
  }

  // Metrics of the served lists that done trials lack are computed from their kept slates.
  bool score(TrialBoard& board) {
    std::map<std::pair<std::string, std::vector<task::MetricAt>>, std::vector<const PlannedTrial*>>
        lacking;  // by what they were served from
    for (const std::string& key : board.keys()) {
      if (!board.is_done(key)) continue;
      const auto missing = missing_served(plan_.experiment.metrics, database_, key);
      const PlannedTrial& trial = board.trial(key);
      if (!missing.empty()) lacking[{scored_on(trial), missing}].push_back(&trial);
    }
    TaskList tasks(settings_.memory);
    for (const auto& [what, trials] : lacking) {
      const std::string work = hash::json_key(nlohmann::json(what.second)).substr(0, 16);
      const size_t data = trials.front()->data;
      task::Task out = task(fmt::format("score-{}-{}", tasks.added(), work), data,
                            fmt::format("score {} trials", trials.size()));
      out.data_path = what.first;
      out.score = task::ScoreTask{database_.path(),
                                  plan_.graph(trials).trials,
                                  task::Window::test,
                                  what.second,
                                  plan_.experiment.metrics.own,
                                  plan_.experiment.fit_on.recall,
                                  work};
      tasks.add(std::move(out));
    }
    return loop_.run(before_timing(tasks.hooks(
                         "score", [&](const TaskOutcome& outcome) { score_done(outcome, board); })),
                     settings_.jobs);
  }

  void score_done(const TaskOutcome& outcome, TrialBoard& board) {
    std::map<std::string, const task::TaskFailure*> failed;  // by trial
    for (const task::TaskFailure& failure : outcome.failures) {
      for (const std::string& key : failure.trials) failed.emplace(key, &failure);
    }
    if (!outcome.finished || (failed.empty() && !outcome.failures.empty())) {
      for (const task::TrialTask& trial : outcome.task.score->trials)
        failed.emplace(trial.trial_key, &outcome.failures.front());
    }
    for (const auto& [key, failure] : failed) board.fail_done(key, *failure);
    const size_t scored = outcome.task.score->trials.size() - failed.size();
    if (scored == 0) return;
    board.merge(outcome.task);
    outcome_.scored += static_cast<int64_t>(scored);
  }

  // Of the lists that done trials kept: no strategy is called.
  bool check_itself(const TrialBoard& board) {
    SelfCheck check(plan_.experiment, database_, outcome_.run_id, settings_,
                    [this](const std::string& why) { warn(why); });
    for (const std::string& key : board.keys()) {
      const PlannedTrial& trial = board.trial(key);
      if (board.is_done(key))
        check.add(plan_.data[trial.data].prepared, trial.variant, key, trial.label());
    }
    return loop_.run(before_timing(check.hooks()), settings_.jobs);
  }

  // What policies do with logged requests, of trials that are done.
  bool policies(TrialBoard& board) {
    PolicyPhase phase(plan_, board, database_, settings_, outcome_);
    if (phase.empty()) return true;
    if (!fit_again(missing_models(plan_, phase.models()), board)) return false;
    return loop_.run(phase.hooks(), settings_.jobs);
  }

  bool time(TrialBoard& board) {
    TimingPhase phase(plan_, board, database_, settings_, outcome_);
    if (!fit_again(missing_models(plan_, phase.models()), board)) return false;
    if (phase.empty()) return true;
    MachineLock lock(settings_.timing_lock);
    if (!wait_for(lock)) return false;
    // One task at a time: a second process would disturb the measurement.
    const bool whole = loop_.run(phase.hooks(), 1);
    warn(phase.busy_text());
    return whole;
  }

  // false: the user has asked to stop. Where the lock cannot be had at all the pass goes on: what
  // disturbs it is measured too.
  bool wait_for(MachineLock& lock) {
    bool told = false;
    while (lock.try_take() == MachineLock::State::held_by_other) {
      if (settings_.stop && settings_.stop->load() != 0) return false;
      if (!told && settings_.say) {
        const auto holder = lock.holder();
        settings_.say(fmt::format("waiting: {} times its variants on this machine",
                                  holder ? fmt::format("process {}", *holder) : "another run"));
      }
      told = true;
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    if (!lock.why().empty())
      warn("two timing passes at once would go unnoticed: the lock is not usable: " + lock.why());
    return true;
  }

  // Trials that are done are not run again, but what is timed has to be there.
  bool fit_again(const std::vector<std::string>& models, TrialBoard& board) {
    TaskList tasks(settings_.memory);
    for (const std::string& key : models) {
      const PlannedFit& fit = plan_.fits.at(key);
      task::Task out = task("fit-again-" + key.substr(0, 16), fit.data, fit.label());
      out.data_path = fit.data_path;
      out.fit = fit.task;
      tasks.add(std::move(out));
    }
    const auto done = [&](const TaskOutcome& outcome) {
      ++outcome_.strategy_tasks;
      if (!outcome.failures.empty()) return;  // The rounds that need it say that it is missing.
      board.merge(outcome.task);
      ++outcome_.fits;
    };
    return loop_.run(tasks.hooks("fit", done), 1);
  }

  const Plan& plan_;
  results::Database& database_;
  Executor& executor_;
  const RunSettings& settings_;
  TaskLoop loop_;
  RunOutcome outcome_;
  double timing_s_ = 0;          // what is known of the time that the timing pass takes
  std::set<std::string> quick_;  // fits that were not tried first
};

}  // namespace

RunOutcome run_plan(const Plan& plan, results::Database& database, Executor& executor,
                    const RunSettings& settings) {
  std::filesystem::create_directories(settings.work_folder);
  return Run(plan, database, executor, settings).run();
}

}  // namespace assay::execution
