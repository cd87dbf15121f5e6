#include "float_cholesky.h"

#include <algorithm>
#include <cmath>

namespace assay::als {
namespace {

constexpr int64_t kPanel = kFactorStep;
constexpr int64_t kTile = 4;         // rows of a tile
constexpr int64_t kSeenAtOnce = 64;  // rows of Y that are added together
constexpr float kCancelled = 1e-5F;  // a pivot's share of the diagonal below which it is rounding

// to [kTile, kPanel] += sign * sum over `count` rows of left [count, kTile]ᵀ right [count, kPanel].
void add_tile(const float* left, const float* right, int64_t count, float sign, float* to) {
  FactorLanes part[kTile][2] = {};
  for (int64_t p = 0; p < count; ++p, left += kPanel, right += kPanel) {
    const FactorLanes& low = lanes(right);
    const FactorLanes& high = lanes(right + kFactorLanes);
    for (int r = 0; r < kTile; ++r) {
      part[r][0] += left[r] * low;
      part[r][1] += left[r] * high;
    }
  }
  for (int r = 0; r < kTile; ++r) {
    lanes(to + r * kPanel) += sign * part[r][0];
    lanes(to + r * kPanel + kFactorLanes) += sign * part[r][1];
  }
}

// to [kPanel] += factor * from
void add_row(float factor, const float* from, float* to) {
  lanes(to) += factor * lanes(from);
  lanes(to + kFactorLanes) += factor * lanes(from + kFactorLanes);
}

void scale_row(float factor, float* row) {
  lanes(row) *= factor;
  lanes(row + kFactorLanes) *= factor;
}

}  // namespace

FloatCholesky::FloatCholesky(const at::Tensor& products, const at::Tensor& y,
                             const Objective& objective)
    : y_(y.const_data_ptr<float>()),
      width_(y.size(1)),
      panels_(width_ / kPanel),
      objective_(objective),
      start_(memory(width_ * width_)),
      matrix_(start_),
      seen_(memory(kSeenAtOnce * width_)),
      scaled_(seen_),
      right_(memory(width_)),
      diagonal_(static_cast<size_t>(width_)),
      inverse_(diagonal_) {
  const float* const from = products.const_data_ptr<float>();
  for (int64_t panel = 0; panel < panels_; ++panel) {
    for (int64_t row = 0; row < width_; ++row)
      std::copy_n(from + row * width_ + panel * kPanel, kPanel, place(start_, width_, panel, row));
  }
}

bool FloatCholesky::solve(std::span<const int64_t> columns, std::span<const float> confidence,
                          float* x) {
  set(columns, confidence);
  if (!decompose()) return false;
  substitute_down();
  substitute_up();
  std::copy_n(right_.front().value, width_, x);
  return true;
}

void FloatCholesky::set(std::span<const int64_t> columns, std::span<const float> confidence) {
  for (int64_t panel = 0; panel < panels_; ++panel) {
    const int64_t used = (panel + 1) * kPanel;
    std::copy_n(place(start_, width_, panel, 0), used * kPanel, entries(panel, 0));
  }
  const auto penalty = static_cast<float>(objective_.penalty(std::ssize(columns)));
  for (int64_t at = 0; at < width_; ++at) entries(at / kPanel, at)[at % kPanel] += penalty;
  std::ranges::fill(right_, Aligned{});
  for (size_t first = 0; first < columns.size(); first += kSeenAtOnce) {
    const size_t count = std::min<size_t>(kSeenAtOnce, columns.size() - first);
    gather(columns.subspan(first, count), confidence.data() + first);
    add_gathered(static_cast<int64_t>(count));
  }
  for (int64_t at = 0; at < width_; ++at) diagonal_[at] = entries(at / kPanel, at)[at % kPanel];
}

void FloatCholesky::gather(std::span<const int64_t> columns, const float* confidence) {
  float* const right = right_.front().value;
  for (int64_t n = 0; n < std::ssize(columns); ++n) {
    const float* const one = y_ + columns[n] * width_;
    add_scaled(confidence[n] - objective_.offset, one, right, width_);
    for (int64_t panel = 0; panel < panels_; ++panel) {
      for (int64_t at = 0; at < kPanel; at += kFactorLanes) {
        const FactorLanes part = lanes(one + panel * kPanel + at);
        lanes(place(seen_, kSeenAtOnce, panel, n) + at) = part;
        lanes(place(scaled_, kSeenAtOnce, panel, n) + at) = (confidence[n] - 1) * part;
      }
    }
  }
}

void FloatCholesky::add_gathered(int64_t count) {
  for (int64_t panel = 0; panel < panels_; ++panel) {
    const float* const right = place(seen_, kSeenAtOnce, panel, 0);
    for (int64_t row = 0; row < (panel + 1) * kPanel; row += kTile) {
      const float* const left = place(scaled_, kSeenAtOnce, row / kPanel, 0) + row % kPanel;
      add_tile(left, right, count, 1, entries(panel, row));
    }
  }
}

// By blocks of kPanel rows: what the rows above take from a block, its own square, then what
// stands right of that.
bool FloatCholesky::decompose() {
  for (int64_t block = 0; block < panels_; ++block) {
    const int64_t first = block * kPanel;
    for (int64_t panel = block; panel < panels_; ++panel) {
      for (int64_t row = 0; row < kPanel; row += kTile)
        add_tile(entries(block, 0) + row, entries(panel, 0), first, -1,
                 entries(panel, first + row));
    }
    if (!decompose_diagonal(block)) return false;
    for (int64_t panel = block + 1; panel < panels_; ++panel)
      eliminate(block, entries(panel, first));
  }
  return true;
}

bool FloatCholesky::decompose_diagonal(int64_t panel) {
  const int64_t first = panel * kPanel;
  float* const square = entries(panel, first);
  for (int64_t i = 0; i < kPanel; ++i) {
    float* const row = square + i * kPanel;
    if (!(row[i] > kCancelled * diagonal_[first + i])) return false;
    inverse_[first + i] = 1 / std::sqrt(row[i]);
    scale_row(inverse_[first + i], row);
    for (int64_t below = i + 1; below < kPanel; ++below)
      add_row(-row[below], row, square + below * kPanel);
  }
  return true;
}

// rows [kPanel, kPanel] right of the square of a block: solves for them.
void FloatCholesky::eliminate(int64_t block, float* rows) {
  const float* const square = entries(block, block * kPanel);
  for (int64_t i = 0; i < kPanel; ++i) {
    scale_row(inverse_[block * kPanel + i], rows + i * kPanel);
    for (int64_t below = i + 1; below < kPanel; ++below)
      add_row(-square[i * kPanel + below], rows + i * kPanel, rows + below * kPanel);
  }
}

// Uᵀ z = right
void FloatCholesky::substitute_down() {
  float* const z = right_.front().value;
  for (int64_t row = 0; row < width_; ++row) {
    const int64_t own = row / kPanel;
    const float value = z[row] * inverse_[row];
    // What stands left of the diagonal in the square is not U: those of z are done already.
    for (int64_t at = row % kPanel + 1; at < kPanel; ++at)
      z[own * kPanel + at] -= value * entries(own, row)[at];
    for (int64_t panel = own + 1; panel < panels_; ++panel)
      add_row(-value, entries(panel, row), z + panel * kPanel);
    z[row] = value;
  }
}

// U x = z
void FloatCholesky::substitute_up() {
  float* const x = right_.front().value;
  for (int64_t row = width_ - 1; row >= 0; --row) {
    const int64_t own = row / kPanel;
    FactorLanes low = {}, high = {};
    for (int64_t panel = own + 1; panel < panels_; ++panel) {
      low += lanes(entries(panel, row)) * lanes(x + panel * kPanel);
      high += lanes(entries(panel, row) + kFactorLanes) * lanes(x + panel * kPanel + kFactorLanes);
    }
    float left = x[row] - sum(low + high);
    for (int64_t at = row % kPanel + 1; at < kPanel; ++at)
      left -= entries(own, row)[at] * x[own * kPanel + at];
    x[row] = left * inverse_[row];
  }
}

}  // namespace assay::als
