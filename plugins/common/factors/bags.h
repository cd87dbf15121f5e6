#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// Weighted sums of rows of a table, and what a gradient of the sums is for the rows.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace assay::extra {

/// Bags of rows with a weight each: the mean of a history, the categories of an item. A bag may be
/// empty, and hold a row twice.
struct Bags {
  std::vector<int64_t> offsets = {0};  ///< [bags + 1]
  std::vector<int64_t> rows;           ///< of a table
  std::vector<float> weights;          ///< beside them

  int64_t size() const { return static_cast<int64_t>(offsets.size()) - 1; }
  void add(int64_t row, float weight) {
    rows.push_back(row);
    weights.push_back(weight);
  }
  /// Ends a bag; what is added next belongs to another one.
  void close() { offsets.push_back(static_cast<int64_t>(rows.size())); }

  /// A bag for each row of the table, of the bags that hold it: the sums of a gradient of sums() are
  /// the gradient of the table.
  Bags transposed(int64_t table) const;

  /// float32 [bags, D]: the sum of weight * row, added in the order of the bag, so that it has the
  /// same bits beside any other bags and with any number of threads. On the table's device.
  /// @param table  float32 [R, D]
  at::Tensor sums(const at::Tensor& table) const;
};

}  // namespace assay::extra
