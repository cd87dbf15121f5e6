#pragma once

#include <assay/batch.h>
#include <assay/context.h>
#include <assay/extra/interactions/pair_weights.h>
#include <assay/extra/interactions/ragged_spans.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "tall_matrix.h"

namespace assay::gf_cf {

/// The positive pairs as R~ = D_U^-1/2 X D_I^-1/2, where X holds what each pair counts and the
/// diagonal matrices D its sums by user and by item. On the CPU.
class NormalisedPairs {
 public:
  NormalisedPairs(const Ragged& by_user, const Ragged& by_item, extra::PairWeights weights);

  int64_t items() const { return by_item_.size(); }
  int64_t users() const { return by_user_.size(); }
  /// 1 / sqrt(degree) and sqrt(degree) of an item; 0 where nobody was positive about it.
  double inverse_root(int64_t item) const { return item_scale_[item]; }
  double root(int64_t item) const { return item_root_[item]; }
  const std::vector<double>& roots() const { return item_root_; }

  /// to := R~'R~ from, of blocks with a row for each item.
  void apply(const Block& from, Block& to) const;

  /// The entry of R~'R~ between two items.
  double between(int64_t item, int64_t other) const;

  /// Adds R~'R~ x for one request after the other.
  class Sum {
   public:
    explicit Sum(const NormalisedPairs& pairs)
        : pairs_(pairs), reached_(static_cast<size_t>(pairs.users()), 0) {}
    /// @param history  items and what they count
    /// @param scores   [N], of 0
    void add(std::span<const int64_t> history, const extra::WeightedSpans& counts, int64_t row,
             double* scores);

   private:
    const NormalisedPairs& pairs_;
    std::vector<double> reached_;  // [U], all 0 between calls
    std::vector<int64_t> users_;
  };

  void save(Archive& archive) const;
  static NormalisedPairs load(const Archive& archive);

 private:
  Ragged users_rows_, items_rows_;
  extra::PairWeights weights_;
  extra::WeightedSpans by_user_, by_item_;
  std::vector<double> user_scale_, item_scale_, item_root_;
};

}  // namespace assay::gf_cf
