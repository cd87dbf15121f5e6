#include "execution/rescore.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <set>

#include "error/error.h"
#include "execution/catalogue_values.h"
#include "execution/failure_text.h"
#include "execution/missing_metrics.h"
#include "execution/new_task.h"
#include "execution/run_records.h"
#include "execution/self_check.h"
#include "execution/task_loop.h"
#include "hash/hash.h"
#include "results/reader.h"
#include "results/self_check_table.h"

namespace assay::execution {
namespace {

constexpr char kServed[] = "served";

std::vector<std::string> paths_of(const std::vector<dataset::PreparedRef>& data) {
  std::vector<std::string> paths;
  for (const dataset::PreparedRef& one : data) paths.push_back(one.path);
  return paths;
}

class Rescore {
 public:
  Rescore(results::Database& database, int64_t run_id, const task::Experiment& experiment,
          const std::vector<dataset::PreparedRef>& data, const RunSettings& settings)
      : database_(database),
        run_id_(run_id),
        experiment_(experiment),
        data_(data),
        settings_(settings),
        catalogue_(experiment, paths_of(data)) {}

  RescoreOutcome run(Executor& executor) {
    lay_out();
    record_metrics(experiment_.metrics, database_);
    const auto total = static_cast<int64_t>(tasks_.size());
    TaskLoop loop(executor, settings_);
    const TaskLoop::Hooks hooks = {[this](int64_t) { return next(); },  // no strategy is loaded
                                   [this](const TaskOutcome& outcome) { done(outcome); },
                                   [this, total](RunProgress& progress) {
                                     progress.phase = "score";
                                     progress.done = total - static_cast<int64_t>(tasks_.size());
                                     progress.total = total;
                                   }};
    outcome_.interrupted = !loop.run(hooks, settings_.jobs) || !check_itself(loop);
    return std::move(outcome_);
  }

 private:
  /// false: the user has asked to stop.
  bool check_itself(TaskLoop& loop) {
    const auto found = [&] { return results::self_checks(results::Reader(database_), run_id_); };
    const size_t before = metrics_of(found(), false);
    SelfCheck check(experiment_, database_, run_id_, settings_,
                    [this](const std::string& why) { outcome_.problems.push_back(why); });
    for (const results::RunTrial& trial : results::Reader(database_).trials(run_id_)) {
      if (trial.status == results::TrialState::Status::done)
        check.add(data_[data_of(trial)], trial.variant, trial.trial_key,
                  fmt::format("{} on {}", trial.variant, trial.dataset));
    }
    const bool whole = loop.run(check.hooks(), settings_.jobs);
    outcome_.self_checked = static_cast<int64_t>(metrics_of(found(), false) - before);
    outcome_.self_check_failed = static_cast<int64_t>(metrics_of(found(), true));
    return whole;
  }

  static size_t metrics_of(const std::vector<results::SelfCheckRow>& rows, bool failing) {
    std::set<std::pair<std::string, int>> metrics;
    for (const results::SelfCheckRow& row : rows)
      if (!failing || row.result == results::SelfCheckRow::Result::fails)
        metrics.emplace(row.definition, row.cutoff);
    return metrics.size();
  }

  size_t data_of(const results::RunTrial& trial) const {
    const std::vector<task::DatasetSpec> datasets = by_fold(experiment_.datasets);
    const auto found = std::ranges::find_if(datasets, [&](const task::DatasetSpec& dataset) {
      return dataset.name == trial.dataset && fold_name(dataset.split) == trial.fold;
    });
    error::require(found != datasets.end(), "trials are on data sets of their experiment");
    return static_cast<size_t>(found - datasets.begin());
  }

