#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// Positive pairs with a number each, in float64: normalised, damped or weighted by user and item.

#include <assay/batch.h>
#include <assay/extra/interactions/pair_weights.h>

#include <cstdint>
#include <functional>
#include <vector>

namespace assay::extra {

/// A number for each positive pair, on both sides of the matrix.
struct PairValues {
  std::vector<double> by_user;  ///< beside data.by_user.values
  std::vector<double> by_item;  ///< beside data.by_item.values
};

/// How much each user and each item counts in all: sums of x_ui (pair_weights.h), numbers of
/// positive pairs without weights.
struct PairTotals {
  std::vector<double> of_user;  ///< [U]
  std::vector<double> of_item;  ///< [N]
};

PairTotals pair_totals(const TrainingView& data, const PairWeights& weights);

/// From user, item and x_ui, what the pair counts, to a number.
using PairValue = std::function<double(int64_t user, int64_t item, double x)>;

/// `value` of each pair beside data.by_user.values, and beside data.by_item.values.
std::vector<double> values_by_user(const TrainingView& data, const PairWeights& weights,
                                   const PairValue& value);
std::vector<double> values_by_item(const TrainingView& data, const PairWeights& weights,
                                   const PairValue& value);

/// The same value on both sides.
PairValues pair_values(const TrainingView& data, const PairWeights& weights,
                       const PairValue& value);

}  // namespace assay::extra
