#pragma once

#include <assay/strategy.h>

#include <functional>
#include <memory>
#include <vector>

#include "pipeline/serving.h"
#include "pipeline/validation.h"
#include "task/fit_record.h"

namespace assay::pipeline {

/// What became of a fit.
struct FitResult {
  std::shared_ptr<Strategy> strategy;
  std::shared_ptr<const Inputs> inputs;
  double seconds = 0;  ///< of all calls together
  /// in the order in which the strategy gave them
  std::vector<task::FitNote> notes;
  std::vector<task::FitCurve> curves;
  /// The fitted stage on the sample of the validation window; empty where it does not validate, and
  /// in a final refit and a trial fit.
  std::vector<task::FitValue> measured;
};

/// A declared part of a fit, made.
struct PartResult {
  Archive archive;  ///< what the fits that use it are handed
  double seconds = 0;
  std::vector<task::FitNote> notes;
  std::vector<task::FitCurve> curves;
};

/// Makes the part that `task` names, from what its stage may learn from. Throws StageFailure naming
/// the stage.
PartResult make_part(const task::FitTask& task, StrategyStore& store,
                     const DataView::UserShare& share, const std::function<bool()>& stop_requested);

/// Fits the stage of `task`, with its parts at hand: labels its candidates where it learns from
/// them, seeds its generator, lets it run. A final refit is told what the fit chose that validated,
/// from the record beside that model. A fit that goes on from a checkpoint tells of both parts. A
/// stage with `updates` is fitted on what the first fold may learn from, and updated with what is
/// news to each later one; how many events that were, and how long fit and updates took, it notes
/// as `host.fit_seconds`, `host.update_seconds` and `host.update_events`.
/// @param share     only these users' events and requests (a smoke test); everything by default
/// @param validate  may be empty where the stage lacks the trait `validates`
/// Throws StageFailure naming the stage.
FitResult fit_stage(const task::FitTask& task, StrategyStore& store,
                    const DataView::UserShare& share, const ValidationMetrics& validate,
                    const std::function<bool()>& stop_requested);

/// The same for a stage that learns from `candidates` as they are, whatever steps and windows of
/// labelled candidates the task names.
FitResult fit_stage(const task::FitTask& task, StrategyStore& store,
                    LabelledCandidates& candidates);

}  // namespace assay::pipeline
