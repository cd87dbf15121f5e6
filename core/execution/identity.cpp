#include "execution/identity.h"

#include "hash/hash.h"
#include "task/feature_spec.h"

// A key is the SHA-256 of canonical JSON. Optional members are added only where they apply (an
// update, a seed, candidates), so a new kind of setting does not change the keys of existing
// results.

namespace assay::execution {
namespace {

nlohmann::json numeric_identity(const IdentityContext& context) {
  return {{"numeric", context.numeric},
          {"torch", context.torch_version},
          {"numerics", task::kNumericsVersion}};
}

nlohmann::json params_identity(const task::StageSpec& stage) {
  nlohmann::json params = stage.params;
  for (const auto& [name, sha256] : stage.file_sha256) params[name] = sha256;
  return params;
}

// Lists are what is in them. Where the key of the data covers that, as in earlier versions, their
// name tells which of them it is.
const std::string& lists_identity(const task::ServeNode& node) {
  return node.lists.key.empty() ? node.fitted.stage.lists : node.lists.key;
}

}  // namespace

uint64_t fit_seed(uint64_t seed, const std::string& plugin) {
  return hash::fast_hash("fit." + plugin, seed);
}

nlohmann::json stage_identity(const task::FittedStage& stage) {
  nlohmann::json inputs = nlohmann::json::object();
  for (const task::FittedInput& input : stage.inputs) inputs[input.name] = input.stage.artifact.key;
  nlohmann::json identity = {{"plugin", stage.stage.plugin},
                             {"kind", stage.stage.kind},
                             {"library", stage.stage.library_sha256},
                             {"params", params_identity(stage.stage)},
                             {"inputs", inputs}};
  identity.update(stage.stage.sees.identity());
  if (stage.stage.features) identity["candidate_features"] = stage.stage.features->identity();
  if (stage.updates > 0) identity["updates"] = stage.updates;
  return identity;
}

std::string artifact_key(const IdentityContext& context, const task::FittedStage& stage,
                         const FitScope& scope) {
  nlohmann::json key = numeric_identity(context);
  key["data"] = context.prepared_key;
  key["stage"] = stage_identity(stage);
  key["windows"] = scope.windows;
  if (scope.refit) key["refit"] = true;
  if (!scope.validated_key.empty()) key["validated"] = scope.validated_key;
  if (stage.stage.traits.draws_in_fit) key["seed"] = stage.fit_seed;
  if (stage.stage.traits.learns_from_candidates) {
    key["candidates"] = {{"from", scope.upstream_key},
                         {"windows", scope.label_windows},
                         {"share", {scope.share, scope.shares}},
                         {"sample_seed", context.sample_seed}};
  }
  if (stage.stage.traits.validates) {
    key["validation"] = {{"sample_seed", context.sample_seed},
                         {"primary", context.primary},
                         {"serve_size", context.serve_size},
                         {"from", scope.upstream_key}};
    if (context.validations > 0) key["validation"]["at_most"] = context.validations;
  }
  return hash::json_key(key);
}

std::string part_key(const IdentityContext& context, const task::FittedStage& user,
                     const task::FittedPart& part, const FitScope& scope) {
  const task::FittedStage maker = task::stage_of_part(user, part);
  nlohmann::json key = numeric_identity(context);
  key["data"] = context.prepared_key;
  key["part"] = part.name;
  key["stage"] = stage_identity(maker);
  key["windows"] = scope.windows;
  return hash::json_key(key);
}

std::string node_key(const task::ServeNode& node, const std::vector<std::string>& parent_keys) {
  nlohmann::json key = {{"place", node.place}, {"parents", parent_keys}};
  if (node.step == task::ServeNode::Step::merge) {
    key["merge"] = node.merge;
  } else if (node.step == task::ServeNode::Step::lists) {
    key["lists"] = {lists_identity(node), node.fitted.stage.k};
  } else {
    key["artifact"] = node.fitted.artifact.key;
    key["k"] = node.fitted.stage.k;
    if (node.fitted.stage.traits.draws_in_serving) key["seed"] = node.serve_seed;
  }
  return hash::json_key(key);
}

nlohmann::json trial_spec(const IdentityContext& context, const std::string& served_node_key,
                          const std::vector<task::ServeNode>& chain, std::optional<uint64_t> seed,
                          task::Window window) {
  nlohmann::json spec = numeric_identity(context);
  spec["data"] = context.prepared_key;
  spec["window"] = window;
  spec["serve_size"] = context.serve_size;
  spec["served"] = served_node_key;
  spec["seed"] = seed ? nlohmann::json(*seed) : nlohmann::json(nullptr);
  // For the reader: the chain is in `served` already, through its keys.
  spec["chain"] = nlohmann::json::array();
  for (const task::ServeNode& node : chain) {
    nlohmann::json step = {{"place", node.place}};
    if (node.step == task::ServeNode::Step::merge)
      step["merge"] = node.merge;
    else if (node.step == task::ServeNode::Step::lists)
      step["lists"] = lists_identity(node);
    else
      step["stage"] = stage_identity(node.fitted);
    spec["chain"].push_back(step);
  }
  return spec;
}

}  // namespace assay::execution
