#pragma once

/// What has an identity, and from what it is made. Two things with one key are interchangeable, bit
/// for bit; anything that could change a bit is in the key, and nothing else (no names,
/// descriptions, other metrics, siblings).

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "task/task.h"

namespace assay::execution {

/// What every key of one data set of one experiment shares.
struct IdentityContext {
  std::string prepared_key;  ///< data, targets, filter, split, evaluate_on, traffic
  task::NumericSpec numeric;
  std::string torch_version;
  uint64_t sample_seed = 1;  ///< of the validation sample
  int64_t serve_size = 20;
  task::MetricAt primary;   ///< in the key of stages that validate
  int64_t validations = 0;  ///< FitTask::validations of stages that validate
};

/// What a fit depends on beside its stage.
struct FitScope {
  std::vector<task::Window> windows;
  bool refit = false;
  /// of a final refit: the fit that validated, whose choices it takes over; empty where it does not
  std::string validated_key;
  /// node that brings the labelled candidates; empty where none is needed
  std::string upstream_key;
  std::vector<task::Window> label_windows;
  int64_t share = 0, shares = 1;
};

/// The seed of a fit: derived from the trial's seed and the strategy's name, so that one model
/// serves every place where it stands.
uint64_t fit_seed(uint64_t seed, const std::string& plugin);

/// Strategy, bytes of its library, effective parameters (files by their content), the artifacts it
/// calls, what it sees of the data where that is not all, and how often it is updated where it is.
nlohmann::json stage_identity(const task::FittedStage& stage);

std::string artifact_key(const IdentityContext& context, const task::FittedStage& stage,
                         const FitScope& scope);

/// A declared part of a fit: strategy, bytes of its library, the part's parameters and what it is
/// made from. That a stage uses it is in the stage's own parameters.
std::string part_key(const IdentityContext& context, const task::FittedStage& user,
                     const task::FittedPart& part, const FitScope& scope);

/// A step of serving: what stands there (of imported lists the hash), and what it is given.
std::string node_key(const task::ServeNode& node, const std::vector<std::string>& parent_keys);

/// The canonical description of a trial; its SHA-256 is the trial's key.
nlohmann::json trial_spec(const IdentityContext& context, const std::string& served_node_key,
                          const std::vector<task::ServeNode>& chain, std::optional<uint64_t> seed,
                          task::Window window);

}  // namespace assay::execution
