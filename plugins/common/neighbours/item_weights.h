#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// Sparse weights from items of the history to items: scores, explanations, save and load.

#include <ATen/core/Tensor.h>
#include <assay/batch.h>
#include <assay/context.h>
#include <assay/extra/neighbours/nearest_neighbours.h>
#include <assay/extra/neighbours/rounding.h>
#include <assay/strategy.h>

#include <cstdint>
#include <utility>
#include <vector>

namespace assay::extra {

/// A sparse matrix of weights from item to item, for models that score by history:
/// score(request, item) = sum of x(past) weight(past, item) over the items `past` of the request's
/// history, where x is `history.weight`, 1 without. Places of an item that stands there several
/// times all count: counted_requests() says how often they should.
struct ItemWeights {
  at::Tensor offsets;  ///< int64 [N + 1]: the weights of past item p are at offsets[p] .. offsets[p
                       ///< + 1] - 1
  at::Tensor target;   ///< int32 [nnz], the items that they speak for, in no order
  at::Tensor weight;   ///< float64 [nnz]

  int64_t items() const { return offsets.size(0) - 1; }

  /// The same weights stored by target: row t of the result holds what row p of this one holds at
  /// t. CPU only.
  ItemWeights transposed() const;

  /// Scores of the whole catalogue, float64 [B, N], rounded; 0 where nothing in the history speaks
  /// for an item. A request is summed in the order of its history, so its scores do not depend on
  /// the batch it is in.
  at::Tensor scores(const RequestBatch& requests, const Rounding& round) const;

  /// The best `k` of them. Items of score 0 are candidates too, the smallest ids first, but for a
  /// request of which nothing is known (known_top_k_in_tiles), whose list is empty.
  CandidateBatch recall(const RequestBatch& requests, int64_t k, const Rounding& round) const;

  /// The weights that make up the scores of `candidates`.
  Explanation explain(const RequestBatch& requests, const CandidateBatch& candidates) const;

  void save(Archive& archive) const;
  static ItemWeights load(const Archive& archive, const at::Device& device);
};

/// Weights that are found row by row, from several threads. Rows that are never set are empty.
class ItemWeightRows {
 public:
  explicit ItemWeightRows(int64_t items) : rows_(static_cast<size_t>(items)) {}
  /// The weights of a row, `similarity` of each; by one thread, once.
  void set(int64_t row, const std::vector<Neighbour>& weights);
  /// The rows in one block of memory, on the CPU; this is empty afterwards.
  ItemWeights take();

 private:
  std::vector<std::vector<std::pair<int32_t, double>>> rows_;
};

}  // namespace assay::extra
