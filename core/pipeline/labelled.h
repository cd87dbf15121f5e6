#pragma once

#include <assay/batch.h>

#include <vector>

#include "pipeline/serving.h"

namespace assay::pipeline {

/// Labelled candidates held in memory: what the steps before a learning stage made of the requests
/// of its windows.
class LabelledPool : public LabelledCandidates {
 public:
  /// No batches: for stages that do not learn from candidates.
  explicit LabelledPool(std::vector<std::string> targets = {}) : targets_(std::move(targets)) {}

  void add(LabelledBatch batch) { batches_.push_back(std::move(batch)); }
  void set_sources(std::vector<std::string> sources) { sources_ = std::move(sources); }

  void rewind() override { next_ = 0; }
  std::optional<LabelledBatch> next() override;
  const std::vector<std::string>& targets() const override { return targets_; }
  const std::vector<std::string>& sources() const override { return sources_; }
  int64_t requests() const override;

 private:
  std::vector<LabelledBatch> batches_;
  std::vector<std::string> targets_;
  std::vector<std::string> sources_;
  size_t next_ = 0;
};

/// Runs `graph` over the requests of `windows` (of the users in `share`) and labels what its last
/// node brings: 1 where the target holds in that window, 0 for every other candidate, NaN where the
/// target's column is missing. Where candidates are logged rows the label is what the log says, and
/// candidates have their propensity. Requests, and the features of candidates, are as `stage` sees them, the learning one. Throws the failure of a step, as the stages above a learning stage
/// must work for it to learn.
LabelledPool label_candidates(ServingGraph& graph, const std::vector<task::Window>& windows,
                              const DataView::UserShare& share, const task::StageSpec& stage = {});

}  // namespace assay::pipeline
