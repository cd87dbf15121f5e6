#include "execution/timing_phase.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "error/error.h"
#include "execution/new_task.h"
#include "hash/hash.h"
#include "results/reader.h"
#include "text/counted.h"

// The rounds of all variants are laid out before the first is timed. Rounds that the database has
// under the same timing key are left out, unless the machine disturbed them; the key covers everything that is timed together, so
// adding a variant starts a new pass instead of mixing samples of two. Variants with the same trial
// and the same hosting share their rounds.

namespace assay::execution {
namespace {

const task::ServingSpec& serving_of(const Plan& plan, const PlannedTrial& trial) {
  return std::ranges::find(plan.experiment.variants, trial.variant, &task::VariantSpec::name)
      ->serving;
}

struct Fallback {
  const PlannedTrial& trial;
  const task::ServeNode& node;
};

// A recall stage of another variant on the same data: under the same seed, or the one that it has.
Fallback fallback_of(const Plan& plan, const PlannedTrial& trial, const std::string& name) {
  const PlannedTrial* found = nullptr;
  for (const PlannedTrial& other : plan.trials) {
    if (other.data != trial.data || !name.starts_with(other.variant + ".recall[")) continue;
    if (found == nullptr || other.seed == trial.seed) found = &other;
  }
  error::require(found != nullptr, "a fallback is a stage of the experiment");
  const std::string place = name.substr(found->variant.size() + 1);
  for (const std::string& key : found->nodes) {
    if (plan.nodes.at(key).place == place) return {*found, plan.nodes.at(key)};
  }
  throw error::InternalError(name + " is a stage of its variant");
}

constexpr int kMostRepetitions = 2;

// How a round was hosted; only what waits in a queue has a host.
std::string serving_text(const task::TimeTask& time) {
  return time.scenario.kind == task::ScenarioKind::server ? nlohmann::json(time.serving).dump()
                                                          : "";
}

std::string place_of(const task::TimeTask& time) {
  return fmt::format("{}|{}|{}|{}|{}|{}", time.trial.trial_key,
                     nlohmann::json(time.scenario).dump(), serving_text(time), time.round,
                     time.baseline_repeat, time.by_stage);
}

bool is_disturbed(const results::LatencySamples& row, const task::TimeTask& time) {
  return !time.by_stage &&
         row.disturbance.is_disturbed(time.scenario.kind == task::ScenarioKind::server);
}

}  // namespace

TimingPhase::TimingPhase(const Plan& plan, TrialBoard& board, results::Database& database,
                         const RunSettings& settings, RunOutcome& outcome)
    : plan_(plan),
      board_(board),
      database_(database),
      settings_(settings),
      outcome_(outcome),
      baseline_(plan.experiment.compare.baseline.empty() ? plan.experiment.variants.front().name
                                                         : plan.experiment.compare.baseline) {
  if (plan.experiment.latency.rounds > 0) {
    for (size_t data = 0; data < plan.data.size(); ++data) plan_data(data);
  }
  total_ = static_cast<int64_t>(tasks_.size());
}

std::string TimingPhase::timing_key(const Plan& plan,
                                    const std::vector<const PlannedTrial*>& trials) {
  std::vector<std::string> keys;
  std::set<std::string> hosted;
  for (const PlannedTrial* trial : trials) {
    keys.push_back(trial->key);
    hosted.insert(trial->key + nlohmann::json(serving_of(plan, *trial)).dump());
  }
  std::ranges::sort(keys);
  nlohmann::json latency = plan.experiment.latency;
  latency.erase("repeat_s");  // how often a round is tried is no part of what it measures
  return plan.timing_prefix + hash::json_key({{"trials", keys},
                                              {"hosted", hosted},
                                              {"seed", plan.experiment.seed},
                                              {"latency", latency},
                                              {"numeric", plan.experiment.numeric}});
}

void TimingPhase::plan_data(size_t data) {
  std::set<std::string> seen;
  std::vector<const PlannedTrial*> trials;  // one a variant: seeds do not change what serving costs
  for (const PlannedTrial& trial : plan_.trials) {
    if (trial.data == data && board_.is_done(trial.key) && seen.insert(trial.variant).second)
      trials.push_back(&trial);
  }
  if (trials.empty()) return;
  const std::string key = timing_key(plan_, trials);
  for (const task::ScenarioSpec& scenario : plan_.experiment.latency.scenarios) {
    const int rounds = static_cast<int>(plan_.experiment.latency.rounds);
    for (int round = 0; round < rounds; ++round) plan_round(trials, key, scenario, round, false);
    // Stage times need a synchronisation with the device around each stage, which would lengthen
    // the end-to-end times: they get a round of their own.
    if (scenario.kind == task::ScenarioKind::single_stream)
      plan_round(trials, key, scenario, rounds, true);
  }
}

void TimingPhase::plan_round(const std::vector<const PlannedTrial*>& trials, const std::string& key,
                             const task::ScenarioSpec& scenario, int round, bool by_stage) {
  std::vector<const PlannedTrial*> order = trials;
  if (round % 2) std::ranges::reverse(order);
  for (const PlannedTrial* trial : order) add(*trial, key, scenario, round, false, by_stage);
  if (by_stage) return;
  for (const PlannedTrial* trial : order) {
    if (trial->variant == baseline_) add(*trial, key, scenario, round, true, false);
  }
}

const results::LatencySamples* TimingPhase::kept(const std::string& trial_key,
                                                 const task::TimeTask& time) {
  const std::string scenario = nlohmann::json(time.scenario).dump();
  const std::string serving = serving_text(time);
  const auto [rows, is_new] = timed_.try_emplace(trial_key);
  if (is_new) rows->second = results::Reader(database_).latency_rows(trial_key);
  const auto found = std::ranges::find_if(rows->second, [&](const results::LatencySamples& row) {
    return row.timing_key == time.timing_key && row.scenario == scenario &&
           row.serving == serving && row.round == time.round &&
           (row.role == results::LatencySamples::Role::baseline_repeat) == time.baseline_repeat;
  });
  return found == rows->second.end() ? nullptr : &*found;
}

bool TimingPhase::is_planned(const PlannedTrial& trial, const task::TimeTask& time) {
  error::require(trial.key == time.trial.trial_key, "a round is of its trial");
  return !planned_.insert(place_of(time)).second;
}

std::optional<std::map<std::string, task::ServeNode>> TimingPhase::fallbacks(
    const PlannedTrial& trial) {
  std::map<std::string, task::ServeNode> found;
  for (const task::DeadlineSpec& deadline : serving_of(plan_, trial).deadlines) {
    if (deadline.fallback == "given") continue;
    const Fallback fallback = fallback_of(plan_, trial, deadline.fallback);
    const task::FittedStage& fitted = fallback.node.fitted;
    if (fallback.node.step == task::ServeNode::Step::recall &&
        !std::filesystem::exists(fitted.artifact.path) && !board_.is_done(fallback.trial.key)) {
      refuse(trial, deadline, fitted.stage.plugin);
      return std::nullopt;
    }
    found.emplace(deadline.fallback, fallback.node);
  }
  return found;
}

void TimingPhase::refuse(const PlannedTrial& trial, const task::DeadlineSpec& deadline,
                         const std::string& plugin) {
  if (!refused_.insert(trial.key).second) return;
  database_.write(results::FailureRow{
      trial.key, "time", deadline.stage, plugin, std::nullopt,
      std::string(name_of(task::FailureKind::refused)),
      fmt::format("its fallback {} was not fitted: that variant failed", deadline.fallback)});
}

void TimingPhase::add(const PlannedTrial& trial, const std::string& key,
                      const task::ScenarioSpec& scenario, int round, bool repeat, bool by_stage) {
  std::map<std::string, task::ServeNode> fallbacks;
  if (scenario.kind == task::ScenarioKind::server) {
    const auto found = this->fallbacks(trial);
    if (!found) return;
    fallbacks = *found;
  }
  task::Task task = new_task(
      fmt::format("time-{}", ++planned_tasks_),
      fmt::format("time {}, {}, round {}", trial.label(), name_of(scenario.kind), round + 1),
      plan_.data[trial.data].prepared.path, plan_.experiment, settings_);
  const Plan::Graph graph = plan_.graph({&trial});
  task.time = task::TimeTask{graph.nodes,
                             graph.trials.front(),
                             task::Window::test,
                             scenario,
                             key,
                             round,
                             repeat,
                             by_stage,
                             plan_.experiment.latency.warmup_requests,
                             plan_.experiment.serve_size,
                             serving_of(plan_, trial),
                             fallbacks,
                             plan_.experiment.seed + static_cast<uint64_t>(round)};
  if (is_planned(trial, *task.time)) return;
  const results::LatencySamples* const there = kept(trial.key, *task.time);
  if (there != nullptr && (!may_repeat() || !is_disturbed(*there, *task.time))) return;
  models_.insert(trial.artifacts.begin(), trial.artifacts.end());
  for (const auto& [name, node] : task.time->fallbacks) {
    if (node.step == task::ServeNode::Step::recall) models_.insert(node.fitted.artifact.key);
  }
  if (there == nullptr) {
    tasks_.push_back(std::move(task));
    return;
  }
  disturbed_[place_of(*task.time)] = there->disturbance.text();
  again_.push_back(std::move(task));
}

bool TimingPhase::may_repeat() const {
  return settings_.repeat_disturbed && plan_.experiment.latency.repeat_s > 0;
}

// A disturbed round waits until all others are done: by then the machine may be quiet.
std::optional<task::Task> TimingPhase::next() {
  if (tasks_.empty() && !again_.empty() && repeated_s_ < plan_.experiment.latency.repeat_s) {
    task::Task task = std::move(again_.front());
    again_.pop_front();
    const int repetition = ++repetitions_[place_of(*task.time)];
    task.id = fmt::format("time-{}", ++planned_tasks_);
    task.part_path = fmt::format("{}/{}.part.sqlite", settings_.work_folder, task.id);
    if (repetition == 1) task.label += ", again";
    ++total_;
    return task;
  }
  if (tasks_.empty()) return std::nullopt;
  task::Task task = std::move(tasks_.front());
  tasks_.pop_front();
  return task;
}

TaskLoop::Hooks TimingPhase::hooks() {
  return {[this](int64_t) { return next(); },  // alone on the machine
          [this](const TaskOutcome& outcome) { done(outcome); },
          [this](RunProgress& progress) {
            progress.phase = "time";
            progress.done = finished_;
            progress.total = total_;
            progress.waiting.emplace();
            for (const task::Task& task : tasks_) progress.waiting->push_back(work_of(task));
          }};
}

// Whether the round that was just timed is good enough.
void TimingPhase::judge(const task::Task& task) {
  const std::string place = place_of(*task.time);
  disturbed_.erase(place);
  const results::LatencySamples* const row = kept(task.time->trial.trial_key, *task.time);
  if (row == nullptr || !is_disturbed(*row, *task.time)) return;
  disturbed_[place] = row->disturbance.text();
  const auto begun = repetitions_.find(place);
  const bool too_often = begun != repetitions_.end() && begun->second >= kMostRepetitions;
  if (may_repeat() && !too_often) again_.push_back(task);
}

std::string TimingPhase::busy_text() const {
  if (disturbed_.empty() && repetitions_.empty()) return "";
  const auto rounds = [](const auto& these) { return text::counted(std::ssize(these), "round"); };
  std::string text =
      "the machine was busy while variants were timed: " + rounds(repetitions_) + " timed again, ";
  if (disturbed_.empty()) return text + "and undisturbed then";
  return text + fmt::format("{} still disturbed ({}); run again when nothing else runs",
                            rounds(disturbed_), disturbed_.begin()->second);
}

void TimingPhase::done(const TaskOutcome& outcome) {
  ++finished_;
  ++outcome_.strategy_tasks;
  const std::string& trial_key = outcome.task.time->trial.trial_key;
  if (repetitions_.contains(place_of(*outcome.task.time))) repeated_s_ += outcome.seconds;
  if (outcome.failures.empty()) {
    const auto* const before = kept(trial_key, *outcome.task.time);
    if (before != nullptr && !outcome.task.time->by_stage) database_.forget_timing(*before);
    board_.merge(outcome.task);
    timed_.erase(trial_key);
    judge(outcome.task);
    return;
  }
  const task::TaskFailure& failure = outcome.failures.front();
  database_.write(results::FailureRow{outcome.task.time->trial.trial_key, "time", failure.place,
                                      failure.plugin, std::nullopt,
                                      std::string(name_of(failure.kind)), failure.reason});
  if (settings_.say)
    settings_.say(fmt::format("{} failed: {}", outcome.task.label, failure.reason));
}

}  // namespace assay::execution
