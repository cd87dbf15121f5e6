#include "cli/plan_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "cli/lock_command.h"
#include "cli/plan_summary.h"
#include "cli/progress_line.h"
#include "cli/worker_pool.h"
#include "cli/workspace.h"
#include "execution/cache_forecast.h"
#include "execution/memory_forecast.h"
#include "execution/run_records.h"
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
  bool power = false, locked = false;
};

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
  std::set<std::string> out = execution::learning_logs(plan);
  for (const execution::PlannedData& data : plan.data)
    for (std::string& path : ingest::cache_files_of(data.prepared, cache))
      out.insert(std::move(path));
  return out;
}

nlohmann::json or_null(const std::optional<double>& number) {
  return number ? nlohmann::json(*number) : nlohmann::json();
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

execution::Plan lay_out(const Workspace& workspace, const task::Experiment& experiment,
                        const std::vector<std::string>& set, const std::string& path) {
  if (!std::filesystem::exists(path)) return workspace.plan(experiment, set);
  const results::Database database = results::Database::open_readonly(path);
  return workspace.plan(experiment, set, nullptr, &database);
}

void plan(const PlanArguments& arguments) {
  const Workspace workspace;
  const task::Experiment experiment = workspace.load(arguments.file, arguments.set);
  if (arguments.locked) check_locked(workspace, experiment);
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
  for (const std::string& line :
       summary_lines(plan, summary, jobs_of({.jobs = arguments.jobs}, experiment, fits)))
    fmt::print("{}\n", line);
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
  add_locked_flag(*command, arguments->locked);
  command->add_flag("--power", arguments->power,
                    "Estimate the minimum detectable difference, and how many requests the margin "
                    "needs, from values in the database");
  command->add_option("--format", arguments->format, "text or json")
      ->check(CLI::IsMember({"text", "json"}));
  command->callback([arguments] { plan(*arguments); });
}

}  // namespace assay::cli
