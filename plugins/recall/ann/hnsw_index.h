#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace assay::ann {

struct IndexSettings {
  int64_t links = 16;             ///< M: edges that an item gets on each layer, twice that below
  int64_t ef_construction = 200;  ///< items that are looked at to find them
};

/// A graph of items by inner product (Malkov & Yashunin 2020, hnswlib), which finds most of those
/// with the largest products with a query.
///
/// Items are added one after the other by rising length, on one thread and with a fixed seed: the
/// same graph every time. The order is what makes inner products of vectors of unequal length work:
/// edges lead to what is longer, and the longest, which many queries want, are reached from
/// everywhere. By id or shuffled, a third of the neighbours of factor models are never found, however
/// large ef is.
///
/// Items whose vector is 0 are left out: they are all alike, and many of them cut the graph.
class HnswIndex {
 public:
  /// @param vectors  float32 [N, D], contiguous, on the CPU, finite
  /// @param stop     asked now and then with how many items are in; true ends it
  /// @return nothing where it was stopped, or where all vectors are 0
  static std::optional<HnswIndex> build(const at::Tensor& vectors, const IndexSettings& settings,
                                        const std::function<bool(int64_t)>& stop);

  /// From what bytes() gave.
  /// @param items, width  N and D of the vectors; throws std::runtime_error where the bytes are
  ///                      of others, or no such graph
  static HnswIndex load(const at::Tensor& bytes, int64_t items, int64_t width);
  /// hnswlib's file, uint8 [bytes]. It knows neither the metric nor ef.
  at::Tensor bytes() const;

  HnswIndex(HnswIndex&&) noexcept;
  HnswIndex& operator=(HnswIndex&&) noexcept;
  ~HnswIndex();

  /// Items in the graph.
  int64_t size() const;

  /// Items with large products with the query, in no order, at most `ef`. May be called from several
  /// threads.
  /// @param query  float32 [D]
  /// @param ef     items that are kept while searching: more find more of the largest, in
  ///               proportionally more time
  void search(const float* query, int64_t ef, std::vector<int64_t>& items) const;

 private:
  class Graph;
  explicit HnswIndex(std::unique_ptr<Graph> graph);

  std::unique_ptr<Graph> graph_;
};

}  // namespace assay::ann
