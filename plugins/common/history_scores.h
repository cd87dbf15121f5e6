#pragma once

#include <ATen/core/Tensor.h>
#include <assay/batch.h>
#include <assay/kernels.h>
#include <assay/strategy.h>

#include <cmath>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace assay {

/// A value rounded, half to even, to so many decimals. 0 decimals leave it as it is.
///
/// Scores that are equal by mathematics differ in their last bits when their terms are added in
/// another order. Rounding makes them equal again, so that the rule for ties (the smaller id)
/// decides and not the order of summation.
class Rounding {
 public:
  explicit Rounding(int64_t decimals);
  double operator()(double value) const {
    return decimals_ == 0 ? value : std::nearbyint(value * scale_) * unit_;
  }
  void operator()(std::span<double> values) const;
  /// The same on any device, into a fresh tensor.
  at::Tensor operator()(const at::Tensor& values) const;

 private:
  int64_t decimals_;
  double scale_;  // 10^decimals
  double unit_;   // 10^-decimals
};

/// The best items of each request where scoring gives a dense row over the whole catalogue: `score`
/// is called for a few requests at a time, so that their scores stay in cache and B x N numbers
/// never exist.
/// @param items  N
/// @param score  from requests (without `context`) to their scores, float32 or float64 [requests,
/// N]
CandidateBatch top_k_in_tiles(const RequestBatch& requests, int64_t items, int64_t k,
                              const std::function<at::Tensor(const RequestBatch&)>& score);

/// Collects what items of the history add to the scores of candidates.
class HistoryTerms {
 public:
  /// @param row   place in the flattened [B * K] candidates
  /// @param past  the item of the history
  void add(int64_t row, int64_t past, double weight);
  /// The terms on the candidates' device, with base 0.
  Explanation explanation(const CandidateBatch& candidates) const;

 private:
  std::vector<int64_t> row_;
  std::vector<int64_t> past_;
  std::vector<float> weight_;
};

/// Explains scores that are sums over the history: one term for every item of the history that
/// speaks for (or against) a candidate. Terms of weight 0 are left out; the base is 0.
/// @param weight  from an item of the history and a candidate to the term's weight
Explanation explain_by_history(const RequestBatch& requests, const CandidateBatch& candidates,
                               const std::function<double(int64_t, int64_t)>& weight);

}  // namespace assay
