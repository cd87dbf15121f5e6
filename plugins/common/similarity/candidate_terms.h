#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// Explanations of rerankers: what the items above take from a candidate.

#include <ATen/core/Tensor.h>
#include <assay/batch.h>
#include <assay/strategy.h>

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace assay::extra {

/// Collects what a candidate had at its place, and what other candidates took from it.
class CandidateTerms {
 public:
  /// One request's candidates, on the CPU.
  struct List {
    int64_t first;                   ///< the place of the first in the flattened [B * K]
    std::span<const int64_t> items;  ///< in rank order, without padding
    std::span<const double> worth;   ///< of each of them
  };

  explicit CandidateTerms(const CandidateBatch& candidates);

  /// @param worth  float64 [B, K], on any device
  void each_list(const at::Tensor& worth, const std::function<void(const List&)>& body) const;

  /// What the candidate at `place` of the list has before any other takes from it.
  void base(const List& list, int64_t place, double value) {
    base_[list.first + place] = static_cast<float>(value);
  }
  /// What the candidate at `other` takes from (or gives to) the one at `place`; nothing where it is
  /// 0.
  void add(const List& list, int64_t place, int64_t other, double weight);

  /// On the candidates' device.
  Explanation explanation() const;

 private:
  at::Tensor items_;  // int64 [B, K], on the CPU
  at::Device device_;
  std::vector<float> base_;
  std::vector<int64_t> row_, other_;
  std::vector<float> weight_;
};

}  // namespace assay::extra
