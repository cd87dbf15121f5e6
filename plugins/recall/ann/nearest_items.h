#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "hnsw_index.h"

namespace assay::ann {

/// An item with its product with a query.
struct ScoredItem {
  double score;
  int64_t item;
};

/// Best first; equal ones by id.
inline bool is_before(const ScoredItem& a, const ScoredItem& b) {
  return a.score != b.score ? a.score > b.score : a.item < b.item;
}

/// The inner product of two float vectors in float64, the same bits on every machine: products of
/// floats are exact there, and sums have one order.
double exact_product(const float* a, const float* b, int64_t width);

/// The items with the largest inner products with a query: found by an index, scored exactly. On the
/// CPU.
class NearestItems {
 public:
  NearestItems() = default;
  /// @param vectors  float32 [N, D], contiguous, finite
  /// @param index    of these vectors; without one nothing is ever found()
  NearestItems(at::Tensor vectors, std::optional<HnswIndex> index);

  const at::Tensor& vectors() const { return vectors_; }
  const std::optional<HnswIndex>& index() const { return index_; }
  /// Items whose vector is 0, which are not in the index.
  int64_t zeros() const { return std::ssize(zeros_); }

  /// What is asked of the index for one request.
  struct Wanted {
    int64_t k;
    int64_t ef;                         ///< items kept while searching
    int64_t most;                       ///< of k and excluded items together
    std::span<const int64_t> excluded;  ///< ascending
  };
  /// Memory of a search, to be used again by the same thread.
  struct Space {
    std::vector<int64_t> items;
    std::vector<ScoredItem> scored;
  };
  /// The k best items that are not excluded, or of the whole catalogue what is left, best first.
  /// nullopt where the index cannot give so many and the request must be scored exactly: too much is
  /// excluded, or it finds too few.
  /// @param query  float32 [D], not 0
  std::optional<std::span<const ScoredItem>> find(const float* query, const Wanted& wanted,
                                                  Space& space) const;

  double score(const float* query, int64_t item) const {
    return exact_product(query, rows_ + item * width_, width_);
  }

 private:
  at::Tensor vectors_;
  std::optional<HnswIndex> index_;
  const float* rows_ = nullptr;
  int64_t width_ = 0;
  std::vector<int64_t> zeros_;  // ascending
};

}  // namespace assay::ann
