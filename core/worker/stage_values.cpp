#include "worker/stage_values.h"

#include <algorithm>
#include <functional>
#include <limits>

#include "error/error.h"
#include "task/stage_metrics.h"

namespace assay::worker {
namespace {

bool is_of_sources(const task::MetricAt& metric) {
  return metric.definition.starts_with("source_");
}

// part / whole, request by request; no value where the whole is 0.
std::vector<float> shares(std::span<const int32_t> part, std::span<const int32_t> whole) {
  std::vector<float> out(whole.size(), std::numeric_limits<float>::quiet_NaN());
  for (size_t r = 0; r < whole.size(); ++r) {
    if (whole[r] > 0)
      out[r] = static_cast<float>(static_cast<double>(part[r]) / static_cast<double>(whole[r]));
  }
  return out;
}

std::vector<int32_t> difference(std::span<const int32_t> more, std::span<const int32_t> less) {
  std::vector<int32_t> out(more.size());
  std::ranges::transform(more, less, out.begin(), std::minus<>());
  return out;
}

}  // namespace

StageValues::StageValues(const task::TrialTask& trial, const std::vector<task::MetricAt>& metrics,
                         int64_t serve_size)
    : trial_(trial), metrics_(metrics), serve_size_(serve_size) {
  for (const task::MeasuredStage& stage : trial.stages) {
    if (is_source(stage)) source_nodes_.push_back(stage.node);
    if (stage.name == "recall") merged_node_ = stage.node;
  }
  if (!source_nodes_.empty() && std::ranges::any_of(metrics, is_of_sources))
    sources_.emplace(source_nodes_.size());
}

void StageValues::add(const pipeline::ServedBatch& batch, const Ragged& truth) {
  const auto failed = [&](const task::MeasuredStage& stage) { return !batch.lists[stage.node]; };
  if (!sources_ || std::ranges::any_of(trial_.stages, failed)) return;
  std::vector<at::Tensor> sources;
  for (const int64_t node : source_nodes_) sources.push_back(batch.list(node).item);
  const at::Tensor served = batch.list(trial_.stages.back().node).item.slice(1, 0, serve_size_);
  sources_->add(sources, batch.list(merged_node_).item, served, truth);
}

std::vector<float> StageValues::values(const task::MetricAt& metric,
                                       const task::MeasuredStage& stage, const HitsOf& hits,
                                       std::span<const int32_t> relevant) const {
  if (is_of_sources(metric)) {
    const auto source = std::ranges::find(trial_.stages, stage.name, &task::MeasuredStage::name);
    return sources_->values(metric.definition, static_cast<size_t>(source - trial_.stages.begin()));
  }
  const task::MeasuredStage* before = stage_before(stage, trial_.stages);
  const auto entered = before ? hits(*before) : relevant;
  if (metric.definition == "recall_ceiling") return shares(hits(stage), relevant);
  if (metric.definition == "kept") return shares(hits(stage), entered);
  error::require(metric.definition == "lost", "the group pool is known");
  return shares(difference(entered, hits(stage)), relevant);
}

void StageValues::write(results::PartWriter& part, results::PartWriter::Shard shard,
                        const HitsOf& hits, std::span<const int32_t> relevant) const {
  for (const task::MetricAt& metric : metrics_) {
    for (const task::MeasuredStage* stage : stages_measured(metric, trial_.stages)) {
      part.values(shard, {stage->name, metric.definition, 0},
                  values(metric, *stage, hits, relevant));
    }
  }
}

}  // namespace assay::worker
