#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// How much a positive pair and an item of a history count: repeats, and weights of event types.

#include <ATen/core/Tensor.h>
#include <assay/batch.h>

#include <optional>

namespace assay::extra {

/// What each positive pair counts, x_ui. With Repeats::each an event counts each time, so a pair
/// counts the sum of the weights of its events (`learn_from`), or their number where events have no
/// weights. With Repeats::once what a user did is a set: a pair counts as its strongest event, the
/// one with the largest weight, or 1.
///
/// Absent where every pair counts 1. On the CPU.
struct PairWeights {
  std::optional<at::Tensor> by_user;  ///< float32, beside data.by_user.values
  std::optional<at::Tensor> by_item;  ///< float32, beside data.by_item.values
};

PairWeights pair_weights(const TrainingView& data, Repeats repeats);

/// float64 [N], on the CPU: the sum of x_ui over the users of each item. With Repeats::once and
/// without weights it is how many users were positive about it.
at::Tensor item_totals(const TrainingView& data, Repeats repeats);

/// A history as a model that sums over it counts it: each item once, where it stands first, with the
/// weight that pair_weights() would give it. Places of weight 0 (events of types that the stage does
/// not learn from) are left out. Without times and types; `weight` is absent where all are 1.
History counted_history(const History& history, Repeats repeats);

/// The same requests with counted histories.
RequestBatch counted_requests(const RequestBatch& requests, Repeats repeats);

/// float64 [B]: how much the items of each history count together; their number without weights.
at::Tensor history_totals(const History& history);

/// Throws InvalidInput where events have weights other than 0 and 1, for strategies to which a
/// weight means nothing.
/// @param who  the strategy
/// @param why  what it looks at instead, for the message: "orders items by time"
void expect_no_weights(const EventSlice& events, const char* who, const char* why);

}  // namespace assay::extra
