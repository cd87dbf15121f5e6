#include "execution/self_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "execution/failure_text.h"
#include "execution/new_task.h"
#include "metric_catalog/self_checked.h"
#include "results/self_check_table.h"
#include "task/self_check_work.h"

namespace assay::execution {

SelfCheck::SelfCheck(const task::Experiment& experiment, results::Database& database,
                     int64_t run_id, const RunSettings& settings,
                     std::function<void(const std::string&)> warn)
    : experiment_(experiment),
      database_(database),
      run_id_(run_id),
      settings_(settings),
      warn_(std::move(warn)) {}

void SelfCheck::add(const dataset::PreparedRef& data, const std::string& variant,
                    const std::string& trial_key, const std::string& label) {
  Subject& subject = subjects_[data.key];
  subject.data = data;
  const auto same = [&](const task::TrialTask& known) { return known.trial_key == trial_key; };
  if (subject.trials.size() == 2 || std::ranges::any_of(subject.trials, same) ||
      std::ranges::count(subject.variants, variant) > 0)
    return;
  subject.variants.push_back(variant);
  subject.trials.push_back({trial_key, label, {}});
}

std::vector<task::MetricAt> SelfCheck::missing(const std::string& hash) const {
  std::set<std::pair<std::string, int64_t>> known;
  for (const results::SelfCheckRow& row :
       results::self_checks(results::Reader(database_), run_id_)) {
    if (row.prepared_hash == hash) known.emplace(row.definition, row.cutoff);
  }
  std::vector<task::MetricAt> metrics = experiment_.metrics.served;
  std::erase_if(metrics, [&](const task::MetricAt& at) {
    return known.contains({at.definition, at.cutoff}) ||
           !metric_catalog::is_self_checked(at.definition);
  });
  return metrics;
}

void SelfCheck::lay_out() {
  results::inherit_self_checks(database_, run_id_);
  for (const auto& [hash, subject] : subjects_) {
    const std::vector<task::MetricAt> metrics = missing(hash);
    if (metrics.empty()) continue;
    task::Task task = new_task(fmt::format("self-check-{}", tasks_.size() + 1),
                               "self-check on " + subject.trials.front().label, subject.data.path,
                               experiment_, settings_);
    task.score = task::ScoreTask{database_.path(),
                                 subject.trials,
                                 task::Window::test,
                                 metrics,
                                 experiment_.metrics.own,
                                 experiment_.fit_on.recall,
                                 std::string(task::kSelfCheckWork) + hash};
    tasks_.push_back(std::move(task));
  }
  total_ = std::ssize(tasks_);
}

TaskLoop::Hooks SelfCheck::hooks() {
  lay_out();
  return {[this](int64_t taken) { return next(taken); },
          [this](const TaskOutcome& outcome) { done(outcome); },
          [this](RunProgress& progress) {
            progress.phase = "score";
            progress.done = finished_;
            progress.total = total_;
          }};
}

std::optional<task::Task> SelfCheck::next(int64_t taken) {
  if (tasks_.empty() || !settings_.memory.fits_beside(settings_.memory.need(tasks_.front()), taken))
    return std::nullopt;
  task::Task task = std::move(tasks_.front());
  tasks_.pop_front();
  return task;
}

void SelfCheck::done(const TaskOutcome& outcome) {
  ++finished_;
  for (const task::TaskFailure& failure : outcome.failures)
    warn_(fmt::format("{} was not finished: {}", outcome.task.label, failure_text(failure)));
  if (!outcome.finished || !outcome.failures.empty()) return;
  database_.merge(outcome.task.part_path, run_id_,
                  [](const std::string&, std::span<const results::Exposure>) {
                    return std::vector<results::CatalogueValue>();  // it completes no trial
                  });
}

}  // namespace assay::execution
