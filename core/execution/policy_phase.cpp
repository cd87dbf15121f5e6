#include "execution/policy_phase.h"

#include <fmt/format.h>

#include <algorithm>

#include "dataset/impressions.h"
#include "dataset/prepared.h"
#include "error/error.h"
#include "execution/failure_text.h"
#include "execution/new_task.h"
#include "task/off_policy_spec.h"
#include "task/policy.h"

namespace assay::execution {
namespace {

// As those of an evaluation (compute_phase.cpp): what is stored does not depend on the number of
// workers.
constexpr int64_t kBatchesPerShard = 8;

const task::VariantSpec& variant_of(const Plan& plan, const PlannedTrial& trial) {
  return *std::ranges::find(plan.experiment.variants, trial.variant, &task::VariantSpec::name);
}

bool has_propensities(const PlannedData& data) {
  const std::string path = dataset::PreparedData::open(data.prepared.path).logged_rows_path();
  return !path.empty() && !dataset::Impressions::open(path).propensity().empty();
}

/// Features of items, by name, to whether they are categories.
std::map<std::string, bool> item_features(const PlannedData& data) {
  std::map<std::string, bool> out;
  const auto prepared = dataset::PreparedData::open(data.prepared.path);
  for (const auto& feature : prepared.info().at("features").value("item", nlohmann::json::array()))
    out[feature.at("name").get<std::string>()] = feature.at("type") == "category";
  return out;
}

void check_embeddings(const task::OffPolicySpec& spec, const PlannedData& data) {
  if (spec.embeddings.empty()) return;
  const std::map<std::string, bool> features = item_features(data);
  std::vector<std::string> categories;
  for (const auto& [name, is_category] : features)
    if (is_category) categories.push_back(name);
  for (const std::string& name : spec.embeddings) {
    const auto found = features.find(name);
    if (found != features.end() && found->second) continue;
    throw error::UserError(
        fmt::format("off_policy.embeddings names {}, which is no {} of {}{}", name,
                    found == features.end() ? "item feature" : "category", data.spec.name,
                    categories.empty()
                        ? "; it has no item feature that is a category: name a file of them with "
                          "source.features"
                        : error::did_you_mean(name, categories)));
  }
}

void check_model(const task::OffPolicySpec& spec, const PlannedData& data) {
  if (!spec.reward) return;
  const std::string path = dataset::PreparedData::open(data.prepared.path).logged_rows_path();
  if (path.empty()) return;
  const auto table = dataset::Impressions::open(path);
  if (!table.labels().front().is_value()) return;
  throw error::UserError(
      spec.reward->stage.where,
      fmt::format(
          "off_policy.reward predicts how probable a reward is, and the label {} of {} is a "
          "value; give the label equals or at_least, or leave off_policy.reward out",
          table.labels().front().name, data.spec.name));
}

}  // namespace

void check_policies(const task::Experiment& experiment, const std::vector<PlannedData>& data) {
  const auto has_policy = [](const task::VariantSpec& variant) {
    return variant.policy.has_value();
  };
  const auto variant = std::ranges::find_if(experiment.variants, has_policy);
  if (variant == experiment.variants.end()) return;
  for (const PlannedData& one : data) {
    if (experiment.off_policy) check_embeddings(*experiment.off_policy, one);
    if (experiment.off_policy) check_model(*experiment.off_policy, one);
    if (has_propensities(one)) continue;
    throw error::UserError(
        variant->where,
        fmt::format("variants.{}.policy: the logged rows of {} have no propensities, without which "
                    "nothing can be estimated; name the column that holds the probability of what "
                    "was shown: source.impressions.columns.propensity",
                    variant->name, one.spec.name));
  }
}

PolicyPhase::PolicyPhase(const Plan& plan, TrialBoard& board, results::Database& database,
                         const RunSettings& settings, RunOutcome& outcome)
    : plan_(plan), board_(board), database_(database), settings_(settings), outcome_(outcome) {
  std::map<std::pair<size_t, std::string>, std::pair<task::PolicySpec, Trials>> asked;
  for (const PlannedTrial& trial : plan.trials) {
    const std::optional<task::PolicySpec>& policy = variant_of(plan, trial).policy;
    if (!policy || !board.is_done(trial.key)) continue;
    auto& [spec, trials] = asked[{trial.data, work_of(*policy)}];
    spec = *policy;
    const auto same = [&](const PlannedTrial* other) { return other->key == trial.key; };
    if (std::ranges::none_of(trials, same)) trials.push_back(&trial);
  }
  for (const auto& [key, what] : asked) add(key.first, what.first, what.second);
  total_ = std::ssize(tasks_);
}

std::string PolicyPhase::work_of(const task::PolicySpec& policy) const {
  return task::asked_work(policy, plan_.experiment.off_policy.get());
}

int64_t PolicyPhase::requests(size_t data) const {
  const auto prepared = dataset::PreparedData::open(plan_.data[data].prepared.path);
  return prepared.requests(task::Window::test).size();
}

void PolicyPhase::add(size_t data, const task::PolicySpec& policy, const Trials& trials) {
  const int64_t size = kBatchesPerShard * plan_.experiment.numeric.batch_size;
  const auto shards = static_cast<int>((requests(data) + size - 1) / size);
  std::map<int, Trials> by_shard;
  for (const PlannedTrial* trial : trials)
    for (const int shard : database_.missing_shards(trial->key, work_of(policy), shards))
      by_shard[shard].push_back(trial);
  for (const auto& [shard, missing] : by_shard) add_shard(data, policy, missing, shard, shards);
}

void PolicyPhase::add_shard(size_t data, const task::PolicySpec& policy, const Trials& trials,
                            int shard, int shards) {
  const int64_t size = kBatchesPerShard * plan_.experiment.numeric.batch_size;
  const Plan::Graph graph = plan_.graph(trials);
  task::EvaluateTask evaluate;
  evaluate.nodes = graph.nodes;
  const std::vector<task::ServeNode>& reward = plan_.data[data].reward;
  evaluate.nodes.insert(evaluate.nodes.end(), reward.begin(), reward.end());
  evaluate.trials = graph.trials;
  evaluate.serve_size = plan_.experiment.serve_size;
  evaluate.work = work_of(policy);
  evaluate.train_windows = plan_.experiment.fit_on.recall;
  evaluate.shard = shard;
  evaluate.shards = shards;
  evaluate.first_request = shard * size;
  evaluate.requests = std::min(size, requests(data) - evaluate.first_request);
  std::string label = "policy of " + trials.front()->label();
  if (trials.size() > 1) label += fmt::format(" and {} more", trials.size() - 1);
  task::Task task = new_task(fmt::format("policy-{}", tasks_.size() + 1), label,
                             plan_.data[data].prepared.path, plan_.experiment, settings_);
  task.evaluate = std::move(evaluate);
  tasks_.push_back(std::move(task));
  for (const PlannedTrial* trial : trials)
    models_.insert(trial->artifacts.begin(), trial->artifacts.end());
}

TaskLoop::Hooks PolicyPhase::hooks() {
  return {[this](int64_t taken) { return next(taken); },
          [this](const TaskOutcome& outcome) { done(outcome); },
          [this](RunProgress& progress) {
            progress.phase = "policy";
            progress.done = finished_;
            progress.total = total_;
          }};
}

std::optional<task::Task> PolicyPhase::next(int64_t taken) {
  if (tasks_.empty() || !settings_.memory.fits_beside(settings_.memory.need(tasks_.front()), taken))
    return std::nullopt;
  task::Task task = std::move(tasks_.front());
  tasks_.pop_front();
  return task;
}

void PolicyPhase::done(const TaskOutcome& outcome) {
  ++finished_;
  ++outcome_.strategy_tasks;
  const task::EvaluateTask& evaluate = *outcome.task.evaluate;
  const task::PolicySpec policy = task::policy_of_work(evaluate.work).value();
  for (const task::TaskFailure& failure : outcome.failures) {
    std::vector<std::string> trials = failure.trials;
    if (trials.empty())  // the worker died: which of them did it is not known
      for (const task::TrialTask& trial : evaluate.trials) trials.push_back(trial.trial_key);
    for (const std::string& key : trials) fail(key, policy, failure);
  }
  if (outcome.finished) board_.merge(outcome.task);
}

void PolicyPhase::fail(const std::string& trial_key, const task::PolicySpec& policy,
                       const task::TaskFailure& failure) {
  if (!failed_.emplace(trial_key, task::policy_text(policy)).second) return;
  results::FailureRow row;
  row.trial_key = trial_key;
  row.task = work_of(policy);
  row.stage = failure.place;
  row.plugin = failure.plugin;
  row.kind = name_of(failure.kind);
  row.reason = failure.reason;
  database_.write(row);
  for (const PlannedTrial& trial : plan_.trials) {
    const auto& own = variant_of(plan_, trial).policy;
    if (trial.key != trial_key || !own || task::policy_text(*own) != task::policy_text(policy))
      continue;
    outcome_.failed.push_back({trial.variant, trial.dataset, trial.seed, failure});
    if (settings_.say_failure)
      settings_.say_failure(
          fmt::format("policy of {} failed: {}", trial.label(), failure_text(failure)));
  }
}

}  // namespace assay::execution
