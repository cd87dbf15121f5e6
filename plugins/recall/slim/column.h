#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "residuals.h"

namespace assay::slim {

struct ColumnSettings {
  double l1 = 1;
  double l2 = 10;
  double tolerance = 1e-4;  ///< done when no weight changes by more in a sweep over all candidates
  int64_t sweeps = 100;     ///< done after so many in any case
};

/// Learns one column after the other.
template <typename Residuals>
class Column {
 public:
  Column(const ColumnSettings& settings, const Pairs& pairs, Residuals residuals)
      : settings_(settings), pairs_(pairs), residuals_(std::move(residuals)) {}

  /// False where `sweeps` did not do.
  bool learn(int32_t column, std::span<const int32_t> candidates) {
    candidates_ = candidates;
    weights_.assign(candidates.size(), 0);
    had_weight_.assign(candidates.size(), false);
    residuals_.begin(column, candidates);
    const bool done = descend();
    residuals_.clear(column);
    for (size_t n = 0; n < candidates.size(); ++n) {
      if (had_weight_[n]) residuals_.clear(candidates[n]);
    }
    return done;
  }
  /// Beside the candidates.
  std::span<const double> weights() const { return weights_; }

 private:
  bool descend() {
    bool whole = true;
    for (int64_t sweep = 0; sweep < settings_.sweeps; ++sweep) {
      double largest = 0;
      for (size_t n = 0; n < candidates_.size(); ++n) {
        if (whole || weights_[n] > 0) largest = std::max(largest, step(n));
      }
      const bool still = largest <= settings_.tolerance;
      if (still && whole) return true;
      whole = still;
    }
    return false;
  }

  // Sets the best weight of one candidate; returns how much it changed.
  double step(size_t n) {
    const int32_t item = candidates_[n];
    const double square = pairs_.squares[item];
    const double alone = residuals_.product(item, n) + square * weights_[n];
    const double best = std::max(0.0, (alone - settings_.l1) / (square + settings_.l2));
    const double change = best - weights_[n];
    if (change == 0) return 0;
    residuals_.add(item, change);
    weights_[n] = best;
    had_weight_[n] = true;
    return std::abs(change);
  }

  const ColumnSettings& settings_;
  const Pairs& pairs_;
  Residuals residuals_;
  std::span<const int32_t> candidates_;
  std::vector<double> weights_;
  std::vector<bool> had_weight_;
};

}  // namespace assay::slim
