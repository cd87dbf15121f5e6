#pragma once

#include <assay/strategy.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/serving.h"

namespace assay::pipeline {

/// Mean of the primary metric over lists: what `FitContext::validate()` returns. Given by the
/// worker, which has metrics.
/// @param lists  one list a request, best first, as the stage serves them
using ValidationMetric = std::function<double(const std::vector<CandidateBatch>& lists,
                                              const std::vector<Ragged>& truth)>;

/// Points that a strategy noted with note_step: (name, step) to the value.
using FitCurves = std::map<std::pair<std::string, int64_t>, double>;

/// What became of a fit.
struct FitResult {
  std::shared_ptr<Strategy> strategy;
  std::shared_ptr<const Inputs> inputs;
  double seconds = 0;  ///< of all calls together
  /// in the order in which the strategy gave them
  std::vector<std::pair<std::string, std::string>> notes;
  FitCurves curves;
};

/// A declared part of a fit, made.
struct PartResult {
  Archive archive;  ///< what the fits that use it are handed
  double seconds = 0;
  std::vector<std::pair<std::string, std::string>> notes;
  FitCurves curves;
};

/// Makes the part that `task` names, from what its stage may learn from. Throws StageFailure naming
/// the stage.
PartResult make_part(const task::FitTask& task, StrategyStore& store,
                     const DataView::UserShare& share, const std::function<bool()>& stop_requested);

/// Fits the stage of `task`, with its parts at hand: labels its candidates where it learns from
/// them, seeds its generator, lets it run. A stage with `updates` is fitted on what the first fold
/// may learn from, and updated with what is news to each later one; how many events that were, and
/// how long fit and updates took, it notes as `host.fit_seconds`, `host.update_seconds` and
/// `host.update_events`.
/// @param share     only these users' events and requests (a smoke test); everything by default
/// @param validate  may be empty where the stage lacks the trait `validates`
/// Throws StageFailure naming the stage.
FitResult fit_stage(const task::FitTask& task, StrategyStore& store,
                    const DataView::UserShare& share, const ValidationMetric& validate,
                    const std::function<bool()>& stop_requested);

}  // namespace assay::pipeline
