#pragma once

#include <assay/batch.h>
#include <assay/extra/interactions/pair_weights.h>
#include <assay/extra/sampling/split_mix.h>

#include <cstdint>
#include <vector>

namespace assay::light_gcn {

/// A user, an item that the user was positive about, and one that the user was not.
struct Triple {
  int64_t user, positive, negative;
};

/// Triples as the authors draw them: a user uniformly among those with a positive, one of their
/// positives, and any other item. Positives of a user are drawn in proportion to what they count
/// (pair_weights.h).
class Triples {
 public:
  Triples(const TrainingView& data, const extra::PairWeights& weights);

  /// How many are an epoch: as many as there are pairs; 0 where no user has both kinds of item.
  int64_t an_epoch() const { return users_.empty() ? 0 : pairs_; }

  /// Fills `batch`; an_epoch() must be above 0.
  void draw(extra::SplitMix& random, std::vector<Triple>& batch) const;

 private:
  int64_t positive_of(int64_t user, extra::SplitMix& random) const;
  bool has(int64_t user, int64_t item) const;

  int64_t items_;
  int64_t pairs_;
  std::vector<int64_t> users_;    // with a positive and without all items
  std::vector<int64_t> offsets_;  // [U + 1]
  std::vector<int32_t> columns_;  // of each user, ascending
  std::vector<double> until_;     // of each user, sums of what the pairs up to it count; empty: 1
};

}  // namespace assay::light_gcn
