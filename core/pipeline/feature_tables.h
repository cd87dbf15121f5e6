#pragma once

#include <ATen/core/Tensor.h>
#include <assay/features.h>

#include "dataset/prepared.h"

namespace assay::pipeline {

/// User and item features of a prepared data set, on `device`. On the CPU they lie over the
/// mapping.
Features read_features(const dataset::PreparedData& data, const at::Device& device);

}  // namespace assay::pipeline
