#include "execution/reward_nodes.h"

#include <fmt/format.h>

#include "execution/identity.h"
#include "task/off_policy_spec.h"

namespace assay::execution {

std::vector<task::ServeNode> reward_nodes(const Plan& plan, size_t data,
                                          const PlanSettings& settings) {
  std::vector<task::ServeNode> out;
  const task::Experiment& experiment = plan.experiment;
  if (!experiment.off_policy || !experiment.off_policy->reward) return out;
  const task::RewardModelSpec& model = *experiment.off_policy->reward;
  const IdentityContext context{plan.data[data].prepared.key, experiment.numeric,
                                settings.torch_version,       experiment.seed,
                                experiment.serve_size,        experiment.metrics.primary};
  FitScope scope;
  scope.windows = experiment.fit_on.recall;
  scope.upstream_key = task::kRewardPlace;
  scope.label_windows = {task::Window::test};
  scope.shares = model.folds;
  for (scope.share = 0; scope.share < model.folds; ++scope.share) {
    task::ServeNode& node = out.emplace_back();
    node.step = task::ServeNode::Step::rank;
    node.place = task::kRewardPlace;
    node.fitted.stage = model.stage;
    node.fitted.stage.where.clear();
    if (model.stage.traits.draws_in_fit)
      node.fitted.fit_seed = fit_seed(experiment.seed, model.stage.plugin);
    const std::string key = artifact_key(context, node.fitted, scope);
    node.fitted.artifact = {key, fmt::format("{}/{}.safetensors", settings.artifact_dir, key)};
  }
  return out;
}

}  // namespace assay::execution
