#pragma once

#include <assay/strategy.h>

#include <functional>
#include <optional>
#include <vector>

#include "pipeline/serving.h"
#include "task/fit_record.h"
#include "task/task.h"

namespace assay::pipeline {

/// Metrics of lists, given by the worker, which has metrics.
struct ValidationMetrics {
  /// Of lists [B], best first, as the stage serves them, and the relevant items of each request.
  /// Each is the mean over requests that have a value; the primary one comes first, and is what
  /// `FitContext::validate()` returns. Empty where nobody validates.
  std::function<std::vector<task::FitValue>(const CandidateBatch& lists, const Ragged& truth)> of =
      {};
  bool lower_is_better = false;  ///< the primary one
};

/// Serves a fixed sample of the validation window with the instance that is being fitted.
class Validation {
 public:
  /// All of them outlive this.
  Validation(const task::FitTask& task, StrategyStore& store, const ValidationMetrics& metrics)
      : task_(task), store_(store), metrics_(metrics) {}

  bool lower_is_better() const { return metrics_.lower_is_better; }
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
