#include "execution/tune.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "dataset/prepared.h"
#include "error/error.h"
#include "execution/task_loop.h"
#include "execution/tune_phase.h"

namespace assay::execution {
namespace {

void require_validation(const Plan& plan) {
  for (const PlannedData& data : plan.data) {
    const auto prepared = dataset::PreparedData::open(data.prepared.path);
    if (prepared.has_requests(task::Window::validation) &&
        prepared.requests(task::Window::validation).size() > 0)
      continue;
    throw error::UserError(
        data.spec.where,
        fmt::format("the data set {} has no request in its validation window, on which values are "
                    "tuned; set split.validation higher",
                    data.spec.name));
  }
}

std::set<std::string> fits_of_untuned(const Plan& plan) {
  std::set<std::string> keep;
  for (const PlannedTrial& trial : plan.trials) {
    const auto variant =
        std::ranges::find(plan.experiment.variants, trial.variant, &task::VariantSpec::name);
    if (variant != plan.experiment.variants.end() && variant->tuned.empty())
      keep.insert(trial.artifacts.begin(), trial.artifacts.end());
  }
  return keep;
}

}  // namespace

bool tune(std::vector<std::unique_ptr<TuningSearch>>& searches, const Plan& plan,
          results::Database& database, Executor& executor, RunSettings settings,
          const AskFunctions& ask) {
  const auto ended = [](const auto& search) { return search->open_steps().empty(); };
  if (std::ranges::all_of(searches, ended)) return true;
  require_validation(plan);
  std::filesystem::create_directories(settings.work_folder);
  TunePhase phase(searches, database, settings, ask, fits_of_untuned(plan));
  TaskLoop loop(executor, settings);
  return loop.run(phase.hooks(), settings.jobs) && std::ranges::all_of(searches, ended);
}

std::vector<TuningForecast> tuning_forecast(
    const std::vector<std::unique_ptr<TuningSearch>>& searches) {
  std::vector<TuningForecast> all;
  for (const auto& search : searches) {
    const task::TuneSpec& tune = search->experiment().tune;
    TuningForecast forecast{search->variant().name, search->dataset()};
    forecast.trials = tuning::most_steps(tune, search->variant().tuned);
    forecast.found = std::ssize(search->rows());
    if (tune.seconds > 0) forecast.limit_s = tune.seconds;
    forecast.ended = search->open_steps().empty();
    double spent = 0;
    for (const results::TuningTrialRow& row : search->rows()) spent += row.seconds;
    if (!forecast.ended && forecast.found > 0) {
      const auto left = static_cast<double>(std::max<int64_t>(0, forecast.trials - forecast.found));
      forecast.left_s = spent / static_cast<double>(forecast.found) * left;
      if (forecast.limit_s)
        forecast.left_s = std::clamp(*forecast.limit_s - spent, 0.0, *forecast.left_s);
    }
    all.push_back(std::move(forecast));
  }
  return all;
}

}  // namespace assay::execution
