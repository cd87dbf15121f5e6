#pragma once

#include <ATen/core/Tensor.h>
#include <assay/batch.h>
#include <assay/context.h>
#include <assay/strategy.h>

#include <cstdint>
#include <optional>
#include <string>

namespace assay::ann {

/// The item vectors of a strategy, float32 [N, D], contiguous, on the CPU.
/// @param items  N, where it is known
/// Throws InvalidInput where it has none, where there is not one for each item, and where one is not
/// finite.
at::Tensor checked_items(const Strategy& model, std::optional<int64_t> items);

/// The vectors of requests, the same way.
/// @param found     what the model gave for so many requests
/// @param items     whose width they must have
at::Tensor checked_queries(const at::Tensor& found, int64_t requests, const at::Tensor& items);

/// A hash of width and values, as 16 digits.
std::string fingerprint(const at::Tensor& vectors);

/// The given requests (int64 [R]), without context.
RequestBatch selected(const RequestBatch& requests, const at::Tensor& rows);

/// Requests of at most `count` users with positives, evenly spread, at the end of the window: their
/// history is what they were positive about, which they are not to be served.
RequestBatch sample_of_users(const TrainingView& data, int64_t count);

/// The share of the exact lists that the other ones hold, in [0, 1]: an item counts where its score
/// is as high as the last one's of the exact list, so that ties do not matter. 1 where all are empty.
double shared(const CandidateBatch& found, const CandidateBatch& exact);

}  // namespace assay::ann
