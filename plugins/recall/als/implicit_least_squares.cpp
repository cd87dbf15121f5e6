#include "implicit_least_squares.h"

#include <assay/extra/threads/parallel.h>

#include <algorithm>
#include <numeric>

#include "gram.h"
#include "lanes.h"
#include "row_solver.h"

namespace assay::als {
namespace {

constexpr int64_t kRowsAtOnce = 32;  // solved together, a multiple of 4
constexpr float kSolved = 1e-20F;    // squared length of a residual

// to += sum over what the row saw of coefficient(c, y . v) y.
template <typename Coefficient>
void add_seen(const ConfidenceView& seen, int64_t row, const float* y, const float* v, float* to,
              int64_t width, const Coefficient& coefficient) {
  int64_t at = seen.offsets[row];
  const int64_t end = seen.offsets[row + 1];
  for (; at + 4 <= end; at += 4) {
    const int64_t* const column = seen.columns + at;
    const float* const four[4] = {y + column[0] * width, y + column[1] * width,
                                  y + column[2] * width, y + column[3] * width};
    add_four(four, v, to, width,
             [&](int n, float dot) { return coefficient(seen.confidence[at + n], dot); });
  }
  for (; at < end; ++at) {
    const float* const one = y + seen.columns[at] * width;
    add_scaled(coefficient(seen.confidence[at], dot(one, v, width)), one, to, width);
  }
}

// Conjugate gradient on a block of rows at once, so that the Gram matrix is read once for four of
// them.
class GradientBlock {
 public:
  GradientBlock(const ConfidenceView& seen, const float* y, const float* matrix, int64_t width,
                const Objective& objective)
      : seen_(seen),
        objective_(objective),
        y_(y),
        matrix_(matrix),
        width_(width),
        memory_(static_cast<size_t>(3 * kRowsAtOnce * width / kFactorLanes)),
        residual_(memory_.front().value),
        direction_(residual_ + kRowsAtOnce * width),
        product_(direction_ + kRowsAtOnce * width) {}

  void solve(int64_t first, int64_t rows, int64_t steps, float* x) {
    start(first, rows, x);
    for (int64_t step = 0; step < steps; ++step) {
      times_matrix(direction_, matrix_, product_, up_to_four(rows), width_);
      for (int64_t r = 0; r < rows; ++r) {
        if (left_[r] >= kSolved) advance(first + r, r, x + (first + r) * width_);
      }
    }
  }

 private:
  struct alignas(32) Aligned {
    float value[kFactorLanes] = {};
  };

  static int64_t up_to_four(int64_t rows) { return (rows + 3) / 4 * 4; }

  // One that all rows have is in the matrix.
  void add_own_penalty(int64_t row, float sign, const float* v, float* to) const {
    if (objective_.power == 0) return;
    const double penalty = objective_.penalty(seen_.offsets[row + 1] - seen_.offsets[row]);
    add_scaled(sign * static_cast<float>(penalty), v, to, width_);
  }

  // residual = Yᵀ(C - offset I) p - (YᵀY + Yᵀ(C - I)Y + penalty I) x
  void start(int64_t first, int64_t rows, float* x) {
    std::fill_n(direction_, kRowsAtOnce * width_, 0.F);
    std::copy_n(x + first * width_, rows * width_, direction_);
    times_matrix(direction_, matrix_, residual_, up_to_four(rows), width_);
    for (int64_t r = 0; r < rows; ++r) {
      float* const residual = residual_ + r * width_;
      for (int64_t at = 0; at < width_; ++at) residual[at] = -residual[at];
      add_own_penalty(first + r, -1, direction_ + r * width_, residual);
      if (seen_.offsets[first + r] == seen_.offsets[first + r + 1]) {
        std::fill_n(x + (first + r) * width_, width_, 0.F);
        std::fill_n(residual, width_, 0.F);
      }
      add_seen(seen_, first + r, y_, direction_ + r * width_, residual, width_,
               [&](float c, float dot) { return (c - objective_.offset) - (c - 1) * dot; });
      std::copy_n(residual, width_, direction_ + r * width_);
      left_[r] = dot(residual, residual, width_);
    }
  }

