#include "pipeline/stage_features.h"

#include <fmt/format.h>

#include "pipeline/feature_tables.h"
#include "pipeline/stage_failure.h"
#include "task/feature_spec.h"

namespace assay::pipeline {
namespace {

void move_to(FeatureTable& table, const at::Device& device) {
  for (Feature& feature : table.columns) {
    if (feature.values.defined()) feature.values = feature.values.to(device);
    if (feature.sets.offsets.defined()) feature.sets = feature.sets.to(device);
  }
}

}  // namespace

std::shared_ptr<const features::LogIndex> StageFeatures::log() {
  if (log_ || !data_.has_times()) return log_;
  features::LogColumns columns{.user = data_.array<int32_t>("event.user"),
                               .item = data_.array<int32_t>("event.item"),
                               .time_us = data_.array<int64_t>("event.time_us"),
                               .positive = {}};
  if (!data_.targets().empty())
    columns.positive = data_.array<uint8_t>("event.target." + data_.targets().front());
  log_ = std::make_shared<features::LogIndex>(columns, data_.users(), data_.items());
  return log_;
}

std::shared_ptr<const features::CandidateFeatures> StageFeatures::of(
    const std::shared_ptr<const task::FeatureSetSpec>& spec) {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<const features::CandidateFeatures>& known = by_spec_[spec];
  if (known) return known;
  auto& same = by_identity_[spec->identity().dump()];
  if (!tables_) tables_ = read_features(data_, at::kCPU);
  if (!same) same = std::make_shared<features::CandidateFeatures>(*spec, *tables_, log());
  return known = same;
}

CandidateBatch with_stage_features(const DataView& data, const task::StageSpec& stage,
                                   const RequestBatch& requests, const CandidateBatch& given) {
  if (!stage.features) return given;
  CandidateBatch out = given;
  FeatureTable computed = (*data.stage_features().of(stage.features))(requests, given);
  move_to(computed, given.item.device());
  for (Feature& feature : computed.columns) {
    if (out.features.find(feature.name) != nullptr) {
      throw StageFailure(task::FailureKind::invalid_input,
                         fmt::format("features.candidate has {}, which is a column of the logged "
                                     "rows too: rename the column",
                                     feature.name));
    }
    out.features.columns.push_back(std::move(feature));
  }
  out.features.rows = computed.rows;
  return out;
}

}  // namespace assay::pipeline
