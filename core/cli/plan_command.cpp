#include "cli/plan_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <thread>

#include "cli/progress_line.h"
#include "cli/workspace.h"
#include "execution/run_records.h"
#include "report/power_outlook.h"
#include "results/reader.h"

namespace assay {
namespace {

struct PlanArguments {
  std::string file, output;
  std::vector<std::string> set;
  std::string format = "text";
  int jobs = 0;
  bool power = false;
};

/// What is there already, and what is not.
struct Outlook {
  int64_t trials = 0, done = 0;
  int64_t fits = 0, cached_fits = 0;
  int64_t known_fits = 0;  ///< missing ones whose strategy was fitted before
  double fit_seconds = 0;  ///< of the known ones
  int64_t peak_bytes = 0;
  std::vector<std::string> shared;
};

// The newest fit of each strategy tells what the next one takes.
std::map<std::string, ArtifactRow> last_fits(const std::vector<ArtifactRow>& rows) {
  std::map<std::string, ArtifactRow> out;
  for (const ArtifactRow& row : rows) out[row.plugin] = row;
  return out;
}

std::set<std::string> done_trials(const Plan& plan, const std::string& path,
                                  std::map<std::string, ArtifactRow>& fits) {
  std::set<std::string> done;
  if (!std::filesystem::exists(path)) return done;
  const Database database = Database::open_readonly(path);
  std::vector<std::string> keys;
  for (const PlannedTrial& trial : plan.trials) keys.push_back(trial.key);
  for (const TrialState& state : database.trial_states(keys)) {
    if (state.status == TrialState::Status::kDone) done.insert(state.trial_key);
  }
  fits = last_fits(Reader(database).artifacts());
  return done;
}

Outlook look(const Plan& plan, const std::string& database) {
  Outlook out;
  std::map<std::string, ArtifactRow> known;
  const std::set<std::string> done = done_trials(plan, database, known);
  std::set<std::string> trials, artifacts;
  for (const PlannedTrial& trial : plan.trials) {
    if (!trials.insert(trial.key).second) continue;
    if (done.contains(trial.key))
      ++out.done;
    else
      artifacts.insert(trial.artifacts.begin(), trial.artifacts.end());
  }
  out.trials = static_cast<int64_t>(trials.size());
  for (const std::string& key : artifacts) {
    const PlannedFit& fit = plan.fits.at(key);
    const std::string& plugin = fit.task.target.stage.plugin;
    if (fit.variants.size() > 1) {
      out.shared.push_back(
          fmt::format("{} is fitted once for {}", plugin, fmt::join(fit.variants, ", ")));
    }
    if (std::filesystem::exists(fit.task.target.artifact.path)) {
      ++out.cached_fits;
      continue;
    }
    ++out.fits;
    const auto row = known.find(plugin);
    if (row == known.end()) continue;
    ++out.known_fits;
    out.fit_seconds += row->second.seconds.value_or(0);
    out.peak_bytes = std::max(out.peak_bytes, row->second.peak_bytes.value_or(0));
  }
  std::ranges::sort(out.shared);
  const auto repeated = std::ranges::unique(out.shared);
  out.shared.erase(repeated.begin(), repeated.end());
  return out;
}

void print_text(const Plan& plan, const Outlook& outlook, int jobs) {
  const Experiment& experiment = plan.experiment;
  int64_t drawing = 0;
  for (const VariantSpec& variant : experiment.variants) {
    const auto trial = std::ranges::find(plan.trials, variant.name, &PlannedTrial::variant);
    drawing += trial != plan.trials.end() && trial->seed.has_value();
  }
  const auto variants = static_cast<int64_t>(experiment.variants.size());
  const bool folds = plan.data.size() > experiment.datasets.size();
  fmt::print("{} variants x {} data sets{} x {} seeds: {} trials", variants,
             experiment.datasets.size(),
             folds ? fmt::format(" (with their folds {})", plan.data.size()) : "",
             experiment.seeds.size(), outlook.trials);
  if (drawing < variants)
    fmt::print(" ({} variants draw nothing and run once)", variants - drawing);
  fmt::print(". {} are done already, {} to run.\n", outlook.done, outlook.trials - outlook.done);
  fmt::print("  fits       {} to make, {} in the cache\n", outlook.fits, outlook.cached_fits);
  for (size_t i = 0; i < outlook.shared.size(); ++i)
    fmt::print("  {}     {}\n", i ? "      " : "shared", outlook.shared[i]);
  if (outlook.fits == 0) return;
  if (outlook.known_fits == 0) {
    fmt::print(
        "  time       unknown: none of these strategies was fitted in this database before\n");
    return;
  }
  const double all = outlook.fit_seconds * static_cast<double>(outlook.fits) /
                     static_cast<double>(outlook.known_fits);
  fmt::print("  time       about {} of fitting with {} workers (from {} earlier fits)\n",
             duration_text(all / jobs), jobs, outlook.known_fits);
  fmt::print("  memory     {:.1f} GiB at most in one worker\n",
             static_cast<double>(outlook.peak_bytes) / (1024.0 * 1024 * 1024));
}

/// The planned comparisons of one data set, all of its folds together.
struct PowerOf {
  std::string dataset;
  PowerOutlook outlook;
};

std::vector<PowerOf> look_at_power(const Plan& plan, const std::string& path) {
  std::vector<PowerOf> all;
  if (!std::filesystem::exists(path)) return all;
  const Database database = Database::open_readonly(path);
  const Experiment& experiment = plan.experiment;
  for (const DatasetSpec& spec : experiment.datasets) {
    std::vector<std::string> request_sets;
    for (const PlannedData& data : plan.data) {
      if (data.spec.name == spec.name) request_sets.push_back(request_set_key(data, Window::test));
    }
    all.push_back({spec.name, power_outlook(Reader(database), request_sets,
                                            experiment.metrics.primary, experiment.compare)});
  }
  return all;
}

/// One line a data set; `details` also says what is unknown and how many requests the margin needs.
void print_power(const std::vector<PowerOf>& all, const Experiment& experiment,
                 const std::string& path, bool details) {
  if (all.empty() && details)
    fmt::print("  power      unknown: there is no {} with earlier values yet\n", path);
  for (const auto& [dataset, outlook] : all) {
    if (!outlook.detectable && !details) continue;
    fmt::print("  power      {}\n",
               power_line(outlook, dataset, experiment.metrics.primary, experiment.compare));
    const std::string needed = sample_size_line(outlook, experiment.compare);
    if (details && !needed.empty()) fmt::print("             {}\n", needed);
  }
}

nlohmann::json or_null(const std::optional<double>& number) {
  return number ? nlohmann::json(*number) : nlohmann::json();
}

nlohmann::json to_json(const std::vector<PowerOf>& all) {
  nlohmann::json power = nlohmann::json::array();
  for (const auto& [dataset, outlook] : all) {
    power.push_back({{"dataset", dataset},
                     {"n", outlook.n},
                     {"unit", outlook.of_users ? "users" : "requests"},
                     {"earlier_comparisons", outlook.comparisons},
                     {"minimum_detectable_effect", or_null(outlook.detectable)},
                     {"needed_for_margin", or_null(outlook.needed)},
                     {"reason", outlook.reason}});
  }
  return power;
}

nlohmann::json to_json(const Plan& plan, const Outlook& outlook) {
  nlohmann::json trials = nlohmann::json::array();
  for (const PlannedTrial& trial : plan.trials) {
    trials.push_back({{"variant", trial.variant},
                      {"dataset", trial.dataset},
                      {"fold", trial.fold},
                      {"key", trial.key}});
    if (trial.seed)
      trials.back()["seed"] = *trial.seed;
    else
      trials.back()["seed"] = nullptr;
  }
  return {{"trials", outlook.trials},           {"done", outlook.done},     {"fits", outlook.fits},
          {"cached_fits", outlook.cached_fits}, {"shared", outlook.shared}, {"each", trials}};
}

void plan(const PlanArguments& arguments) {
  const Workspace workspace;
  const Experiment experiment =
      load_experiment(arguments.file, workspace.load_options(arguments.set));
  const Plan plan = workspace.plan(experiment, arguments.set);
  const std::string output =
      arguments.output.empty() ? "results/" + experiment.name + ".sqlite" : arguments.output;
  const Outlook outlook = look(plan, output);
  const std::vector<PowerOf> power = look_at_power(plan, output);
  if (arguments.format == "json") {
    nlohmann::json all = to_json(plan, outlook);
    all["power"] = to_json(power);
    fmt::print("{}\n", all.dump(2));
    return;
  }
  print_text(
      plan, outlook,
      arguments.jobs > 0 ? arguments.jobs : static_cast<int>(std::thread::hardware_concurrency()));
  print_power(power, plan.experiment, output, arguments.power);
}

}  // namespace

void add_plan_command(CLI::App& app, int&) {
  auto arguments = std::make_shared<PlanArguments>();
  CLI::App* command = app.add_subcommand(
      "plan", "Say what a run would compute and what it would reuse; runs nothing");
  command->add_option("file", arguments->file, "Experiment file (YAML)")->required();
  command->add_option("--output,-o", arguments->output,
                      "Results database (default: results/<name>.sqlite)");
  command->add_option("--set", arguments->set, "Change a setting: variants.control.recall.0.k=50");
  command->add_option("--jobs,-j", arguments->jobs, "Worker processes")->check(CLI::Range(1, 1024));
  command->add_flag("--power", arguments->power,
                    "Say what differences will be seen, and how many requests the margin needs, "
                    "from values that the database already has");
  command->add_option("--format", arguments->format, "text or json")
      ->check(CLI::IsMember({"text", "json"}));
  command->callback([arguments] { plan(*arguments); });
}

}  // namespace assay
