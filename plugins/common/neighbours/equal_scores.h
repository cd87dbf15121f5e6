#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// Requests whose scores say nothing, since they are all the same.

#include <assay/batch.h>
#include <assay/extra/interactions/ragged_spans.h>

#include <cstdint>
#include <optional>
#include <span>

namespace assay::extra {

/// Tells where the order of items would be arbitrary: such a request gets no candidates.
class EqualScores {
 public:
  /// @param requests  what they exclude and allow
  explicit EqualScores(const RequestBatch& requests) : excluded_(requests.excluded) {
    if (requests.allowed) allowed_.emplace(*requests.allowed);
  }

  /// Whether all items that may be served have one score. A single item says something where its
  /// score is not 0.
  /// @param items  N
  /// @param score  from an item to its score in that request; asked until two differ
  template <typename Score>
  bool operator()(int64_t row, int64_t items, const Score& score) const {
    Seen seen;
    const std::span<const int64_t> excluded = excluded_[row];
    size_t next = 0;  // in `excluded`, which ascends as the items do
    const auto look = [&](int64_t item) {
      while (next < excluded.size() && excluded[next] < item) ++next;
      if (next == excluded.size() || excluded[next] != item) seen.add(score(item));
      return !seen.differ;
    };
    if (allowed_) {
      for (const int64_t item : (*allowed_)[row])
        if (!look(item)) return false;
    } else {
      for (int64_t item = 0; item < items; ++item)
        if (!look(item)) return false;
    }
    return seen.count != 1 || seen.first == 0;
  }

 private:
  struct Seen {
    int64_t count = 0;
    double first = 0;
    bool differ = false;

    void add(double score) {
      if (count++ == 0) first = score;
      differ = score != first;
    }
  };

  RaggedSpans excluded_;
  std::optional<RaggedSpans> allowed_;
};

}  // namespace assay::extra