  void advance(int64_t row, int64_t r, float* x) {
    float* const residual = residual_ + r * width_;
    float* const direction = direction_ + r * width_;
    float* const product = product_ + r * width_;
    add_seen(seen_, row, y_, direction, product, width_,
             [](float c, float dot) { return (c - 1) * dot; });
    add_own_penalty(row, 1, direction, product);
    const float length = left_[r] / dot(direction, product, width_);
    add_scaled(length, direction, x, width_);
    add_scaled(-length, product, residual, width_);
    const float now = dot(residual, residual, width_);
    const float keep = now / left_[r];
    left_[r] = now;
    for (int64_t at = 0; at < width_; at += kFactorLanes) {
      lanes(direction + at) = lanes(residual + at) + keep * lanes(direction + at);
    }
  }

  const ConfidenceView seen_;
  const Objective objective_;
  const float* y_;
  const float* matrix_;
  int64_t width_;
  std::vector<Aligned> memory_;
  float* residual_;
  float* direction_;
  float* product_;
  float left_[kRowsAtOnce] = {};  // squared length of each residual
};

}  // namespace

void solve_by_conjugate_gradient(const ConfidenceMatrix& seen, const at::Tensor& y,
                                 const Objective& objective, int64_t steps, at::Tensor& x) {
  const int64_t width = y.size(1);
  at::Tensor matrix = gram(y);
  float* const diagonal = matrix.mutable_data_ptr<float>();
  for (int64_t at = 0; objective.power == 0 && at < width; ++at)
    diagonal[at * width + at] += static_cast<float>(objective.lambda);
  const ConfidenceView rows(seen);
  float* const to = x.mutable_data_ptr<float>();
  extra::parallel_blocks(rows.rows, kRowsAtOnce, [&](int64_t first, int64_t last) {
    GradientBlock block(rows, y.const_data_ptr<float>(), matrix.const_data_ptr<float>(), width,
                        objective);
    block.solve(first, last - first, steps, to);
  });
}

void solve_exactly(const ConfidenceMatrix& seen, const at::Tensor& y, int64_t factors,
                   const Objective& objective, at::Tensor& x) {
  const int64_t width = y.size(1);
  const Gram products(y, factors);
  const ConfidenceView rows(seen);
  float* const to = x.mutable_data_ptr<float>();
  extra::parallel_blocks(rows.rows, kRowsAtOnce, [&](int64_t first, int64_t last) {
    RowSolver solver(products, objective);
    for (int64_t row = first; row < last; ++row) {
      if (rows.columns_of(row).empty())
        std::fill_n(to + row * width, width, 0.F);
      else
        solver.solve(rows.columns_of(row), rows.confidence_of(row), to + row * width);
    }
  });
}

double implicit_loss(const ConfidenceMatrix& seen, const at::Tensor& x, const at::Tensor& y,
                     const Objective& users, const Objective& items) {
  const int64_t width = y.size(1), piece = rows_of_a_piece(x.size(0));
  const at::Tensor matrix = gram(y);
  const ConfidenceView rows(seen);
  const float* const from = x.const_data_ptr<float>();
  const float* const others = y.const_data_ptr<float>();
  std::vector<double> parts((x.size(0) + piece - 1) / piece, 0), weights = parts;
  extra::parallel_blocks(rows.rows, piece, [&](int64_t first, int64_t last) {
    std::vector<double> row(static_cast<size_t>(width));
    double loss = 0, weight = 0;
    for (int64_t u = first; u < last; ++u) {
      const float* const mine = from + u * width;
      const double penalty = users.penalty(rows.offsets[u + 1] - rows.offsets[u]);
      for (int64_t a = 0; a < width; ++a) {
        loss += mine[a] *
                (penalty * mine[a] + dot(matrix.const_data_ptr<float>() + a * width, mine, width));
      }
      for (int64_t at = rows.offsets[u]; at < rows.offsets[u + 1]; ++at) {
        const double c = rows.confidence[at];
        const double score = dot(mine, others + rows.columns[at] * width, width);
        const double pull = c - users.offset;
        loss += pull * (1 - score) * (1 - score) - (1 - users.offset) * score * score;
        weight += c - 1;
      }
    }
    parts[first / piece] = loss;
    weights[first / piece] = weight;
  });
  double loss = std::accumulate(parts.begin(), parts.end(), 0.0);
  std::vector<int64_t> seen_by(static_cast<size_t>(y.size(0)));
  for (int64_t at = 0; at < rows.offsets[rows.rows]; ++at) ++seen_by[rows.columns[at]];
  for (int64_t i = 0; i < y.size(0); ++i)
    loss += items.penalty(seen_by[i]) * dot(others + i * width, others + i * width, width);
  const double pairs = static_cast<double>(x.size(0)) * static_cast<double>(y.size(0));
  return loss / (std::accumulate(weights.begin(), weights.end(), 0.0) + pairs);
}

}  // namespace assay::als
