#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// Sums over a history that touch a small part of the catalogue.

#include <bit>
#include <cstdint>
#include <span>
#include <vector>

namespace assay::extra {

/// Scores of a request, of which those that something was added to are remembered. Room for one
/// request at a time; take() leaves it empty for the next.
class TouchedScores {
 public:
  /// @param items  N
  explicit TouchedScores(int64_t items)
      : score_(static_cast<size_t>(items)), touched_(static_cast<size_t>(items + 63) / 64) {}

  void add(int32_t item, double value) {
    const auto id = static_cast<uint32_t>(item);
    score_[id] += value;
    touched_[id / 64] |= uint64_t{1} << (id % 64);
  }

  /// The items that were touched, ascending, and what was added to each, in the order of the
  /// additions.
  void take(std::vector<int32_t>& items, std::vector<double>& scores) {
    items.clear();
    scores.clear();
    for (size_t word = 0; word < touched_.size(); ++word) {
      for (uint64_t left = touched_[word]; left != 0; left &= left - 1) {
        const size_t id = word * 64 + static_cast<size_t>(std::countr_zero(left));
        items.push_back(static_cast<int32_t>(id));
        scores.push_back(score_[id]);
        score_[id] = 0;
      }
      touched_[word] = 0;
    }
  }

 private:
  std::vector<double> score_;
  std::vector<uint64_t> touched_;
};

}  // namespace assay::extra
