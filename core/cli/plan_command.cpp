#include "cli/plan_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <thread>

#include "cli/progress_line.h"
#include "cli/workspace.h"
#include "results/reader.h"

namespace assay {
namespace {

struct PlanArguments {
  std::string file, output;
  std::vector<std::string> set;
  std::string format = "text";
  int jobs = 0;
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
  const Plan plan = workspace.plan(experiment);
  const std::string output =
      arguments.output.empty() ? "results/" + experiment.name + ".sqlite" : arguments.output;
  const Outlook outlook = look(plan, output);
  if (arguments.format == "json")
    fmt::print("{}\n", to_json(plan, outlook).dump(2));
  else
    print_text(plan, outlook,
               arguments.jobs > 0 ? arguments.jobs
                                  : static_cast<int>(std::thread::hardware_concurrency()));
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
  command->add_option("--format", arguments->format, "text or json")
      ->check(CLI::IsMember({"text", "json"}));
  command->callback([arguments] { plan(*arguments); });
}

}  // namespace assay
