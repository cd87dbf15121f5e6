#include "tall_matrix.h"

#include <assay/extra/threads/parallel.h>

#include <algorithm>
#include <cmath>

#include "lanes.h"

namespace assay::gf_cf {
namespace {

constexpr int64_t kRows = 1024;  // of a block of rows
constexpr int64_t kParts = kBlock / kLanes;

void for_row_blocks(int64_t rows, const std::function<void(int64_t, int64_t)>& body) {
  extra::parallel_blocks(rows, kRows, body);
}

// to [kBlock] += q[r] * w[r] over four rows, read once.
inline void add_four(const double (&q)[4], const double* const (&w)[4], double* to) {
  for (int64_t part = 0; part < kParts; ++part) {
    Lanes& sum = lanes(to + part * kLanes);
    sum += (q[0] * lanes(w[0] + part * kLanes) + q[1] * lanes(w[1] + part * kLanes)) +
           (q[2] * lanes(w[2] + part * kLanes) + q[3] * lanes(w[3] + part * kLanes));
  }
}

// basis' block over the rows first .. last - 1.
void cross_rows(const TallMatrix& basis, const Block& block, int64_t first, int64_t last,
                double* to) {
  int64_t row = first;
  for (; row + 4 <= last; row += 4) {
    const double* const q[4] = {basis.row(row), basis.row(row + 1), basis.row(row + 2),
                                basis.row(row + 3)};
    const double* const w[4] = {block.row(row), block.row(row + 1), block.row(row + 2),
                                block.row(row + 3)};
    for (int64_t i = 0; i < basis.width; ++i)
      add_four({q[0][i], q[1][i], q[2][i], q[3][i]}, w, to + i * kBlock);
  }
  for (; row < last; ++row) {
    for (int64_t i = 0; i < basis.width; ++i)
      add_scaled(basis.row(row)[i], block.row(row), to + i * kBlock, kBlock);
  }
}

// Cholesky factor R of block' block by rows [kBlock, kBlock], 0 on the diagonal of columns that
// depend on the ones before them.
std::vector<double> cholesky(std::vector<double> gram) {
  constexpr double kDependent = 1e-13;  // of the squared length: what is left is rounding
  std::vector<double> r(kBlock * kBlock, 0);
  for (int64_t j = 0; j < kBlock; ++j) {
    double left = gram[j * kBlock + j];
    for (int64_t k = 0; k < j; ++k) left -= r[k * kBlock + j] * r[k * kBlock + j];
    if (!(left > kDependent * gram[j * kBlock + j]) || gram[j * kBlock + j] == 0) continue;
    r[j * kBlock + j] = std::sqrt(left);
    for (int64_t i = j + 1; i < kBlock; ++i) {
      double sum = gram[j * kBlock + i];
      for (int64_t k = 0; k < j; ++k) sum -= r[k * kBlock + j] * r[k * kBlock + i];
      r[j * kBlock + i] = sum / r[j * kBlock + j];
    }
  }
  return r;
}

// block := block R⁻¹ without the dependent columns, which end at the right as 0.
void solve(const std::vector<double>& r, Block& block) {
  std::vector<int64_t> kept;
  for (int64_t j = 0; j < kBlock; ++j) {
    if (r[j * kBlock + j] > 0) kept.push_back(j);
  }
  for_row_blocks(block.rows, [&](int64_t first, int64_t last) {
    double solved[kBlock];
    for (int64_t row = first; row < last; ++row) {
      double* const w = block.row(row);
      std::fill_n(solved, kBlock, 0.0);
      for (size_t n = 0; n < kept.size(); ++n) {
        double value = w[kept[n]];
        for (size_t k = 0; k < n; ++k) value -= solved[k] * r[kept[k] * kBlock + kept[n]];
        solved[n] = value / r[kept[n] * kBlock + kept[n]];
      }
      std::copy_n(solved, kBlock, w);
    }
  });
  block.width = std::ssize(kept);
}

}  // namespace

std::vector<double> cross(const TallMatrix& basis, const Block& block) {
  const int64_t size = basis.width * kBlock, blocks = (basis.rows + kRows - 1) / kRows;
  std::vector<double> parts(static_cast<size_t>(blocks * size), 0);
  for_row_blocks(basis.rows, [&](int64_t first, int64_t last) {
    cross_rows(basis, block, first, last, parts.data() + first / kRows * size);
  });
  for (int64_t part = 1; part < blocks; ++part)
    add_scaled(1, parts.data() + part * size, parts.data(), size);
  parts.resize(static_cast<size_t>(size));
  return parts;
}

void subtract(const TallMatrix& basis, const std::vector<double>& factors, Block& block) {
  for_row_blocks(basis.rows, [&](int64_t first, int64_t last) {
    for (int64_t row = first; row < last; ++row) {
      const double* const q = basis.row(row);
      Lanes sum[kParts] = {};
      for (int64_t i = 0; i < basis.width; ++i) {
        for (int64_t part = 0; part < kParts; ++part)
          sum[part] += q[i] * lanes(factors.data() + i * kBlock + part * kLanes);
      }
      for (int64_t part = 0; part < kParts; ++part)
        lanes(block.row(row) + part * kLanes) -= sum[part];
    }
  });
}

void append(const Block& block, TallMatrix& basis) {
  for (int64_t row = 0; row < basis.rows; ++row)
    std::copy_n(block.row(row), block.width, basis.row(row) + basis.width);
  basis.width += block.width;
}

void combine(const double* factors, int64_t count, TallMatrix& basis) {
  // By columns of the result, so that a row of the basis is multiplied by contiguous factors.
  std::vector<double> turned(static_cast<size_t>(count * basis.width));
  for (int64_t i = 0; i < count; ++i) {
    for (int64_t j = 0; j < basis.width; ++j) turned[j * count + i] = factors[i * basis.width + j];
  }
  for_row_blocks(basis.rows, [&](int64_t first, int64_t last) {
    std::vector<double> sum(static_cast<size_t>(count));
    for (int64_t row = first; row < last; ++row) {
      std::ranges::fill(sum, 0);
      for (int64_t j = 0; j < basis.width; ++j)
        add_scaled(basis.row(row)[j], turned.data() + j * count, sum.data(), count);
      std::ranges::copy(sum, basis.row(row));
    }
  });
  basis.width = count;
}

void orthonormalise(Block& block) {
  for (int pass = 0; pass < 2; ++pass) {
    block.width = kBlock;  // unused columns are 0 and are dropped again
    solve(cholesky(cross(block, block)), block);
  }
}

}  // namespace assay::gf_cf
