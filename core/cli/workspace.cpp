#include "cli/workspace.h"

#include <fmt/core.h>

#include <filesystem>
#include <optional>
#include <set>

#include "analysis/resolved_config.h"
#include "cli/feature_params.h"
#include "config/late_problems.h"
#include "dataset/cache_use.h"
#include "error/error.h"
#include "execution/earlier_names.h"
#include "execution/plugin_functions.h"
#include "ingest/catalogue.h"
#include "ingest/known_features.h"
#include "ingest/private_load.h"
#include "task/build_info.h"

namespace assay::cli {

task::Device default_device() {
  const bool driver = std::filesystem::exists("/proc/driver/nvidia/version");
  return driver && task::build_info().cuda ? task::Device::cuda : task::Device::cpu;
}

config::LoadOptions Workspace::load_options(const std::vector<std::string>& overrides,
                                            bool yes) const {
  config::LoadOptions options;
  options.overrides = overrides;
  options.yes = yes;
  options.auto_device = default_device();
  options.dataset_names = ingest::catalogue_names();
  options.catalog = [search = plugins](const std::vector<std::string>& libraries) mutable {
    search.libraries.insert(search.libraries.end(), libraries.begin(), libraries.end());
    return load_catalog(search);
  };
  options.functions = ask_functions();
  return options;
}

task::Experiment Workspace::load(const std::string& file, const std::vector<std::string>& overrides,
                                 bool yes) const {
  config::LoadOptions options = load_options(overrides, yes);
  task::PluginCatalog catalog;
  options.catalog = [&catalog, load = options.catalog](const std::vector<std::string>& libraries) {
    return catalog = load(libraries);
  };
  task::Experiment experiment = config::load_experiment(file, options);
  std::map<std::string, std::vector<ingest::KnownFeature>> features;
  for (const task::DatasetSpec& dataset : experiment.datasets) {
    try {
      features[dataset.name] = ingest::known_features(ingest::locate(dataset, places));
    } catch (const error::UserError&) {
      // What is wrong with the files is said by who reads them.
    }
  }
  check_feature_params(experiment, catalog, features);
  return experiment;
}

execution::AskFunctions Workspace::ask_functions() const {
  return [search = plugins](const std::vector<task::FunctionQuestion>& questions) {
    return execution::ask_functions(search, questions);
  };
}

std::vector<dataset::PreparedRef> Workspace::prepare(const task::Experiment& experiment,
                                                     const std::vector<std::string>& overrides,
                                                     std::vector<std::string>* warnings) const {
  std::set<std::string> said;  // folds say the same of their data
  const dataset::Notice notice = [&](const std::string& line) {
    if (!said.insert(line).second) return;
    fmt::print(stderr, "{}\n", line);
    if (warnings != nullptr) warnings->push_back(line);
  };
  std::optional<dataset::Pseudonyms> pseudonyms;
  if (const auto key =
          analysis::config_value(experiment.resolved_text, {"privacy", "pseudonymise"}))
    pseudonyms = dataset::Pseudonyms::of_file(*key, notice);
  std::vector<dataset::PreparedRef> out;
  for (const task::DatasetSpec& dataset : by_fold(experiment.datasets)) {
    try {
      out.push_back(load_dataset(dataset, experiment.traffic, experiment.fit_on, experiment.seed,
                                 places, pseudonyms ? &*pseudonyms : nullptr, notice));
      for (const std::string& file : ingest::cache_files_of(out.back(), cache))
        dataset::note_use(file, dataset.name, experiment.name);
    } catch (const error::UserError& error) {
      throw config::with_setting_places(error, dataset, experiment.path, overrides);
    }
  }
  return out;
}

execution::Plan Workspace::plan(const task::Experiment& experiment,
                                const std::vector<std::string>& overrides,
                                std::vector<std::string>* warnings,
                                const results::Database* database) const {
  make_cache_folder(cache + "/artifacts");
  std::vector<dataset::PreparedRef> data = prepare(experiment, overrides, warnings);
  if (database != nullptr) execution::keep_earlier_names(data, *database);
  return lay_out(experiment, data, database);
}

execution::TuningContext Workspace::tuning_context(
    const task::Experiment& experiment, const std::vector<dataset::PreparedRef>& data) const {
  return {experiment,
          data,
          {.artifact_dir = cache + "/artifacts", .torch_version = task::build_info().torch_version},
          ask_functions()};
}

execution::Plan Workspace::lay_out(const task::Experiment& experiment,
                                   const std::vector<dataset::PreparedRef>& data,
                                   const results::Database* database) const {
  const execution::TuningContext context = tuning_context(experiment, data);
  execution::PlanSettings settings = context.settings;
  settings.chosen = choices_of(execution::tuning_searches(context, database));
  execution::Plan plan = execution::make_plan(experiment, data, settings);
  // Before anybody looks whether they are there.
  for (const auto& [key, fit] : plan.fits) dataset::hold_in_cache(fit.task.target.artifact.path);
  note_models(plan);
  return plan;
}

void note_models(const execution::Plan& plan) {
  for (const auto& [key, fit] : plan.fits) {
    const std::string& path = fit.task.target.artifact.path;
    const execution::PlannedData& data = plan.data[fit.data];
    if (fit.data_path != data.prepared.path)
      dataset::note_use(fit.data_path, data.spec.name, plan.experiment.name);
    if (std::filesystem::exists(path))
      dataset::note_use(path, data.spec.name, plan.experiment.name);
  }
}

void make_folder(const std::string& path, const std::string& what, const std::string& fix) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error)
    throw error::UserError(path,
                           fmt::format("{} cannot be made ({}); {}", what, error.message(), fix));
}

void make_cache_folder(const std::string& path) {
  make_folder(path, "the folder of the cache", "name another one with ASSAY_CACHE");
}

}  // namespace assay::cli
