#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

/// Products of matrices with many rows and few columns, on all threads with the same bits as on one:
/// sums over rows run within fixed blocks of rows, and the blocks are added up in their order.
namespace assay::gf_cf {

/// Columns of the blocks by which a basis grows. A multiple of the lanes.
inline constexpr int64_t kBlock = 16;

/// A matrix of `rows` x `width` in rows of `stride` numbers; columns from `width` on are room.
struct TallMatrix {
  TallMatrix(int64_t row_count, int64_t columns)
      : rows(row_count), stride(columns), values(static_cast<size_t>(row_count * columns)) {}
  double* row(int64_t r) { return values.data() + r * stride; }
  const double* row(int64_t r) const { return values.data() + r * stride; }

  int64_t rows;
  int64_t stride;
  int64_t width = 0;
  std::vector<double> values;
};

/// A block of kBlock columns, of which the first `width` are used and the others 0.
struct Block : TallMatrix {
  explicit Block(int64_t row_count) : TallMatrix(row_count, kBlock) {}
};

/// basis' block: [basis.width, kBlock].
std::vector<double> cross(const TallMatrix& basis, const Block& block);

/// block -= basis * factors, with factors [basis.width, kBlock].
void subtract(const TallMatrix& basis, const std::vector<double>& factors, Block& block);

/// Appends the used columns of the block.
void append(const Block& block, TallMatrix& basis);

/// Replaces the basis by basis * factors', with factors [count, basis.width] row by row.
void combine(const double* factors, int64_t count, TallMatrix& basis);

/// Makes the columns of a block orthonormal and drops those that depend on the ones before them, by
/// Cholesky factors of block' block, twice (Yamamoto et al. 2015, CholeskyQR2).
void orthonormalise(Block& block);

}  // namespace assay::gf_cf
