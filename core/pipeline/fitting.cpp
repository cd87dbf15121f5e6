#include "pipeline/fitting.h"

#include <fmt/format.h>

#include <chrono>

#include "error/error.h"
#include "pipeline/fit_context.h"
#include "pipeline/labelled.h"

namespace assay::pipeline {
namespace {

LabelledPool labelled_pool(const task::FitTask& task, StrategyStore& store,
                           const DataView::UserShare& share) {
  if (!task.target.stage.traits.learns_from_candidates)
    return LabelledPool(store.data().prepared().labels());
  ServingGraph graph(task.upstream, store, {});
  DataView::UserShare part = share;
  if (task.shares > 1) {
    part = {task.sample_seed, static_cast<uint64_t>(task.share),
            static_cast<uint64_t>(task.shares)};
  }
  LabelledPool pool = label_candidates(graph, task.label_windows, part, task.target.stage);
  if (pool.requests() == 0) {
    throw StageFailure(task::FailureKind::invalid_input,
                       "learns from labelled candidates, but the rank window has no request: set "
                       "split.rank to a larger share");
  }
  return pool;
}

void fit(Strategy& strategy, const task::StageSpec& stage, const TrainingView& data,
         LabelledCandidates& pool, FitContext& ctx) {
  switch (stage.kind) {
    case PluginKind::recall:
      return static_cast<RecallStrategy&>(strategy).fit(data, ctx);
    case PluginKind::rank:
      return static_cast<RankStrategy&>(strategy).fit(data, pool, ctx);
    case PluginKind::rerank:
      return static_cast<RerankStrategy&>(strategy).fit(data, pool, ctx);
    case PluginKind::metric:
      break;
  }
  throw error::InternalError("a metric is no stage");
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Calls of one stage that is fitted, or whose part is made.
template <typename Body>
double timed(const task::FitTask& task, const StrategyStore& store, const char* phase,
             const Body& body) {
  const std::string place = task.target.stage.place();
  const auto started = std::chrono::steady_clock::now();
  call_stage(store.guards(), {phase, place, task.target.stage.plugin}, store.guards().limits.fit_s,
             body);
  return seconds_since(started);
}

/// What the first of the folds may learn that the stage is fitted on; the others are updates.
TrainingView view_of_fit(const task::FitTask& task, const StrategyStore& store,
                         const DataView::UserShare& share) {
  const DataView& data = store.data();
  const int64_t updates = task.target.updates;
  error::require(updates == 0 || updates + 1 == data.fold(),
                 "a stage is updated once for each fold");
  return data.training(task.windows, share, data.fold() - updates, task.target.stage.sees);
}

/// The inputs of a stage, and its parts.
std::shared_ptr<const Inputs> with_parts(const Inputs& inputs, const task::FittedStage& stage,
                                         StrategyStore& store) {
  auto all = std::make_shared<Inputs>(inputs);
  for (const task::FittedPart& part : stage.parts) all->add_part(part.name, store.part(part));
  return all;
}

/// Fits one stage, then updates it.
class StageFit {
 public:
  StageFit(const task::FitTask& task, StrategyStore& store, const DataView::UserShare& share,
           const ValidationMetrics& validate, const std::function<bool()>& stop,
           LabelledCandidates* candidates = nullptr)
      : task_(task),
        candidates_(candidates),
        store_(store),
        share_(share),
        inputs_(store.inputs_of(task.target, -1)),
        at_hand_(with_parts(*inputs_, task.target, store)),
        strategy_(store.make(task.target.stage, -1)),
        ctx_(task, store, *at_hand_, *strategy_, validate, stop) {}

  FitResult run() {
    fit();
    for (int64_t fold = 2; fold <= task_.target.updates + 1; ++fold) update(fold);
    if (task_.target.updates > 0) note_updates();
    std::vector<task::FitValue> measured;
    timed(task_, store_, "fit", [&] { measured = ctx_.measured(); });
    return {strategy_,         inputs_,       fit_seconds_ + update_seconds_,
            ctx_.take_notes(), ctx_.curves(), std::move(measured)};
  }

 private:
  void fit() {
    const TrainingView view = view_of_fit(task_, store_, share_);
    fit_seconds_ = timed(task_, store_, "fit", [&] {
      if (candidates_ != nullptr)
        return pipeline::fit(*strategy_, task_.target.stage, view, *candidates_, ctx_);
      LabelledPool pool = labelled_pool(task_, store_, share_);
      pipeline::fit(*strategy_, task_.target.stage, view, pool, ctx_);
    });
    fit_seconds_ += ctx_.earlier_seconds();
    ctx_.end_of_fit();
  }

  void update(int64_t fold) {
    const EventSlice news =
        store_.data().news(task_.windows, share_, fold, task_.target.stage.sees);
    events_ += news.size();
    update_seconds_ += timed(task_, store_, "update", [&] { strategy_->update(news, ctx_); });
  }

  void note_updates() {
    ctx_.note("host.fit_seconds", fmt::format("{:.6f}", fit_seconds_));
    ctx_.note("host.update_seconds", fmt::format("{:.6f}", update_seconds_));
    ctx_.note("host.update_events", std::to_string(events_));
  }

  const task::FitTask& task_;
  LabelledCandidates* candidates_;  // null: the task says how they are made
  StrategyStore& store_;
  const DataView::UserShare& share_;
  std::shared_ptr<const Inputs> inputs_;
  std::shared_ptr<const Inputs> at_hand_;  // while it is fitted: with its parts
  std::shared_ptr<Strategy> strategy_;
  HostFitContext ctx_;
  double fit_seconds_ = 0;
  double update_seconds_ = 0;
  int64_t events_ = 0;
};

}  // namespace

PartResult make_part(const task::FitTask& task, StrategyStore& store,
                     const DataView::UserShare& share,
                     const std::function<bool()>& stop_requested) {
  const std::unique_ptr<Strategy> strategy = store.make(task.target.stage, -1);
  const Inputs none;
  const ValidationMetrics no_metrics;
  HostFitContext ctx(task, store, none, *strategy, no_metrics, stop_requested);
  const TrainingView view = view_of_fit(task, store, share);
  PartResult out;
  out.seconds =
      timed(task, store, "fit", [&] { strategy->fit_part(task.part, view, ctx, out.archive); });
  out.seconds += ctx.earlier_seconds();
  out.notes = ctx.take_notes();
  out.curves = ctx.curves();
  return out;
}

FitResult fit_stage(const task::FitTask& task, StrategyStore& store,
                    const DataView::UserShare& share, const ValidationMetrics& validate,
                    const std::function<bool()>& stop_requested) {
  return StageFit(task, store, share, validate, stop_requested).run();
}

FitResult fit_stage(const task::FitTask& task, StrategyStore& store,
                    LabelledCandidates& candidates) {
  const DataView::UserShare everybody;
  const ValidationMetrics none;
  const std::function<bool()> never;
  return StageFit(task, store, everybody, none, never, &candidates).run();
}

}  // namespace assay::pipeline
