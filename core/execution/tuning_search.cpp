#include "execution/tuning_search.h"

#include <algorithm>
#include <set>

#include "execution/tuned_variant.h"
#include "hash/hash.h"
#include "metric_catalog/metric_definition.h"
#include "metric_catalog/plugin_metric.h"
#include "results/tuning_table.h"

namespace assay::execution {
namespace {

constexpr size_t kKeptTrials = 3;  // whose models stay in the cache

bool higher_is_better(const task::Experiment& experiment) {
  const std::string& definition = experiment.tune.metric.definition;
  if (const task::PluginMetric* own =
          metric_catalog::find_plugin_metric(experiment.metrics.own, definition))
    return own->higher_is_better;
  return metric_catalog::parse_metric(definition).info->higher_is_better.value_or(true);
}

// The experiment of one variant on one data set, nothing of it refitted, under one seed.
task::Experiment alone(const task::Experiment& all, const task::VariantSpec& variant,
                       const std::string& dataset) {
  task::Experiment one = all;
  one.variants = {variant};
  std::erase_if(one.datasets, [&](const task::DatasetSpec& each) { return each.name != dataset; });
  one.fit_on.final.clear();
  one.seeds = {all.seeds.front()};
  return one;
}

nlohmann::json space_json(const tuning::Space& space) {
  nlohmann::json out = nlohmann::json::array();
  for (const task::TunedParam& param : space) {
    nlohmann::json one = {{"stage", param.stage}, {"name", param.name}};
    if (!param.choices.empty())
      one["choices"] = param.choices;
    else
      one[param.log ? "log" : "linear"] = {param.low, param.high};
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace

TuningSearch::TuningSearch(const TuningContext& context, const task::VariantSpec& variant,
                           size_t data)
    : context_(&context), variant_(&variant) {
  const std::vector<task::DatasetSpec> folds = by_fold(context.experiment.datasets);
  dataset_ = folds.at(data).name;
  for (size_t i = 0; i < folds.size(); ++i) {
    if (folds[i].name == dataset_) prepared_.push_back(context.prepared.at(i));
  }
  experiment_ = alone(context.experiment, variant, dataset_);
  higher_is_better_ = higher_is_better(context.experiment);
  const task::TuneSpec& tune = context.experiment.tune;
  tuning::Values first;
  for (const task::TunedParam& param : variant.tuned)
    first.push_back(tuning::value_at_share(param, 0));
  const nlohmann::json spec = {
      {"trial", planned(std::vector<tuning::Step>{{0, 0, first}}).front().trial().key},
      {"space", space_json(variant.tuned)},
      {"method", tune.method},
      {"metric", tune.metric},
      {"seed", tune.seed}};
  spec_ = hash::canonical_json(spec);
  key_ = hash::json_key(spec);
  close_rounds();
}

PlannedStep TuningSearch::planned(const tuning::Step& step,
                                  const task::VariantSpec& variant) const {
  PlanSettings settings = context_->settings;
  settings.window = task::Window::validation;
  settings.validations = tuning::validations_at(experiment_.tune.method, step.rung);
  settings.chosen.clear();
  task::Experiment one = experiment_;
  one.variants = {variant};
  PlannedStep out{step, make_plan(one, prepared_, settings)};
  out.plan.trials.resize(1);  // the first fold's
  return out;
}

std::vector<PlannedStep> TuningSearch::planned(const std::vector<tuning::Step>& steps) const {
  std::vector<tuning::Values> values;
  for (const tuning::Step& step : steps) values.push_back(step.values);
  const std::vector<task::VariantSpec> variants = with_values(*variant_, values, context_->ask);
  std::vector<PlannedStep> out;
  for (size_t i = 0; i < steps.size(); ++i) out.push_back(planned(steps[i], variants[i]));
  return out;
}

std::optional<double> TuningSearch::judged(const results::TuningTrialRow& row) const {
  if (!row.value) return std::nullopt;
  return higher_is_better_ ? *row.value : -*row.value;
}

void TuningSearch::recall(const results::Database& database) {
  rows_ = results::TuningTable(database).trials(key_);
  round_.clear();
  close_rounds();
}

void TuningSearch::add(const results::TuningTrialRow& row) {
  rows_.push_back(row);
  std::ranges::sort(rows_, {}, [](const results::TuningTrialRow& each) {
    return std::pair(each.number, each.rung);
  });
  close_rounds();
}

const results::TuningTrialRow* TuningSearch::row_of(const tuning::Step& step) const {
  const auto found = std::ranges::find_if(rows_, [&](const results::TuningTrialRow& row) {
    return row.number == step.number && row.rung == step.rung;
  });
  return found == rows_.end() ? nullptr : &*found;
}

// Rounds are asked for as if everything were run now: what the database knows is found by number and
// rung, so that a run which goes on takes the same path.
void TuningSearch::close_rounds() {
  while (true) {
    if (round_.empty()) round_ = next_steps(experiment_.tune, variant_->tuned, outcomes_);
    const auto known = [&](const tuning::Step& step) { return row_of(step) != nullptr; };
    if (round_.empty() || !std::ranges::all_of(round_, known)) return;
    for (const tuning::Step& step : round_) {
      const results::TuningTrialRow& row = *row_of(step);
      outcomes_.push_back(
          {step, judged(row), row.status != results::TuningStatus::pruned, row.seconds});
    }
    round_.clear();
  }
}

std::vector<tuning::Step> TuningSearch::open_steps() const {
  std::vector<tuning::Step> open;
  for (const tuning::Step& step : round_) {
    if (row_of(step) == nullptr) open.push_back(step);
  }
  return open;
}

TunedChoice TuningSearch::choice() const {
  const tuning::Outcome* best = tuning::best_of(outcomes_);
  const tuning::Step& step = (best ? *best : outcomes_.at(0)).step;
  return {variant_->name, dataset_, key_, step.number,
          with_values(*variant_, step.values, context_->ask)};
}

std::vector<std::string> TuningSearch::kept_artifacts() const {
  std::vector<const results::TuningTrialRow*> order;
  for (const results::TuningTrialRow& row : rows_) {
    if (row.value) order.push_back(&row);
  }
  std::ranges::stable_sort(order,
                           [&](const auto* a, const auto* b) { return *judged(*a) > *judged(*b); });
  std::vector<std::string> kept;
  for (size_t i = 0; i < std::min(order.size(), kKeptTrials); ++i)
    kept.insert(kept.end(), order[i]->artifacts.begin(), order[i]->artifacts.end());
  return kept;
}

std::vector<std::unique_ptr<TuningSearch>> tuning_searches(const TuningContext& context,
                                                           const results::Database* database) {
  std::vector<std::unique_ptr<TuningSearch>> searches;
  std::set<std::string> datasets;
  const std::vector<task::DatasetSpec> folds = by_fold(context.experiment.datasets);
  for (size_t data = 0; data < folds.size(); ++data) {
    if (!datasets.insert(folds[data].name).second) continue;
    for (const task::VariantSpec& variant : context.experiment.variants) {
      if (variant.tuned.empty()) continue;
      searches.push_back(std::make_unique<TuningSearch>(context, variant, data));
      if (database != nullptr) searches.back()->recall(*database);
    }
  }
  return searches;
}

std::vector<TunedChoice> choices_of(const std::vector<std::unique_ptr<TuningSearch>>& searches) {
  std::vector<TunedChoice> choices;
  for (const auto& search : searches) {
    if (search->open_steps().empty() && !search->outcomes().empty())
      choices.push_back(search->choice());
  }
  return choices;
}

}  // namespace assay::execution
