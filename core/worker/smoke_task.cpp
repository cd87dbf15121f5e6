#include <algorithm>

#include "pipeline/fitting.h"
#include "worker/session.h"
#include "worker/validation_metric.h"

namespace assay {
namespace {

constexpr int64_t kFewestUsers =
    200;  // below that, a hundredth of a small log holds nothing to learn from
constexpr int64_t kRequests = 64;

// What too few data alone can bring about is no finding: the real run decides.
bool is_finding(const StageFailure& failure) { return failure.kind != "invalid_input"; }

DataView::UserShare share_of(const SmokeTask& smoke, const DataView& data) {
  const double share =
      std::max(smoke.share, static_cast<double>(kFewestUsers) / static_cast<double>(data.users()));
  return {smoke.sample_seed, 0, std::max<uint64_t>(1, static_cast<uint64_t>(1 / share))};
}

/// Fits the stages of a chain in memory, the inputs of each before it, and keeps them in the store
/// under their keys.
class SmokeFits {
 public:
  SmokeFits(const SmokeTask& smoke, StrategyStore& store)
      : smoke_(smoke), store_(store), share_(share_of(smoke, store.data())) {}

  void fit(const FittedStage& stage, const std::vector<ServeNode>& upstream) {
    for (const FittedInput& input : stage.inputs) fit(input.stage, {});
    FitTask task;
    task.target = stage;
    task.windows = smoke_.fit_on.recall;
    task.trial = true;
    task.upstream = upstream;
    task.label_windows = smoke_.fit_on.rank;
    task.serve_size = smoke_.serve_size;
    FitResult fitted = fit_stage(task, store_, share_, {}, {});
    store_.keep(stage.artifact.key, {fitted.strategy, fitted.inputs});
  }

 private:
  const SmokeTask& smoke_;
  StrategyStore& store_;
  DataView::UserShare share_;
};

bool has_strategy(const ServeNode& node) {
  return node.step != ServeNode::Step::merge && node.step != ServeNode::Step::lists;
}

void smoke_chain(const Task& task, StrategyStore& store) {
  const SmokeTask& smoke = *task.smoke;
  SmokeFits fits(smoke, store);
  std::vector<ServeNode> upstream;
  for (const ServeNode& node : smoke.nodes) {
    if (has_strategy(node)) fits.fit(node.fitted, upstream);
    upstream.push_back(node);
  }
  ServingGraph graph(smoke.nodes, store, {});
  const int64_t requests =
      std::min<int64_t>(kRequests, store.data().prepared().requests(Window::test).size());
  graph.run(Window::test, 0, requests, [](const ServedBatch&) {});
  for (const auto& failure : graph.failures()) {
    if (failure) throw *failure;
  }
}

}  // namespace

// A store of its own: what is fitted on a sample must never be taken for the real thing.
std::vector<TaskFailure> run_smoke(const Task& task, StrategyStore& store) {
  StrategyStore sample(store);
  try {
    smoke_chain(task, sample);
    return {};
  } catch (const StageFailure& failure) {
    if (!is_finding(failure)) return {};
    TaskFailure told = to_task_failure(failure, -1);
    told.reason = "in the smoke test (a sample of the users): " + told.reason;
    for (const TrialTask& trial : task.smoke->trials) told.trials.push_back(trial.trial_key);
    return {told};
  }
}

}  // namespace assay
