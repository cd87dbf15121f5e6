#pragma once

#include <ATen/core/Tensor.h>
#include <assay/abi.h>
#include <assay/batch.h>

#include <cstdint>
#include <vector>

namespace assay::light_gcn {

/// The graph of users and items whose edges are the positive pairs, as its normalised adjacency
/// matrix A (He et al. 2020, equation 7): 1 / sqrt(n_u n_i) for each pair, in both directions.
///
/// Nodes are the users, then the items. A is symmetric. All on the CPU, the same bits with any
/// number of threads: a row is summed by one thread, along its edges.
class Graph {
 public:
  explicit Graph(const TrainingView& data);

  int64_t nodes() const { return static_cast<int64_t>(offsets_.size()) - 1; }
  int64_t edges() const { return static_cast<int64_t>(neighbours_.size()) / 2; }

  /// The mean of table, A table, ..., A^layers table (equation 8). Because A is symmetric this takes
  /// a gradient with regard to its result back to one with regard to `table` as well.
  /// @param table  float32 [nodes, D], contiguous
  /// @return float32 [nodes, D], fresh
  at::Tensor propagated(const at::Tensor& table, int64_t layers) const;

  /// Bytes of the graph.
  static int64_t bytes(const DataSizes& sizes);

 private:
  void times(const float* from, float* to, int64_t width) const;

  std::vector<int64_t> offsets_;     // [nodes + 1]
  std::vector<int32_t> neighbours_;  // [2 * pairs]
  std::vector<float> weight_;        // [2 * pairs]
};

}  // namespace assay::light_gcn
