#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// Sequences of users in batches of like length, for models that predict the next item.

#include <ATen/core/Tensor.h>
#include <assay/batch.h>
#include <assay/extra/interactions/ragged_spans.h>
#include <assay/extra/sampling/split_mix.h>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace assay::extra {

/// In place of an item that a model is to tell.
constexpr int64_t kMasked = -2;

/// B sequences, padded at their end to the longest of them, n.
struct SequenceBatch {
  at::Tensor item;  ///< int64 [B, n], -1 pads
  at::Tensor
      position;      ///< int64 [B, n]: the last item of a row stands at `length` - 1, so that what
                     ///< is recent has the same position in every row; -1 pads
  at::Tensor valid;  ///< int64 [T], places of items in the flattened rows
  at::Tensor time = {};  ///< int64 [B, n], microseconds, 0 pads; not defined where not asked for
};

/// int64 [B, n]: the times of the items of a batch.
/// @param times   beside the values of `sequences`
/// @param rows    those of the batch
/// @param skipped  latest items of each sequence that the batch does not show
at::Tensor times_of(const SequenceBatch& batch, const RaggedSpans& sequences,
                    const RaggedSpans& times, const std::vector<int64_t>& rows,
                    int64_t skipped = 0);

/// Sequences as one batch. Of each the latest `length` items are taken.
/// @param width  places of a row, at least the longest sequence; 0: as many as that has
/// @param asked  a masked item follows each sequence, of which `length` - 1 items are taken
SequenceBatch sequence_batch(const RaggedSpans& sequences, const std::vector<int64_t>& rows,
                             int64_t length, int64_t width = 0, bool asked = false);

/// What a model is shown and what it is to tell.
struct NextItemBatch {
  SequenceBatch seen;  ///< all but the last item of each sequence; masked: all of it, `valid` only
                       ///< places of masked items
  at::Tensor next;     ///< int64 [T], the item after each valid place; masked: the item there
  at::Tensor row;      ///< int64 [T], the place in `users` of its sequence
  std::vector<int64_t> users;
};

/// The positives of each user in time order, of users with at least two, in an order of their own in
/// each epoch. A batch holds sequences of like length, so that hardly anything is padding: users are
/// shuffled, sorted by length within groups of 32 batches, and the batches shuffled again.
class SequenceBatches {
 public:
  /// @param length  of what is seen: the latest length + 1 items of a sequence are used
  /// @param times   whether batches hold when each item came
  SequenceBatches(const TrainingView& data, int64_t length, int64_t batch_size, uint64_t seed,
                  bool times = false);

  int64_t users() const { return static_cast<int64_t>(users_.size()); }
  int64_t batches() const { return (users() + batch_size_ - 1) / batch_size_; }
  /// Shuffles; the same number gives the same epoch.
  void start(int64_t epoch);
  NextItemBatch batch(int64_t number) const;
  /// The latest `length` items of each sequence, of which a share is masked, at least one. A tenth of
  /// the sequences has the last item masked and no other, as a request has.
  NextItemBatch masked_batch(int64_t number, double share, SplitMix& random) const;
  /// The sequence of a user, oldest first.
  std::span<const int64_t> sequence(int64_t user) const { return sequences_[user]; }

 private:
  std::vector<int64_t> users_of(int64_t number) const;

  int64_t length_, batch_size_;
  uint64_t seed_;
  RaggedSpans sequences_;
  std::optional<RaggedSpans> times_;  // beside them, of the first event of each pair
  std::vector<int64_t> users_;
  std::vector<int64_t> order_;   // of users_
  std::vector<int64_t> starts_;  // of batches in order_, shuffled
};

}  // namespace assay::extra
