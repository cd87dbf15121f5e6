#pragma once

#include <array>
#include <cstdint>

#include "ope/block.h"
#include "ope/estimate.h"
#include "ope/read_block.h"

namespace assay::ope {

/// Counts how the policy lies over the log, block by block.
class OverlapCount {
 public:
  explicit OverlapCount(bool histogram) : histogram_(histogram) {}

  /// @param centre  what the block's rewards are less by
  void add(const Block& block, const BlockFacts& facts, double centre);
  /// @param outside  the block's column; empty where the log has none
  template <typename Number>
  void add_outside(std::span<const Number> outside) {
    for (const Number share : outside) outside_ += static_cast<double>(share);
    outside_is_known_ = outside_is_known_ || !outside.empty();
  }

  /// @param weights  of the unchanged weights; null where the log has none
  Overlap overlap(const WeightSummary* weights, int64_t rounds) const;
  /// Whether all propensities are the same, up to the rounding of float.
  bool uniform() const { return most_propensity_ <= least_propensity_ * (1.0 + 1e-6); }

 private:
  void count(const Block& block);
  void weigh(const Block& block, double centre);
  double unrewarded_share() const;

  bool histogram_;
  int64_t unused_ = 0;
  int64_t largest_row_ = 0;
  double largest_ = -1.0, least_propensity_ = 1.0, most_propensity_ = 0.0, outside_ = 0.0;
  bool outside_is_known_ = false;
  int rewarded_bin_ = -1;  ///< of the heaviest round with a reward
  std::array<double, kOverlapBins> weight_{};
  /// By the place of the round modulo four, so that one addition need not wait for the one before.
  std::array<std::array<int64_t, kOverlapBins>, 4> bins_{};
};

}  // namespace assay::ope
