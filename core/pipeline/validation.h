#pragma once

#include <assay/strategy.h>

#include <functional>
#include <optional>
#include <vector>

#include "pipeline/serving.h"
#include "task/fit_record.h"
#include "task/task.h"

namespace assay::pipeline {

/// Metrics of lists, each the mean over requests that have a value; the primary one comes first,
/// and is what `FitContext::validate()` returns. Given by the worker, which has metrics.
/// @param lists  [B] best first, as the stage serves them
/// @param truth  relevant items of each request
using ValidationMetrics =
    std::function<std::vector<task::FitValue>(const CandidateBatch& lists, const Ragged& truth)>;

/// Serves a fixed sample of the validation window with the instance that is being fitted.
class Validation {
 public:
  /// All of them outlive this. @param metrics  may be empty where nobody validates
  Validation(const task::FitTask& task, StrategyStore& store, const ValidationMetrics& metrics)
      : task_(task), store_(store), metrics_(metrics) {}

  /// Throws StageFailure where the split leaves no validation request.
  std::vector<task::FitValue> operator()(const Strategy& strategy, const Inputs& inputs);

 private:
  std::vector<int64_t> sample(int64_t size) const;
  void prepare();
  CandidateBatch serve(const Strategy& strategy, const Inputs& inputs) const;

  const task::FitTask& task_;
  StrategyStore& store_;
  const ValidationMetrics& metrics_;
  std::optional<RequestBatch> requests_;
  Ragged truth_;
  CandidateBatch candidates_;
};

}  // namespace assay::pipeline
