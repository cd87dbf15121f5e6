#include "execution/tune_phase.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "dataset/prepared.h"
#include "error/error.h"
#include "execution/failure_text.h"
#include "execution/model_cache.h"
#include "execution/new_task.h"
#include "execution/tuned_variant.h"
#include "results/reader.h"
#include "results/tuning_table.h"
#include "task/fit_record.h"
#include "task/tuning.h"

// All searches go on side by side. A step is one attempt: the fits that it lacks, then one task that
// serves the validation window with the whole pipeline and measures the metric. What two attempts
// lack is fitted once, for the one that comes first. An attempt that ends is a row in the database at
// once; a search whose round is whole gives its next steps.

namespace assay::execution {
namespace {

/// What validating fits of a trial were told, one after another.
void add_curve(const task::FitRecord& record, results::TuningTrialRow& row) {
  for (const task::FitCurve& curve : record.curves) {
    if (curve.name == task::kValidationCurve)
      row.curve.insert(row.curve.end(), curve.values.begin(), curve.values.end());
  }
}

bool is_pruned(const task::FitRecord& record) {
  return std::ranges::any_of(
      record.notes, [](const task::FitNote& note) { return note.key == task::kPrunedNote; });
}

void remove_file(const std::string& path) {
  std::error_code ignored;
  std::filesystem::remove(path, ignored);
}

}  // namespace

TunePhase::TunePhase(std::vector<std::unique_ptr<TuningSearch>>& searches,
                     results::Database& database, RunSettings& settings, const AskFunctions& ask,
                     std::set<std::string> keep)
    : searches_(searches),
      database_(database),
      settings_(settings),
      ask_(ask),
      keep_(std::move(keep)),
      earlier_(results::Reader(database).artifacts()) {
  for (const auto& search : searches_) {
    total_ += tuning::most_steps(search->experiment().tune, search->variant().tuned);
    finished_ += std::ssize(search->rows());
  }
}

TaskLoop::Hooks TunePhase::hooks() {
  return {[this](int64_t taken) { return next(taken); },
          [this](const TaskOutcome& outcome) { done(outcome); },
          [this](RunProgress& progress) {
            progress.phase = "tune";
            progress.done = finished_;
            progress.total = total_;
          }};
}

void TunePhase::begin_steps() {
  for (const auto& search : searches_) {
    std::vector<tuning::Step> fresh = search->open_steps();
    std::erase_if(fresh, [&](const tuning::Step& step) {
      return std::ranges::any_of(attempts_, [&](const Attempt& attempt) {
        const tuning::Step& other = attempt.planned.step;
        return attempt.search == search.get() && other.number == step.number &&
               other.rung == step.rung;
      });
    });
    if (fresh.empty()) continue;
    std::vector<PlannedStep> planned = search->planned(fresh);
    learn_needs(planned);
    for (PlannedStep& step : planned) begin(*search, std::move(step));
  }
}

// Plugins are asked once what the fits of a round need.
void TunePhase::learn_needs(const std::vector<PlannedStep>& planned) {
  Plan together = planned.front().plan;
  for (const PlannedStep& step : planned)
    together.fits.insert(step.plan.fits.begin(), step.plan.fits.end());
  for (const auto& [key, need] : plan_memory(together, ask_, earlier_))
    settings_.memory.fits[key] = need;
}

void TunePhase::begin(TuningSearch& search, PlannedStep planned) {
  Attempt& attempt = attempts_.emplace_back();
  attempt.search = &search;
  attempt.planned = std::move(planned);
  const tuning::Step& step = attempt.planned.step;
  attempt.row.number = step.number;
  attempt.row.rung = step.rung;
  attempt.row.params = named_values(search.variant().tuned, step.values);
  const Plan& plan = attempt.planned.plan;
  attempt.row.artifacts = attempt.planned.trial().artifacts;
  std::set<std::string> models;
  for (const std::string& key : attempt.row.artifacts) {
    if (plan.fits.at(key).task.part.empty()) models.insert(key);
  }
  attempt.missing = missing_models(plan, models);
  // What failed, or was removed since, is made again.
  for (const std::string& key : attempt.missing) {
    const auto fit = fits_.find(key);
    if (fit != fits_.end() && fit->second != Fit::running) fits_.erase(fit);
  }
}

std::optional<task::Task> TunePhase::next(int64_t taken) {
  begin_steps();
  for (Attempt& attempt : attempts_) {
    if (attempt.evaluating) continue;
    if (auto fit = next_fit(attempt, taken)) return fit;
    const auto there = [&](const std::string& key) { return is_fitted(attempt, key); };
    if (!std::ranges::all_of(attempt.missing, there)) continue;
    const auto& artifacts = attempt.planned.trial().artifacts;
    const int64_t need =
        settings_.memory.serve_need(std::set<std::string>(artifacts.begin(), artifacts.end()));
    if (settings_.memory.fits_beside(need, taken)) return evaluate_task(attempt);
  }
  return std::nullopt;
}

bool TunePhase::is_fitted(const Attempt& attempt, const std::string& key) const {
  if (std::ranges::count(attempt.missing, key) == 0) return true;
  const auto fit = fits_.find(key);
  return fit != fits_.end() && fit->second == Fit::done;
}

std::optional<task::Task> TunePhase::next_fit(Attempt& attempt, int64_t taken) {
  for (const std::string& key : attempt.missing) {
    const PlannedFit& fit = attempt.planned.plan.fits.at(key);
    const auto there = [&](const std::string& need) { return is_fitted(attempt, need); };
    if (fits_.contains(key) || !std::ranges::all_of(fit.needs, there)) continue;
    if (!settings_.memory.fits_beside(settings_.memory.need(fit.task), taken)) continue;
    fits_[key] = Fit::running;
    task::Task out = task(attempt, "tune-fit",
                          fmt::format("{} (trial {})", fit.label(), attempt.row.number + 1));
    out.data_path = fit.data_path;
    out.fit = fit.task;
    return out;
  }
  return std::nullopt;
}

task::Task TunePhase::task(const Attempt& attempt, const std::string& kind,
                           const std::string& label) {
  const Plan& plan = attempt.planned.plan;
  return new_task(fmt::format("{}-{}", kind, ++next_id_), label,
                  plan.data[attempt.planned.trial().data].prepared.path, plan.experiment,
                  settings_);
}

// The whole window in one piece: trials, not shards, are what keeps the workers busy.
task::Task TunePhase::evaluate_task(Attempt& attempt) {
  const Plan& plan = attempt.planned.plan;
  const PlannedTrial& trial = attempt.planned.trial();
  task::Task out = task(attempt, "tune",
                        fmt::format("judge trial {} of {}", attempt.row.number + 1, trial.variant));
  const Plan::Graph graph = plan.graph({&trial});
  task::EvaluateTask evaluate;
  evaluate.window = task::Window::validation;
  evaluate.nodes = graph.nodes;
  evaluate.trials = graph.trials;
  for (task::TrialTask& each : evaluate.trials) {
    std::erase_if(each.stages, [](const task::MeasuredStage& stage) { return !stage.served; });
  }
  evaluate.serve_size = plan.experiment.serve_size;
  evaluate.metrics.served = {plan.experiment.tune.metric};
  evaluate.metrics.primary = plan.experiment.tune.metric;
  evaluate.metrics.own = plan.experiment.metrics.own;
  evaluate.train_windows = plan.experiment.fit_on.recall;
  evaluate.work = task::kTuneWork;
  const auto data = dataset::PreparedData::open(out.data_path);
  evaluate.requests = data.requests(task::Window::validation).size();
  out.evaluate = std::move(evaluate);
  attempt.evaluating = true;
  judging_[out.id] = &attempt;
  return out;
}

void TunePhase::done(const TaskOutcome& outcome) {
  if (outcome.task.fit)
    fit_done(outcome);
  else
    evaluate_done(outcome, *judging_.extract(outcome.task.id).mapped());
  remove_file(outcome.task.part_path);
}

void TunePhase::fit_done(const TaskOutcome& outcome) {
  const task::FittedStage& target = outcome.task.fit->target;
  const std::string& key = target.artifact.key;
  fits_[key] = outcome.failures.empty() ? Fit::done : Fit::failed;
  const auto lacks = [&](const Attempt& attempt) {
    return std::ranges::count(attempt.missing, key);
  };
  if (outcome.failures.empty()) {
    const auto first = std::ranges::find_if(attempts_, lacks);
    if (first != attempts_.end()) add_fit(*first, key);
    return;
  }
  task::TaskFailure failure = outcome.failures.front();
  if (failure.plugin.empty()) {
    failure.plugin = target.stage.plugin;
    failure.place = target.stage.place();
    failure.phase = "fit";
  }
  while (true) {
    const auto hit = std::ranges::find_if(attempts_, lacks);
    if (hit == attempts_.end()) return;
    fail(*hit, failure);
  }
}

// The cost of a fit that several trials share is the first one's.
void TunePhase::add_fit(Attempt& attempt, const std::string& key) {
  attempt.row.made.push_back(key);
  const std::string& path = attempt.planned.plan.fits.at(key).task.target.artifact.path;
  const std::optional<task::FitRecord> record = task::read_fit_record(path);
  if (!record) return;
  attempt.row.fit_seconds += record->seconds.value_or(0);
  attempt.row.seconds += record->seconds.value_or(0);
}

void TunePhase::evaluate_done(const TaskOutcome& outcome, Attempt& attempt) {
  if (!outcome.failures.empty()) return fail(attempt, outcome.failures.front());
  const task::MetricAt& metric = attempt.planned.plan.experiment.tune.metric;
  const results::PartMean mean = results::part_mean(
      outcome.task.part_path, attempt.planned.trial().key, metric.definition, metric.cutoff);
  if (!mean.value) {
    task::TaskFailure nothing;
    nothing.reason = "no request of the validation window has a value of the metric";
    return fail(attempt, nothing);
  }
  attempt.row.value = mean.value;
  attempt.row.requests = mean.requests;
  attempt.row.seconds += outcome.seconds;
  for (const std::string& key : attempt.row.artifacts) {
    const std::string& path = attempt.planned.plan.fits.at(key).task.target.artifact.path;
    const std::optional<task::FitRecord> record = task::read_fit_record(path);
    if (!record) continue;
    add_curve(*record, attempt.row);
    if (is_pruned(*record)) attempt.row.status = results::TuningStatus::pruned;
  }
  finish(attempt);
}

void TunePhase::fail(Attempt& attempt, const task::TaskFailure& failure) {
  attempt.row.status = results::TuningStatus::failed;
  attempt.row.reason = failure_text(failure);
  if (settings_.say_failure) {
    settings_.say_failure(fmt::format("trial {} of {} failed ({}): {}", attempt.row.number + 1,
                                      attempt.search->variant().name, attempt.row.params.dump(),
                                      attempt.row.reason));
  }
  finish(attempt);
}

void TunePhase::finish(Attempt& attempt) {
  attempt.row.finished = results::utc_now();
  TuningSearch& search = *attempt.search;
  results::TuningTable(database_).write(search.key(), search.spec(), attempt.row);
  search.add(attempt.row);
  ++finished_;
  attempts_.remove_if([&](const Attempt& each) { return &each == &attempt; });
  remove_models(search);
}

// What was made for trials that are not among the best, and is asked for by nobody else now.
void TunePhase::remove_models(const TuningSearch& search) {
  std::set<std::string> kept = keep_;
  for (const auto& each : searches_) {
    const std::vector<std::string> best = each->kept_artifacts();
    kept.insert(best.begin(), best.end());
  }
  for (const Attempt& attempt : attempts_) {
    const auto& artifacts = attempt.planned.trial().artifacts;
    kept.insert(artifacts.begin(), artifacts.end());
  }
  for (const results::TuningTrialRow& row : search.rows()) {
    for (const std::string& key : row.made) {
      if (kept.contains(key)) continue;
      const std::string path = fmt::format("{}/{}.safetensors", search.artifact_dir(), key);
      remove_file(path);
      remove_file(task::fit_record_path(path));
      fits_.erase(key);
    }
  }
}

}  // namespace assay::execution
