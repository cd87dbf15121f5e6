#pragma once

#include <string>
#include <vector>

#include "config/config.h"
#include "dataset/prepare.h"
#include "execution/memory_plan.h"
#include "execution/plan.h"
#include "execution/plugin_probe.h"
#include "execution/tuning_search.h"
#include "ingest/load.h"
#include "results/database.h"

namespace assay::cli {

/// How experiment files are found and read, for every command that takes one: plugins, data,
/// caches, the options that they share.
struct Workspace {
  std::string cache = ingest::default_cache_dir();
  execution::PluginSearch plugins = execution::default_plugin_search();
  ingest::DataPlaces places = ingest::DataPlaces::from_environment(ingest::default_cache_dir());

  /// Options of load_experiment: overrides as typed after --set, plugins and data sets as they are
  /// found here.
  config::LoadOptions load_options(const std::vector<std::string>& overrides,
                                   bool yes = false) const;

  /// Asks plugins what they decide by their parameters (execution/plugin_functions.h).
  execution::AskFunctions ask_functions() const;

  /// Reads an experiment file, and checks what it says of features against what is known of its data
  /// without reading them. Throws as config::load_experiment and check_feature_params.
  task::Experiment load(const std::string& file, const std::vector<std::string>& overrides,
                        bool yes = false) const;

  /// Imports and prepares every data set of the experiment (or finds them in the cache), in its
  /// order. What is wrong with one stands at the setting that it is about; `overrides` as typed.
  /// What was wrong with the cache is said on standard error, and added to `warnings`.
  std::vector<dataset::PreparedRef> prepare(const task::Experiment& experiment,
                                            const std::vector<std::string>& overrides = {},
                                            std::vector<std::string>* warnings = nullptr) const;

  /// load, prepare and lay out; tuned variants have the values that the database knows them to have,
  /// or one of those that may be tried.
  /// @param database  where the results go, for the names that it knows data by; none: null
  execution::Plan plan(const task::Experiment& experiment,
                       const std::vector<std::string>& overrides = {},
                       std::vector<std::string>* warnings = nullptr,
                       const results::Database* database = nullptr) const;

  /// What the tunings of an experiment are planned with; refers to both.
  execution::TuningContext tuning_context(const task::Experiment& experiment,
                                          const std::vector<dataset::PreparedRef>& data) const;
  /// What `plan` does once the data are there.
  execution::Plan lay_out(const task::Experiment& experiment,
                          const std::vector<dataset::PreparedRef>& data,
                          const results::Database* database) const;
};

/// Notes that the fitted models of a plan that are there have been used now.
void note_models(const execution::Plan& plan);

/// Makes a folder and those that it lies in. Throws UserError: `what` ("the cache") cannot be made,
/// and what to do.
void make_folder(const std::string& path, const std::string& what, const std::string& fix);
void make_cache_folder(const std::string& path);

/// cuda where NVIDIA's driver is loaded and this build has CUDA, else cpu.
task::Device default_device();

}  // namespace assay::cli
