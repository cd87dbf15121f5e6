#include "cli/plan_summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "cli/progress_line.h"
#include "execution/model_cache.h"
#include "results/reader.h"
#include "task/feedback_spec.h"
#include "text/counted.h"
#include "text/thousands.h"

namespace assay::cli {
namespace {

// The newest fit of each strategy tells what the next one takes.
std::map<std::string, results::ArtifactRow> last_fits(
    const std::vector<results::ArtifactRow>& rows) {
  std::map<std::string, results::ArtifactRow> out;
  for (const results::ArtifactRow& row : rows) {
    if (row.seconds) out[row.plugin] = row;
  }
  return out;
}

std::set<std::string> done_trials(const execution::Plan& plan, const std::string& path,
                                  std::map<std::string, results::ArtifactRow>& fits) {
  std::set<std::string> done;
  if (!std::filesystem::exists(path)) return done;
  const results::Database database = results::Database::open_readonly(path);
  std::vector<std::string> keys;
  for (const execution::PlannedTrial& trial : plan.trials) keys.push_back(trial.key);
  for (const results::TrialState& state : database.trial_states(keys)) {
    if (state.status == results::TrialState::Status::done) done.insert(state.trial_key);
  }
  fits = last_fits(results::Reader(database).artifacts());
  return done;
}

/// "1 variant x 1 data set x 3 seeds: 3 trials. 1 is done already, 2 to run."
std::string trials_line(const execution::Plan& plan, const PlanSummary& summary) {
  const task::Experiment& experiment = plan.experiment;
  int64_t drawing = 0;
  for (const task::VariantSpec& variant : experiment.variants) {
    const auto trial =
        std::ranges::find(plan.trials, variant.name, &execution::PlannedTrial::variant);
    drawing += trial != plan.trials.end() && trial->seed.has_value();
  }
  const auto variants = static_cast<int64_t>(experiment.variants.size());
  const bool folds = plan.data.size() > experiment.datasets.size();
  std::string line = fmt::format(
      "{} x {}{} x {}: {}", text::counted(variants, "variant"),
      text::counted(std::ssize(experiment.datasets), "data set"),
      folds ? fmt::format(" (with their folds {})", plan.data.size()) : "",
      text::counted(std::ssize(experiment.seeds), "seed"), text::counted(summary.trials, "trial"));
  const int64_t once = variants - drawing;
  if (once > 0)
    line += fmt::format(" ({} {} nothing and {} once)", text::counted(once, "variant"),
                        once == 1 ? "draws" : "draw", once == 1 ? "runs" : "run");
  return line + fmt::format(". {} {} done already, {} to run.", summary.done,
                            summary.done == 1 ? "is" : "are", summary.trials - summary.done);
}

/// Trials of the days of a loop, of which those of one day can be run side by side; 0: no loop.
int64_t trials_a_day(const execution::Plan& plan, const PlanSummary& summary) {
  const auto& loop = plan.experiment.loop;
  return loop ? std::max<int64_t>(1, summary.trials / loop->days) : 0;
}

std::string loop_line(const execution::Plan& plan, int64_t a_day) {
  return fmt::format("  loop       {}, one after the other, {} each; all is fitted anew each day",
                     text::counted(plan.experiment.loop->days, "day"),
                     text::counted(a_day, "trial"));
}

std::string time_line(const PlanSummary& summary, int jobs) {
  if (summary.known_fits == 0)
    return "  time       unknown: none of these strategies was fitted in this database before";
  const double all = summary.fit_seconds * static_cast<double>(summary.fits) /
                     static_cast<double>(summary.known_fits);
  return fmt::format("  time       about {} of fitting with {} (from {})",
                     duration_text(all / jobs), text::counted(jobs, "worker"),
                     text::counted(summary.known_fits, "earlier fit"));
}

}  // namespace

PlanSummary summarise(const execution::Plan& plan, const std::string& database) {
  PlanSummary out;
  std::map<std::string, results::ArtifactRow> known;
  const std::set<std::string> done = done_trials(plan, database, known);
  std::set<std::string> trials, artifacts;
  for (const execution::PlannedTrial& trial : plan.trials) {
    if (!trials.insert(trial.key).second) continue;
    if (done.contains(trial.key))
      ++out.done;
    else
      artifacts.insert(trial.artifacts.begin(), trial.artifacts.end());
  }
  out.trials = static_cast<int64_t>(trials.size());
  for (const std::string& key : artifacts) {
    const execution::PlannedFit& fit = plan.fits.at(key);
    const std::string& plugin = fit.task.target.stage.plugin;
    if (fit.variants.size() > 1) {
      const std::string part = fit.task.part.empty() ? "" : fit.task.part + " of ";
      out.shared.push_back(
          fmt::format("{}{} is fitted once for {}", part, plugin, fmt::join(fit.variants, ", ")));
    }
    if (const std::string sees = fit.task.target.stage.sees.text(); !sees.empty())
      out.sees.push_back(fmt::format("{} of {} {}", plugin, fmt::join(fit.variants, ", "), sees));
    if (execution::is_cached(plan, key)) {
      ++out.cached_fits;
      continue;
    }
    ++out.fits;
    const auto row = known.find(plugin);
    if (row == known.end()) continue;
    ++out.known_fits;
    out.fit_seconds += row->second.seconds.value_or(0);
  }
  for (std::vector<std::string>* lines : {&out.shared, &out.sees}) {
    std::ranges::sort(*lines);
    const auto repeated = std::ranges::unique(*lines);
    lines->erase(repeated.begin(), repeated.end());
  }
  return out;
}

std::vector<std::string> summary_lines(const execution::Plan& plan, const PlanSummary& summary,
                                       int jobs) {
  std::vector<std::string> lines = {trials_line(plan, summary)};
  lines.push_back(
      fmt::format("  fits       {} to run, {} in the cache", summary.fits, summary.cached_fits));
  for (size_t i = 0; i < summary.shared.size(); ++i)
    lines.push_back(fmt::format("  {}     {}", i ? "      " : "shared", summary.shared[i]));
  for (size_t i = 0; i < summary.sees.size(); ++i)
    lines.push_back(fmt::format("  {}       {}", i ? "    " : "data", summary.sees[i]));
  const int64_t a_day = trials_a_day(plan, summary);
  if (a_day > 0) lines.push_back(loop_line(plan, a_day));
  if (a_day > 0) jobs = static_cast<int>(std::min<int64_t>(jobs, a_day));
  if (summary.fits > 0) lines.push_back(time_line(summary, jobs));
  return lines;
}

nlohmann::json to_json(const execution::Plan& plan, const PlanSummary& summary) {
  nlohmann::json trials = nlohmann::json::array();
  for (const execution::PlannedTrial& trial : plan.trials) {
    trials.push_back({{"variant", trial.variant},
                      {"dataset", trial.dataset},
                      {"fold", trial.fold},
                      {"key", trial.key}});
    if (trial.seed)
      trials.back()["seed"] = *trial.seed;
    else
      trials.back()["seed"] = nullptr;
  }
  return {{"trials", summary.trials},
          {"done", summary.done},
          {"fits", summary.fits},
          {"cached_fits", summary.cached_fits},
          {"shared", summary.shared},
          {"sees", summary.sees},
          {"each", trials}};
}

std::string timing_text(const execution::TimingForecast& forecast) {
  std::string text = fmt::format("{}: {}", name_of(forecast.scenario.kind),
                                 text::counted(forecast.rounds, "round"));
  if (forecast.rounds > 0 && forecast.seconds) {
    text += fmt::format(" of {:.6g} s, {} together", forecast.scenario.duration_s,
                        duration_text(*forecast.seconds));
  } else if (forecast.rounds > 0 && forecast.scenario.requests > 0) {
    text += fmt::format(" of {}", text::counted(forecast.scenario.requests, "request"));
  }
  if (forecast.found > 0)
    text += fmt::format(" ({} done already)", text::thousands(forecast.found));
  return text;
}

std::vector<execution::TimingForecast> forecast_timing(const execution::Plan& plan,
                                                       const std::string& path) {
  if (!std::filesystem::exists(path)) return timing_forecast(plan, nullptr);
  const results::Database database = results::Database::open_readonly(path);
  return timing_forecast(plan, &database);
}

}  // namespace assay::cli
