#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// The positives of users as weighted bags, in batches: what autoencoders learn from.

#include <assay/batch.h>
#include <assay/extra/factors/bags.h>
#include <assay/extra/interactions/ragged_spans.h>
#include <assay/extra/sampling/split_mix.h>

#include <cstdint>
#include <vector>

namespace assay::extra {

/// A bag a user, of users with a positive of a weight above 0, in an order of their own in each pass.
class UserBags {
 public:
  /// @param repeats  pair_weights.h says what a pair counts
  UserBags(const TrainingView& data, Repeats repeats, int64_t batch_size, uint64_t seed);

  int64_t users() const { return static_cast<int64_t>(users_.size()); }
  int64_t batches() const { return (users() + batch_size_ - 1) / batch_size_; }
  /// Shuffles; the same number gives the same order.
  void start(int64_t pass);
  Bags batch(int64_t number) const;
  /// [N], is in a bag.
  const std::vector<bool>& items() const { return items_; }

 private:
  int64_t batch_size_;
  uint64_t seed_;
  WeightedSpans pairs_;
  std::vector<int64_t> users_;
  std::vector<int64_t> order_;  // of users_
  std::vector<bool> items_;
};

/// Histories as bags, with the weights that training gives to its pairs, of the items for which
/// `known` [N] is set.
Bags history_bags(const History& history, Repeats repeats, const std::vector<bool>& known);

/// Bags scaled to length 1. With `dropout` each entry is left out with that probability, and the
/// others are scaled by 1 / (1 - dropout).
/// @param random  draws a number an entry; not used where dropout is 0
Bags unit_length(const Bags& bags, double dropout, SplitMix& random);
Bags unit_length(const Bags& bags);

}  // namespace assay::extra
