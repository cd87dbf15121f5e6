#pragma once

/// From an experiment file to a resolved Experiment, or to every problem of it at once.
///
/// The work is in three steps: the text becomes a tree in which each node knows its place (includes
/// merged, `--set` applied); variants are resolved (extends, set, grid); the tree is read into the
/// structs of task/experiment.h against the table of keys (config/keys.h) and the plugins' declared
/// parameters. Nothing is guessed: an unknown key, an ambiguous number or a plugin that is not
/// there is a problem with a place.

#include <functional>
#include <string>
#include <vector>

#include "task/experiment.h"
#include "task/plugin_functions.h"
#include "task/plugin_info.h"

namespace assay::config {

/// Asks plugins what they decide by their parameters; one answer a question, in their order.
using AskFunctions = std::function<std::vector<task::FunctionAnswer>(
    const std::vector<task::FunctionQuestion>& questions)>;

/// What an experiment file is read against.
struct LoadOptions {
  /// `--set` as typed, "variants.control.recall.0.k=50"; applied in order, after includes. A path
  /// below a variant is applied after what that variant extends, and seen by those that extend it.
  std::vector<std::string> overrides;

  /// Called once with the file's `plugins:` (absolute paths, often none); returns every plugin that
  /// may be named. A refused library that is `named`, and a UserError that leaves it, become problems
  /// at the place of `plugins:`; names that may be in such a library are then no problems of their
  /// own.
  std::function<task::PluginCatalog(const std::vector<std::string>& libraries)> catalog;

  /// Called at most once, where the file has no other problem, with every stage whose plugin
  /// decides a trait by its parameters.
  AskFunctions functions;

  /// Names that `source:` may hold: those of the data catalogue.
  std::vector<std::string> dataset_names;

  /// What `device: auto` stands for on this machine: cpu or cuda.
  task::Device auto_device = task::Device::cpu;

  /// Go on with more than kManyVariants variants.
  bool yes = false;
};

/// A grid that makes more variants than this wants `--yes`.
inline constexpr size_t kManyVariants = 200;

/// Reads and checks an experiment file.
///
/// Throws UserError with all problems, in the order of the file (included files after it, `--set`
/// last), each with `path:line:column`, and the line with a marker below it. The outcome depends on
/// the files and options alone; nothing is run and no data is read (files of parameters are, to be
/// hashed).
task::Experiment load_experiment(const std::string& path, const LoadOptions& options);

}  // namespace assay::config
