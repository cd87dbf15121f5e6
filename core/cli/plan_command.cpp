#include "cli/plan_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "cli/progress_line.h"
#include "cli/worker_pool.h"
#include "cli/workspace.h"
#include "execution/cache_forecast.h"
#include "execution/memory_forecast.h"
#include "execution/model_cache.h"
#include "execution/run_records.h"
#include "execution/timing_forecast.h"
#include "execution/tune.h"
#include "report/power_forecast.h"
#include "results/reader.h"
#include "text/counted.h"
#include "text/thousands.h"

namespace assay::cli {
namespace {

struct PlanArguments {
  std::string file, output;
  std::vector<std::string> set;
  std::string format = "text";
  int jobs = 0;
  bool power = false;
};

/// What is there already, and what is not.
struct PlanSummary {
  int64_t trials = 0, done = 0;
  int64_t fits = 0, cached_fits = 0;
  int64_t known_fits = 0;  ///< missing ones whose strategy was fitted before
  double fit_seconds = 0;  ///< of the known ones
  std::vector<std::string> shared;
  std::vector<std::string> sees;  // of stages that do not see all of the data
};

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

/// "1 variant x 1 data set x 3 seeds: 3 trials. 1 is done already, 2 to run."
void print_trials(const execution::Plan& plan, const PlanSummary& summary) {
  const task::Experiment& experiment = plan.experiment;
  int64_t drawing = 0;
  for (const task::VariantSpec& variant : experiment.variants) {
    const auto trial =
        std::ranges::find(plan.trials, variant.name, &execution::PlannedTrial::variant);
    drawing += trial != plan.trials.end() && trial->seed.has_value();
  }
  const auto variants = static_cast<int64_t>(experiment.variants.size());
  const bool folds = plan.data.size() > experiment.datasets.size();
  fmt::print("{} x {}{} x {}: {}", text::counted(variants, "variant"),
             text::counted(std::ssize(experiment.datasets), "data set"),
             folds ? fmt::format(" (with their folds {})", plan.data.size()) : "",
             text::counted(std::ssize(experiment.seeds), "seed"),
             text::counted(summary.trials, "trial"));
  const int64_t once = variants - drawing;
  if (once > 0)
    fmt::print(" ({} {} nothing and {} once)", text::counted(once, "variant"),
               once == 1 ? "draws" : "draw", once == 1 ? "runs" : "run");
  fmt::print(". {} {} done already, {} to run.\n", summary.done, summary.done == 1 ? "is" : "are",
             summary.trials - summary.done);
}

void print_text(const execution::Plan& plan, const PlanSummary& summary, int jobs) {
  print_trials(plan, summary);
  fmt::print("  fits       {} to run, {} in the cache\n", summary.fits, summary.cached_fits);
  for (size_t i = 0; i < summary.shared.size(); ++i)
    fmt::print("  {}     {}\n", i ? "      " : "shared", summary.shared[i]);
  for (size_t i = 0; i < summary.sees.size(); ++i)
    fmt::print("  {}       {}\n", i ? "    " : "data", summary.sees[i]);
  if (summary.fits == 0) return;
  if (summary.known_fits == 0) {
    fmt::print(
        "  time       unknown: none of these strategies was fitted in this database before\n");
    return;
  }
  const double all = summary.fit_seconds * static_cast<double>(summary.fits) /
                     static_cast<double>(summary.known_fits);
  fmt::print("  time       about {} of fitting with {} (from {})\n", duration_text(all / jobs),
             text::counted(jobs, "worker"), text::counted(summary.known_fits, "earlier fit"));
}

void print_lines(const char* of, const std::vector<std::string>& lines) {
  for (size_t i = 0; i < lines.size(); ++i) fmt::print("  {:<11}{}\n", i == 0 ? of : "", lines[i]);
}

std::vector<results::ArtifactRow> earlier_fits(const std::string& path) {
  if (!std::filesystem::exists(path)) return {};
  return results::Reader(results::Database::open_readonly(path)).artifacts();
}

std::set<std::string> open_fits(const execution::Plan& plan, const std::string& path) {
  if (!std::filesystem::exists(path)) return execution::open_fits(plan, nullptr);
  const results::Database database = results::Database::open_readonly(path);
  return execution::open_fits(plan, &database);
}

std::set<std::string> data_files(const execution::Plan& plan, const std::string& cache) {
  std::set<std::string> out;
  for (const execution::PlannedData& data : plan.data)
    for (std::string& path : ingest::cache_files_of(data.prepared, cache))
      out.insert(std::move(path));
  return out;
}

nlohmann::json or_null(const std::optional<double>& number) {
  return number ? nlohmann::json(*number) : nlohmann::json();
}

/// "server: 39 rounds of 2 s, 1 min 18 s together".
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

void print_timing(const std::vector<execution::TimingForecast>& timing) {
  for (size_t i = 0; i < timing.size(); ++i)
    fmt::print("  {:<11}{}\n", i == 0 ? "timing" : "", timing_text(timing[i]));
}

nlohmann::json to_json(const std::vector<execution::TimingForecast>& timing) {
  nlohmann::json all = nlohmann::json::array();
  for (const execution::TimingForecast& forecast : timing) {
    all.push_back({{"scenario", forecast.scenario},
                   {"rounds", forecast.rounds},
                   {"found", forecast.found},
                   {"seconds", or_null(forecast.seconds)}});
  }
  return all;
}

std::vector<execution::TimingForecast> forecast_timing(const execution::Plan& plan,
                                                       const std::string& path) {
  if (!std::filesystem::exists(path)) return timing_forecast(plan, nullptr);
  const results::Database database = results::Database::open_readonly(path);
  return timing_forecast(plan, &database);
}

std::vector<execution::TuningForecast> forecast_tuning(const Workspace& workspace,
                                                       const task::Experiment& experiment,
                                                       const execution::Plan& plan,
                                                       const std::string& path) {
  std::vector<dataset::PreparedRef> data;
  for (const execution::PlannedData& each : plan.data) data.push_back(each.prepared);
  const execution::TuningContext context = workspace.tuning_context(experiment, data);
  if (!std::filesystem::exists(path))
    return tuning_forecast(execution::tuning_searches(context, nullptr));
  const results::Database database = results::Database::open_readonly(path);
  return tuning_forecast(execution::tuning_searches(context, &database));
}

/// "als on ml100k: 12 of 30 trials done, about 3 min of trials left (at most 2 h)".
std::string tuning_text(const execution::TuningForecast& forecast) {
  std::string text = fmt::format("{} on {}: ", forecast.variant, forecast.dataset);
  if (forecast.ended)
    return text + fmt::format("done, with {}", text::counted(forecast.found, "trial"));
  text +=
      fmt::format("{} of at most {} done", forecast.found, text::counted(forecast.trials, "trial"));
  text += forecast.left_s
              ? fmt::format(", about {} of trials left", duration_text(*forecast.left_s))
              : ", time unknown: none was run yet";
  if (forecast.limit_s) text += fmt::format(" (limit {})", duration_text(*forecast.limit_s));
  return text;
}

void print_tuning(const std::vector<execution::TuningForecast>& tuning) {
  for (size_t i = 0; i < tuning.size(); ++i)
    fmt::print("  {:<11}{}\n", i == 0 ? "tuning" : "", tuning_text(tuning[i]));
  const bool open = std::ranges::any_of(tuning, [](const auto& each) { return !each.ended; });
  if (open)
    fmt::print(
        "             what follows has one of the values that may be tried where none is "
        "chosen yet\n");
}

nlohmann::json to_json(const std::vector<execution::TuningForecast>& tuning) {
  nlohmann::json all = nlohmann::json::array();
  for (const execution::TuningForecast& forecast : tuning) {
    all.push_back({{"variant", forecast.variant},
                   {"dataset", forecast.dataset},
                   {"trials", forecast.trials},
                   {"found", forecast.found},
                   {"limit_seconds", or_null(forecast.limit_s)},
                   {"left_seconds", or_null(forecast.left_s)},
                   {"ended", forecast.ended}});
  }
  return all;
}

/// The planned comparisons of one data set, all of its folds together.
struct PowerOf {
  std::string dataset;
  report::PowerForecast forecast;
};

std::vector<PowerOf> look_at_power(const execution::Plan& plan, const std::string& path) {
  std::vector<PowerOf> all;
  if (!std::filesystem::exists(path)) return all;
  const results::Database database = results::Database::open_readonly(path);
  const task::Experiment& experiment = plan.experiment;
  const int64_t tests = (std::ssize(experiment.variants) - 1) * std::ssize(experiment.datasets);
  for (const task::DatasetSpec& spec : experiment.datasets) {
    std::vector<std::string> request_sets;
    for (const execution::PlannedData& data : plan.data) {
      if (data.spec.name == spec.name)
        request_sets.push_back(request_set_key(data, task::Window::test));
    }
    all.push_back(
        {spec.name, report::power_forecast(results::Reader(database), request_sets,
                                           experiment.metrics.primary, experiment.compare, tests)});
  }
  return all;
}

/// One line a data set; `details` also says what is unknown and how many requests the margin needs.
void print_power(const std::vector<PowerOf>& all, const task::Experiment& experiment,
                 const std::string& path, bool details) {
  if (all.empty() && details)
    fmt::print("  power      unknown: there is no {} with earlier values yet\n", path);
  for (const auto& [dataset, forecast] : all) {
    if (forecast.variants.empty() && !details) continue;
    fmt::print("  power      {}\n",
               power_line(forecast, dataset, experiment.metrics.primary, experiment.compare));
    if (!details) continue;
    for (const std::string& line : sample_size_lines(forecast, experiment.compare))
      fmt::print("             {}\n", line);
  }
}

nlohmann::json to_json(const std::vector<PowerOf>& all) {
  nlohmann::json power = nlohmann::json::array();
  for (const auto& [dataset, forecast] : all) {
    nlohmann::json variants = nlohmann::json::array();
    for (const report::VariantForecast& one : forecast.variants) {
      variants.push_back({{"variant", one.variant},
                          {"n", one.n},
                          {"minimum_detectable_effect", one.detectable},
                          {"needed_for_margin", or_null(one.needed)},
                          {"seeds_hide_margin", one.seeds_hide_margin}});
    }
    power.push_back({{"dataset", dataset},
                     {"n", forecast.n()},
                     {"unit", forecast.of_users ? "users" : "requests"},
                     {"earlier_comparisons", forecast.variants.size()},
                     {"tests", forecast.tests},
                     {"variants", variants},
                     {"minimum_detectable_effect", or_null(forecast.detectable())},
                     {"needed_for_margin", or_null(forecast.needed())},
                     {"reason", forecast.reason}});
  }
  return power;
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

execution::Plan lay_out(const Workspace& workspace, const task::Experiment& experiment,
                        const std::vector<std::string>& set, const std::string& path) {
  if (!std::filesystem::exists(path)) return workspace.plan(experiment, set);
  const results::Database database = results::Database::open_readonly(path);
  return workspace.plan(experiment, set, nullptr, &database);
}

void plan(const PlanArguments& arguments) {
  const Workspace workspace;
  const task::Experiment experiment = workspace.load(arguments.file, arguments.set);
  const std::string output =
      arguments.output.empty() ? "results/" + experiment.name + ".sqlite" : arguments.output;
  const execution::Plan plan = lay_out(workspace, experiment, arguments.set, output);
  const PlanSummary summary = summarise(plan, output);
  const std::vector<execution::TimingForecast> timing = forecast_timing(plan, output);
  const std::vector<PowerOf> power = look_at_power(plan, output);
  const std::vector<results::ArtifactRow> earlier = earlier_fits(output);
  const auto fits = plan_memory(plan, workspace.ask_functions(), earlier);
  const execution::MemoryForecast memory = memory_forecast(plan, fits);
  const execution::CacheForecast cache = cache_forecast(
      plan, open_fits(plan, output), data_files(plan, workspace.cache), fits, earlier);
  const std::vector<execution::TuningForecast> tuning =
      forecast_tuning(workspace, experiment, plan, output);
  if (arguments.format == "json") {
    nlohmann::json all = to_json(plan, summary);
    if (!tuning.empty()) all["tuning"] = to_json(tuning);
    all["cache"] = to_json(cache);
    all["memory"] = to_json(memory);
    all["timing"] = to_json(timing);
    all["power"] = to_json(power);
    fmt::print("{}\n", all.dump(2));
    return;
  }
  print_tuning(tuning);
  print_text(plan, summary, jobs_of({.jobs = arguments.jobs}, experiment, fits));
  print_lines("cache", cache_lines(cache));
  print_lines("memory", memory_lines(memory));
  print_timing(timing);
  print_power(power, plan.experiment, output, arguments.power);
}

}  // namespace

void add_plan_command(CLI::App& app, int&) {
  auto arguments = std::make_shared<PlanArguments>();
  CLI::App* command = app.add_subcommand(
      "plan", "Show what a run would compute and what it would reuse; runs nothing");
  command->add_option("file", arguments->file, "Experiment file (YAML)")->required();
  command->add_option("--output,-o", arguments->output,
                      "Results database (default: results/<name>.sqlite)");
  command->add_option("--set", arguments->set, "Change a setting: variants.control.recall.0.k=50");
  command->add_option("--jobs,-j", arguments->jobs, "Worker processes")->check(CLI::Range(1, 1024));
  command->add_flag("--power", arguments->power,
                    "Estimate the minimum detectable difference, and how many requests the margin "
                    "needs, from values in the database");
  command->add_option("--format", arguments->format, "text or json")
      ->check(CLI::IsMember({"text", "json"}));
  command->callback([arguments] { plan(*arguments); });
}

}  // namespace assay::cli
