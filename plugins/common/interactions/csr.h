#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// Sparse matrices in compressed rows, and their transposition.

#include <cstdint>
#include <span>
#include <vector>

namespace assay::extra {

/// A sparse matrix in compressed rows: row r has the entries offsets[r] .. offsets[r + 1] - 1.
template <typename Column, typename Value>
struct CsrView {
  std::span<const int64_t> offsets;  ///< [rows + 1]
  std::span<const Column> columns;   ///< [entries], in 0 .. columns of the matrix - 1
  std::span<const Value> values;     ///< [entries]
};

/// Where a transposed matrix goes. Its rows are the columns of the other one.
template <typename Column, typename Value>
struct CsrSpace {
  std::span<int64_t> offsets;  ///< [columns of the other + 1], all 0
  std::span<Column> columns;   ///< [entries]
  std::span<Value> values;     ///< [entries]
};

/// Transposes a sparse matrix. The columns of each row of the result ascend.
template <typename Column, typename Value>
void transpose(const CsrView<Column, Value>& from, const CsrSpace<Column, Value>& to) {
  for (const Column column : from.columns) ++to.offsets[column + 1];
  const size_t rows = to.offsets.size() - 1;
  for (size_t row = 0; row < rows; ++row) to.offsets[row + 1] += to.offsets[row];
  std::vector<int64_t> next(to.offsets.begin(), to.offsets.end() - 1);
  for (size_t row = 0; row + 1 < from.offsets.size(); ++row) {
    for (int64_t at = from.offsets[row]; at < from.offsets[row + 1]; ++at) {
      const int64_t place = next[from.columns[at]]++;
      to.columns[place] = static_cast<Column>(row);
      to.values[place] = from.values[at];
    }
  }
}

}  // namespace assay::extra
