#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// Positive pairs in blocks that can be learnt from at once, for stochastic gradient descent.

#include <assay/batch.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace assay::extra {

/// A positive pair.
struct Pair {
  int32_t user;
  int32_t item;
  float weight;  ///< what it counts, 1 without weights
};

/// The positive pairs of a window, dealt anew in every epoch into blocks such that blocks of one
/// round share neither a user nor an item (Gemulla, Nijkamp, Haas & Sismanis 2011, Large-Scale
/// Matrix Factorization with Distributed Stochastic Gradient Descent). A step that touches rows of
/// a block's users and items alone needs no lock, and the result is the same with any number of
/// threads. The rows of a block stay in cache while it lasts.
///
/// In each epoch users and items are put into strata at random, so that any two items meet in a
/// stratum again and again.
class PairBlocks {
 public:
  /// What a step may touch.
  struct Block {
    std::span<const Pair> pairs;     ///< each once, in random order
    std::span<const int32_t> items;  ///< of its stratum: all of the catalogue over the strata
    std::span<const Pair> stratum;   ///< all pairs of those items, of any user: a pair of it at
                                     ///< random is an item by its popularity
    uint64_t seed;                   ///< of its own, for SplitMix
  };

  /// @param weights  float32, beside data.by_user.values; absent: 1
  PairBlocks(const TrainingView& data, const std::optional<at::Tensor>& weights, uint64_t seed);

  int64_t pairs() const { return static_cast<int64_t>(pairs_.size()); }

  /// Calls `body` for every block of the epoch, those of a round on several threads at once. The
  /// same epoch gives the same blocks. Returns the sum of what `body` returned, added in one order.
  double epoch(int64_t number, const std::function<double(const Block&)>& body);

 private:
  void deal(int64_t epoch);
  std::vector<uint16_t> strata_of(int64_t rows, uint64_t stream, int64_t epoch) const;
  Block block(int64_t user_stratum, int64_t item_stratum, int64_t epoch);

  int64_t users_, items_, strata_;
  uint64_t seed_;
  std::vector<Pair> pairs_;             // by user, as they came
  std::vector<Pair> dealt_;             // by item stratum, then user stratum
  std::vector<int64_t> begin_;          // [strata * strata + 1], of blocks in dealt_
  std::vector<int32_t> stratum_items_;  // by stratum
  std::vector<int64_t> items_begin_;    // [strata + 1]
};

}  // namespace assay::extra
