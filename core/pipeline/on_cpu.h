#pragma once

#include <assay/params.h>
#include <assay/strategy.h>

#include <memory>

namespace assay::pipeline {

/// The same with every tensor on `device`; where it lies there already, nothing is copied.
FeatureTable moved(const FeatureTable& table, const at::Device& device);
RequestBatch moved(const RequestBatch& batch, const at::Device& device);
CandidateBatch moved(const CandidateBatch& batch, const at::Device& device);
LabelledBatch moved(const LabelledBatch& batch, const at::Device& device);
EventSlice moved(const EventSlice& events, const at::Device& device);
Explanation moved(const Explanation& why, const at::Device& device);
/// @param features  what the moved view points at; on `device`
TrainingView moved(const TrainingView& view, const at::Device& device, const Features& features);

/// What a strategy of the trait `cpu_only` is given, and what its callers expect of it.
struct CpuOnly {
  at::Device inner = at::Device(at::kCPU);  ///< where the strategy works
  at::Device outer = at::Device(at::kCPU);  ///< where batches come from and lists are expected
  const Features* features = nullptr;       ///< on `inner`
};

/// A strategy that hands each call on to `strategy`, with what it is given moved to the inner
/// device and what it answers moved back: for the others it is one of theirs. What it is loaded and
/// fitted with (LoadContext, FitContext, inputs) is on the inner device already.
std::unique_ptr<Strategy> on_cpu(std::unique_ptr<Strategy> strategy, PluginKind kind,
                                 const CpuOnly& where);

}  // namespace assay::pipeline
