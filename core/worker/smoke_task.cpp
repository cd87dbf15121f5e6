#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <set>

#include "pipeline/fitting.h"
#include "worker/session.h"
#include "worker/validation_metric.h"

namespace assay::worker {
namespace {

constexpr int64_t kFewestUsers =
    200;  // below that, a hundredth of a small log holds nothing to learn from
constexpr int64_t kRequests = 64;

// What too few data alone can bring about is no finding: the real run decides.
bool is_finding(const pipeline::StageFailure& failure) {
  return failure.kind != task::FailureKind::invalid_input;
}

pipeline::DataView::UserShare share_of(const task::SmokeTask& smoke,
                                       const pipeline::DataView& data) {
  const double share =
      std::max(smoke.share, static_cast<double>(kFewestUsers) / static_cast<double>(data.users()));
  return {smoke.sample_seed, 0, std::max<uint64_t>(1, static_cast<uint64_t>(1 / share))};
}

/// stop_requested() of a trial fit.
std::function<bool()> after_a_while() {
  const auto end = std::chrono::steady_clock::now() +
                   std::chrono::milliseconds(static_cast<int64_t>(1000 * task::kTrialSeconds));
  return [end] { return std::chrono::steady_clock::now() > end; };
}

/// A fit that heeds neither trial() nor stop_requested() is ended with its process.
pipeline::Guards guards_of_trial(pipeline::Guards guards) {
  guards.limits.fit_s = std::min(guards.limits.fit_s, task::kTrialEndSeconds);
  return guards;
}

bool is_made(const task::ArtifactRef& artifact) { return std::filesystem::exists(artifact.path); }

/// Fits the stages of a chain in memory, the inputs of each before it, and keeps them in the store
/// under their keys. What was made before is in the cache, from where the store takes it.
class SmokeFits {
 public:
  SmokeFits(const task::SmokeTask& smoke, pipeline::StrategyStore& store)
      : smoke_(smoke), store_(store), share_(share_of(smoke, store.data())) {}

  void fit(const task::FittedStage& stage, const std::vector<task::ServeNode>& upstream) {
    if (is_made(stage.artifact)) return;
    // One that needs candidates gets those of the stage that uses it.
    for (const task::FittedInput& input : stage.inputs) {
      const bool recalls = input.stage.stage.kind == PluginKind::recall;
      fit(input.stage, recalls ? std::vector<task::ServeNode>() : upstream);
    }
    for (const task::FittedPart& part : stage.parts) make(stage, part);
    task::FitTask task = task_of(stage);
    task.upstream = upstream;
    task.label_windows = smoke_.fit_on.rank;
    task.serve_size = smoke_.serve_size;
    pipeline::FitResult fitted = fit_stage(task, store_, share_, {}, after_a_while());
    store_.keep(stage.artifact.key, {fitted.strategy, fitted.inputs});
  }

 private:
  task::FitTask task_of(const task::FittedStage& stage) const {
    task::FitTask task;
    task.target = stage;
    task.windows = smoke_.fit_on.recall;
    task.trial = true;
    return task;
  }

  // Of the sample too, though the whole one may be in the cache: counts of all users beside popularities
  // of a few belong to no data.
  void make(const task::FittedStage& user, const task::FittedPart& part) {
    if (!made_.insert(part.artifact.key).second) return;
    task::FitTask task = task_of(task::stage_of_part(user, part));
    task.part = part.name;
    store_.keep_part(part.artifact.key,
                     pipeline::make_part(task, store_, share_, after_a_while()).archive);
  }

  const task::SmokeTask& smoke_;
  pipeline::StrategyStore& store_;
  pipeline::DataView::UserShare share_;
  std::set<std::string> made_;  // parts
};

bool has_strategy(const task::ServeNode& node) {
  return node.step != task::ServeNode::Step::merge && node.step != task::ServeNode::Step::lists;
}

void smoke_chain(const task::Task& task, pipeline::StrategyStore& store) {
  const task::SmokeTask& smoke = *task.smoke;
  SmokeFits fits(smoke, store);
  std::vector<task::ServeNode> upstream;
  for (const task::ServeNode& node : smoke.nodes) {
    if (has_strategy(node)) fits.fit(node.fitted, upstream);
    upstream.push_back(node);
  }
  pipeline::ServingGraph graph(smoke.nodes, store, {});
  const int64_t requests =
      std::min<int64_t>(kRequests, store.data().prepared().requests(task::Window::test).size());
  graph.run_window(task::Window::test, 0, requests, [](const pipeline::ServedBatch&) {});
  for (const auto& failure : graph.failures()) {
    if (failure) throw *failure;
  }
}

}  // namespace

// A store of its own: what is fitted on a sample must never be taken for the real thing.
std::vector<task::TaskFailure> run_smoke(const task::Task& task, pipeline::StrategyStore& store) {
  pipeline::StrategyStore sample = store.fresh(guards_of_trial(store.guards()));
  try {
    smoke_chain(task, sample);
    return {};
  } catch (const pipeline::StageFailure& failure) {
    if (!is_finding(failure)) return {};
    task::TaskFailure told = to_task_failure(failure, -1);
    told.reason = "in the smoke test (a sample of the users): " + told.reason;
    for (const task::TrialTask& trial : task.smoke->trials) told.trials.push_back(trial.trial_key);
    return {told};
  }
}

}  // namespace assay::worker
