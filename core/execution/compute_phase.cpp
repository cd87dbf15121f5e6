#include "execution/compute_phase.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "dataset/prepared.h"
#include "execution/model_cache.h"
#include "execution/new_task.h"
#include "execution/trial_groups.h"
#include "hash/hash.h"
#include "task/stage_metrics.h"

// Fits and evaluation are scheduled together. A fit is ready when the fits that it needs are done;
// a unit (one shard of requests for a group of trials) is ready when all artifacts of its trials
// are. On a day of a loop both wait for the log of the day too, which is made once the day before is
// done. next() is called whenever a worker is free and takes the first ready one, fits first,
// because units wait for them. A failure closes trials on the board; fits and units that no open
// trial needs any more are then skipped.

namespace assay::execution {
namespace {

// Fixed, so that a trial's shards are the same whatever the number of workers.
constexpr int64_t kBatchesPerShard = 8;

std::set<std::string> recall_nodes(const Plan& plan, const PlannedTrial& trial) {
  std::set<std::string> out;
  for (const std::string& key : trial.nodes) {
    if (plan.nodes.at(key).step == task::ServeNode::Step::recall) out.insert(key);
  }
  return out;
}

// Indices of the nodes that cannot run without `node`: itself, and what is below it.
std::set<int64_t> below(const std::vector<task::ServeNode>& nodes, int64_t node) {
  std::set<int64_t> out = {node};
  for (size_t i = 0; i < nodes.size(); ++i) {
    const auto& parents = nodes[i].parents;
    if (std::ranges::any_of(parents, [&](int64_t parent) { return out.contains(parent); })) {
      out.insert(static_cast<int64_t>(i));
    }
  }
  return out;
}

}  // namespace

ComputePhase::ComputePhase(const Plan& plan, TrialBoard& board, results::Database& database,
                           const RunSettings& settings, RunOutcome& outcome,
                           const std::set<std::string>& first)
    : plan_(plan),
      board_(board),
      database_(database),
      settings_(settings),
      outcome_(outcome),
      logs_(plan, database) {
  find_units();
  find_fits(first);
}

TaskLoop::Hooks ComputePhase::hooks() {
  const int64_t total = static_cast<int64_t>(board_.keys().size());
  return {[this](int64_t taken) { return next(taken); },
          [this](const TaskOutcome& outcome) { done(outcome); },
          [this, total](RunProgress& progress) {
            progress.phase = "run";
            progress.total = total;
            progress.done = total - board_.open();
            progress.waiting = waiting();
          }};
}

void ComputePhase::find_fits(const std::set<std::string>& first) {
  for (const std::string& key : board_.keys()) {
    if (!board_.is_open(key)) continue;
    for (const std::string& artifact : board_.trial(key).artifacts) {
      if (fits_.contains(artifact)) continue;
      fits_[artifact] = is_cached(plan_, artifact) ? Fit::done : Fit::missing;
      fit_order_.push_back(artifact);
    }
  }
  std::ranges::stable_partition(fit_order_,
                                [&](const std::string& key) { return first.contains(key); });
}

std::vector<Work> ComputePhase::waiting() const {
  std::vector<Work> out;
  for (const auto& [key, state] : fits_) {
    const task::FitTask& fit = plan_.fits.at(key).task;
    if (state == Fit::missing) out.push_back(fit_work(fit.target.stage.plugin, fit.part));
  }
  for (const Unit& unit : units_) out.push_back(evaluation_work(unit.trials.size(), unit.requests));
  return out;
}

int64_t ComputePhase::shard_size() const {
  return kBatchesPerShard * plan_.experiment.numeric.batch_size;
}

int64_t ComputePhase::requests(size_t data) const {
  const auto prepared = dataset::PreparedData::open(plan_.data[data].prepared.path);
  return prepared.requests(task::Window::test).size();
}

int ComputePhase::shards(size_t data) const {
  return static_cast<int>((requests(data) + shard_size() - 1) / shard_size());
}

void ComputePhase::find_units() {
  std::map<std::tuple<size_t, std::string, std::string>, std::vector<std::string>> open;
  for (const std::string& key : board_.keys()) {
    std::string work = "evaluate";
    if (board_.is_done(key)) {
      // Metrics of the stages before the last need their lists, which are not kept: the trial is
      // run for them again.
      std::set<results::StageMetric> kept;
      for (const results::StageMetric& at : database_.kept_metrics(key)) kept.insert(at);
      const auto lacks = [&](const task::MetricAt& at) {
        const auto stages = stages_measured(at, board_.trial(key).stages);
        return std::ranges::any_of(stages, [&](const task::MeasuredStage* stage) {
          return !kept.contains({stage->name, at.definition, static_cast<int>(at.cutoff)});
        });
      };
      if (std::ranges::none_of(plan_.experiment.metrics.pool, lacks)) continue;
      board_.reopen(key);
      work += ":" + hash::json_key(plan_.experiment.metrics.pool).substr(0, 16);
    }
    const PlannedTrial& trial = board_.trial(key);
    open[{trial.data, work, plan_.served_from(trial)}].push_back(key);
  }
  for (const auto& [where, trials] : open) {
    const auto& [data, work, path] = where;
    const auto steps = [&](const std::string& key) {
      return recall_nodes(plan_, board_.trial(key));
    };
    for (const auto& group : trial_groups(trials, steps, settings_.jobs))
      add_units(data, path, group, work);
  }
}

void ComputePhase::add_units(size_t data, const std::string& path,
                             const std::vector<std::string>& group, const std::string& work) {
  const int all = shards(data);
  std::map<int, std::vector<std::string>> by_shard;
  for (const std::string& key : group) {
    for (const int shard : database_.missing_shards(key, work, all)) by_shard[shard].push_back(key);
  }
  const int64_t all_requests = requests(data);
  for (const auto& [shard, trials] : by_shard) {
    const int64_t first = shard * shard_size();
    units_.push_back(
        {data, path, trials, work, shard, first, std::min(shard_size(), all_requests - first)});
  }
}

bool ComputePhase::is_there(const std::string& path) {
  return logs_.ready(path, [&](const std::string& trial) { return board_.is_done(trial); });
}

// What was served on a day is what the next one learns from.
void ComputePhase::fail_after_lost_days() {
  if (logs_.empty()) return;
  for (const std::string& key : board_.keys()) {
    const PlannedTrial& trial = board_.trial(key);
    if (!board_.is_open(key) || !trial.log || trial.log->earlier.empty()) continue;
    const std::string& before = trial.log->earlier.back();
    if (board_.is_open(before) || board_.is_done(before)) continue;
    task::TaskFailure failure;
    failure.kind = task::FailureKind::invalid_input;
    failure.reason =
        fmt::format("it learns from what was served on day {} of the loop, which failed",
                    board_.trial(before).fold);
    board_.fail(key, "evaluate", failure);
  }
}

std::optional<task::Task> ComputePhase::next(int64_t taken) {
  fail_after_lost_days();
  if (auto task = next_fit(taken)) return task;
  return next_unit(taken);
}

bool ComputePhase::is_part(const std::string& artifact) const {
  return !plan_.fits.at(artifact).task.part.empty();
}

// A part is needed by fits alone: where they are all there, nobody asks for it.
bool ComputePhase::is_needed(const std::string& artifact) const {
  if (is_part(artifact)) {
    return std::ranges::any_of(fits_, [&](const auto& fit) {
      const auto& [user, state] = fit;
      return state == Fit::missing && !is_part(user) &&
             std::ranges::count(plan_.fits.at(user).needs, artifact) > 0 && is_needed(user);
    });
  }
  return std::ranges::any_of(board_.keys(), [&](const std::string& key) {
    return board_.is_open(key) && std::ranges::count(board_.trial(key).artifacts, artifact);
  });
}

task::Task ComputePhase::task(size_t data, const std::string& kind, const std::string& label) {
  return new_task(fmt::format("{}-{}", kind, ++next_id_), label, plan_.data[data].prepared.path,
                  plan_.experiment, settings_);
}

std::optional<task::Task> ComputePhase::next_fit(int64_t taken) {
  for (const std::string& key : fit_order_) {
    if (fits_[key] != Fit::missing || !is_needed(key)) continue;
    const PlannedFit& fit = plan_.fits.at(key);
    const auto there = [&](const std::string& need) { return fits_[need] == Fit::done; };
    if (!std::ranges::all_of(fit.needs, there) || !is_there(fit.data_path)) continue;
    // What has to wait lets smaller ones pass: there are only so many of them.
    if (!settings_.memory.fits_beside(settings_.memory.need(fit.task), taken)) continue;
    fits_[key] = Fit::running;
    task::Task out = task(fit.data, "fit", fit.label());
    out.data_path = fit.data_path;
    out.fit = fit.task;
    return out;
  }
  return std::nullopt;
}

bool ComputePhase::is_ready(Unit& unit) {
  std::erase_if(unit.trials, [&](const std::string& key) { return !board_.is_open(key); });
  if (unit.trials.empty() || !is_there(unit.path)) return false;
  return std::ranges::all_of(unit.trials, [&](const std::string& key) {
    return std::ranges::all_of(board_.trial(key).artifacts, [&](const std::string& artifact) {
      return fits_[artifact] == Fit::done || is_part(artifact);
    });
  });
}

std::optional<task::Task> ComputePhase::next_unit(int64_t taken) {
  for (auto unit = units_.begin(); unit != units_.end();) {
    const bool ready = is_ready(*unit);
    if (unit->trials.empty()) {
      unit = units_.erase(unit);
      continue;
    }
    if (ready && settings_.memory.fits_beside(need(*unit), taken)) {
      const task::Task out = evaluate_task(*unit);
      running_units_[out.id] = *unit;
      units_.erase(unit);
      return out;
    }
    ++unit;
  }
  return std::nullopt;
}

int64_t ComputePhase::need(const Unit& unit) const {
  std::set<std::string> artifacts;
  for (const std::string& key : unit.trials) {
    const std::vector<std::string>& own = board_.trial(key).artifacts;
    artifacts.insert(own.begin(), own.end());
  }
  return settings_.memory.serve_need(artifacts);
}

task::Task ComputePhase::evaluate_task(const Unit& unit) {
  std::vector<const PlannedTrial*> trials;
  for (const std::string& key : unit.trials) trials.push_back(&board_.trial(key));
  std::string label = "evaluate " + trials.front()->label();
  if (trials.size() > 1) label += fmt::format(" and {} more", trials.size() - 1);
  task::Task out = task(unit.data, "evaluate", label);
  out.data_path = unit.path;
  const Plan::Graph graph = plan_.graph(trials);
  task::EvaluateTask evaluate;
  evaluate.nodes = graph.nodes;
  evaluate.trials = graph.trials;
  evaluate.serve_size = plan_.experiment.serve_size;
  evaluate.metrics = plan_.experiment.metrics;
  evaluate.train_windows = plan_.experiment.fit_on.recall;
  evaluate.work = unit.work;
  evaluate.shard = unit.shard;
  evaluate.shards = shards(unit.data);
  evaluate.first_request = unit.first_request;
  evaluate.requests = unit.requests;
  out.evaluate = std::move(evaluate);
  return out;
}

void ComputePhase::done(const TaskOutcome& outcome) {
  ++outcome_.strategy_tasks;
  if (outcome.task.fit) {
    fit_done(outcome);
  } else {
    Unit unit = running_units_.at(outcome.task.id);
    running_units_.erase(outcome.task.id);
    unit_done(outcome, std::move(unit));
  }
  count_crashes(outcome);
}

bool ComputePhase::uses(const PlannedTrial& trial, const std::string& plugin) const {
  const auto serves = [&](const std::string& node) {
    return plan_.nodes.at(node).fitted.stage.plugin == plugin;
  };
  const auto fits = [&](const std::string& artifact) {
    return plan_.fits.at(artifact).task.target.stage.plugin == plugin;
  };
  return std::ranges::any_of(trial.nodes, serves) || std::ranges::any_of(trial.artifacts, fits);
}

void ComputePhase::count_crashes(const TaskOutcome& outcome) {
  for (const task::TaskFailure& failure : outcome.failures) {
    const auto left_out = crashes_.note(failure);
    if (!left_out) continue;
    for (const std::string& key : board_.keys()) {
      if (board_.is_open(key) && uses(board_.trial(key), left_out->plugin))
        board_.fail(key, "evaluate", *left_out);
    }
  }
}

void ComputePhase::fit_done(const TaskOutcome& outcome) {
  const task::FittedStage& target = outcome.task.fit->target;
  if (outcome.failures.empty()) {
    board_.merge(outcome.task);
    fits_[target.artifact.key] = Fit::done;
    ++outcome_.fits;
    return;
  }
  task::TaskFailure failure = outcome.failures.front();
  const bool nobody = !outcome.finished && failure.plugin.empty();
  if (nobody && tried_again_.insert(target.artifact.key).second) {
    fits_[target.artifact.key] = Fit::missing;
    return;
  }
  fits_[target.artifact.key] = Fit::failed;
  if (failure.plugin.empty()) {
    failure.plugin = target.stage.plugin;
    failure.place = target.stage.place();
    failure.phase = "fit";
  }
  board_.fail_artifact(target.artifact.key, failure);
}

void ComputePhase::unit_done(const TaskOutcome& outcome, Unit unit) {
  if (outcome.finished) {
    for (const task::TaskFailure& failure : outcome.failures) {
      for (const std::string& key : failure.trials) board_.fail(key, "evaluate", failure);
    }
    board_.merge(outcome.task);
    return;
  }
  const task::TaskFailure& failure = outcome.failures.front();
  if (failure.node < 0) return without_culprit(std::move(unit), failure);
  // What is left goes on without the stage that broke it.
  fail_below(outcome, failure);
  units_.push_back(std::move(unit));
}

// Alone, the guilty one of several trials is told from the others; a single one is tried once more.
void ComputePhase::without_culprit(Unit unit, const task::TaskFailure& failure) {
  if (unit.trials.size() == 1 && unit.retried)
    return board_.fail(unit.trials.front(), "evaluate", failure);
  for (const std::string& key : unit.trials) {
    Unit alone = unit;
    alone.trials = {key};
    alone.retried = unit.trials.size() == 1;
    units_.push_back(std::move(alone));
  }
}

void ComputePhase::fail_below(const TaskOutcome& outcome, const task::TaskFailure& failure) {
  const task::EvaluateTask& evaluate = *outcome.task.evaluate;
  const std::set<int64_t> broken = below(evaluate.nodes, failure.node);
  for (const task::TrialTask& trial : evaluate.trials) {
    const auto hit = [&](const task::MeasuredStage& stage) { return broken.contains(stage.node); };
    if (std::ranges::any_of(trial.stages, hit)) board_.fail(trial.trial_key, "evaluate", failure);
  }
}

}  // namespace assay::execution
