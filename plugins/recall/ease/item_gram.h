#pragma once

#include <ATen/core/Tensor.h>
#include <assay/batch.h>
#include <assay/extra/interactions/pair_weights.h>

#include <cstdint>
#include <span>
#include <vector>

namespace assay::ease {

/// What is known of items beside who was positive about them, as rows of ones beneath the matrix of
/// users: one row a category.
struct SideInformation {
  std::vector<const Feature*> features;  ///< of items, of type category or set
  double weight = 1;                     ///< what a one counts beside that of a user
};

/// The items of which there is something to learn, in ascending order: those with a positive pair or
/// with a category of the side information. Rows and columns of all others are 0 in the Gram
/// matrix, so that the weights between them and anything are exactly 0.
std::vector<int64_t> known_items(const TrainingView& data, const SideInformation& side);

/// XᵀX + weight² F Fᵀ + lambda I over the given items, where F is 1 where an item has a category.
/// @param items   ascending
/// @param dtype   at::kFloat or at::kDouble
/// @return [items, items] on the CPU, made in its own memory
at::Tensor item_gram(const TrainingView& data, const extra::PairWeights& pairs,
                     const SideInformation& side, std::span<const int64_t> items, double lambda,
                     at::ScalarType dtype);

}  // namespace assay::ease
