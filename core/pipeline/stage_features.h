#pragma once

#include <assay/batch.h>

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "features/candidate_features.h"
#include "pipeline/data_view.h"
#include "task/task.h"

namespace assay::pipeline {

/// What the host computes for the candidates of the stages that ask for it. The log is indexed once,
/// for the first of them. Threads that serve share it.
class StageFeatures {
 public:
  explicit StageFeatures(dataset::PreparedData data) : data_(std::move(data)) {}

  /// Throws UserError where the data lack what is asked for.
  std::shared_ptr<const features::CandidateFeatures> of(
      const std::shared_ptr<const task::FeatureSetSpec>& spec);

 private:
  std::shared_ptr<const features::LogIndex> log();

  dataset::PreparedData data_;
  std::mutex mutex_;
  std::optional<Features> tables_;  // on the CPU
  std::shared_ptr<const features::LogIndex> log_;
  std::map<std::string, std::shared_ptr<const features::CandidateFeatures>> by_identity_;
  // What is held here cannot be another one at the same address.
  std::map<std::shared_ptr<const task::FeatureSetSpec>,
           std::shared_ptr<const features::CandidateFeatures>>
      by_spec_;
};

/// The candidates as a stage is given them: with the features that it asks for, on the device of
/// `given`, beside those of logged rows that `given` has.
/// Throws StageFailure where both have a column of one name.
CandidateBatch with_stage_features(const DataView& data, const task::StageSpec& stage,
                                   const RequestBatch& requests, const CandidateBatch& given);

}  // namespace assay::pipeline
