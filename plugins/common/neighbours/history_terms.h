#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// Explanations of scores that are sums over the history.

#include <assay/batch.h>
#include <assay/strategy.h>

#include <cstdint>
#include <functional>
#include <vector>

namespace assay::extra {

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
/// speaks for (or against) a candidate, times the weight of its place. Terms of weight 0 are left
/// out; the base is 0. Whoever counts histories (counted_requests) gives the counted ones here too.
/// @param weight  from an item of the history and a candidate to the term's weight
Explanation explain_by_history(const RequestBatch& requests, const CandidateBatch& candidates,
                               const std::function<double(int64_t, int64_t)>& weight);

}  // namespace assay::extra