  // Trials that lack the same metrics on the same data share a task. Its worker reads their slates
  // from the database; it loads no strategy.
  void lay_out() {
    std::map<std::pair<size_t, std::vector<task::MetricAt>>, std::vector<task::TrialTask>> lacking;
    std::set<std::string> seen;
    for (const results::RunTrial& trial : results::Reader(database_).trials(run_id_)) {
      if (trial.status != results::TrialState::Status::done || !seen.insert(trial.trial_key).second)
        continue;
      ++outcome_.trials;
      const auto wanted = missing_served(experiment_.metrics, database_, trial.trial_key);
      if (wanted.empty()) continue;
      const size_t own = data_of(trial);
      trials_[trial.trial_key] = {trial.trial_key, own};
      lacking[{own, wanted}].push_back(
          {trial.trial_key, fmt::format("{} on {}", trial.variant, trial.dataset), {}});
    }
    for (const auto& [what, trials] : lacking) add(what.first, what.second, trials);
  }

  void add(size_t data, const std::vector<task::MetricAt>& metrics,
           const std::vector<task::TrialTask>& trials) {
    const std::string work = hash::json_key(nlohmann::json(metrics)).substr(0, 16);
    task::Task task = new_task(fmt::format("score-{}-{}", data, work),
                               fmt::format("score {} trials", trials.size()), data_[data].path,
                               experiment_, settings_);
    task.score = task::ScoreTask{
        database_.path(),          trials, task::Window::test, metrics, experiment_.metrics.own,
        experiment_.fit_on.recall, work};
    tasks_.push_back(std::move(task));
  }

  std::optional<task::Task> next() {
    if (tasks_.empty()) return std::nullopt;
    task::Task task = std::move(tasks_.front());
    tasks_.pop_front();
    return task;
  }

  void done(const TaskOutcome& outcome) {
    std::set<std::string> failed;
    for (const task::TaskFailure& failure : outcome.failures) {
      outcome_.problems.push_back(
          fmt::format("{} was not finished: {}", outcome.task.label, failure_text(failure)));
      failed.insert(failure.trials.begin(), failure.trials.end());
    }
    const size_t trials = outcome.task.score->trials.size();
    if (!outcome.finished || failed.size() == trials) return;
    database_.merge(outcome.task.part_path, run_id_,
                    [&](const std::string& key, std::span<const results::Exposure> all) {
                      return catalogue_.of(trials_.at(key), all, results::Reader(database_));
                    });
    outcome_.scored += static_cast<int64_t>(trials - failed.size());
  }

  results::Database& database_;
  int64_t run_id_;
  const task::Experiment& experiment_;
  const std::vector<dataset::PreparedRef>& data_;
  const RunSettings& settings_;
  CatalogueValues catalogue_;
  std::map<std::string, FinishedTrial> trials_;
  std::deque<task::Task> tasks_;
  RescoreOutcome outcome_;
};

/// A list is judged by the truth of the data it was made on.
void require_same_data(const results::Database& database, int64_t run_id,
                       const task::Experiment& experiment,
                       const std::vector<dataset::PreparedRef>& data) {
  const std::vector<task::DatasetSpec> datasets = by_fold(experiment.datasets);
  for (size_t d = 0; d < data.size(); ++d) {
    const std::string& name = datasets[d].name;
    const results::Cell parameters[] = {run_id, name, fold_name(datasets[d].split)};
    const results::QueryAnswer known = results::Reader(database).query(
        "SELECT prepared_hash FROM data_source WHERE run_id = ? AND dataset = ? AND fold = ?",
        parameters);
    if (known.rows.empty() || std::get<std::string>(known.rows[0][0]) == data[d].key) continue;
    throw error::UserError(
        database.path(),
        fmt::format("the data of {} differ from those of run {}: hash {:.12} then, {:.12} now; "
                    "restore that data, or run the experiment again",
                    name, run_id, std::get<std::string>(known.rows[0][0]), data[d].key));
  }
}

}  // namespace

RescoreOutcome rescore(results::Database& database, int64_t run_id,
                       const task::Experiment& experiment,
                       const std::vector<dataset::PreparedRef>& data, Executor& executor,
                       const RunSettings& settings) {
  require_same_data(database, run_id, experiment, data);
  return Rescore(database, run_id, experiment, data, settings).run(executor);
}

}  // namespace assay::execution
