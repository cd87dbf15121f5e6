#include "leading_vectors.h"

#include <ATen/ops/arange.h>
#include <assay/kernels.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "lanes.h"
#include "symmetric_eigen.h"

namespace assay::gf_cf {
namespace {

constexpr double kNoRank = 1e-14;  // eigenvalues below are 0 with rounding

class Iteration {
 public:
  Iteration(const Operator& apply, int64_t n, const LeadingSettings& settings)
      : apply_(apply),
        settings_(settings),
        n_(n),
        wanted_(std::min(settings.count, n)),
        kept_(std::min(n, whole_blocks(wanted_) + 2 * kBlock)),
        most_(std::min(n, 2 * whole_blocks(wanted_) + 8 * kBlock)),
        basis_(n, most_ + kBlock),
        block_(n),
        image_(n),
        projected_(static_cast<size_t>(most_ * most_), 0) {}

  LeadingVectors run() {
    start_anew();
    std::vector<double> before;
    while (true) {
      grow();
      restart();
      ++cycles_;
      if (settings_.progress) settings_.progress(cycles_);
      if (stopped()) return result(false);
      if (most_ == n_) return result(true);  // the basis spans everything
      if (largest_residual() <= settings_.tolerance) {
        if (unchanged(before)) return result(true);
        before.assign(theta_.begin(), theta_.begin() + wanted_);
        start_anew();
      }
      if (cycles_ >= settings_.cycles) return result(false);
    }
  }

 private:
  bool stopped() const { return settings_.stop && settings_.stop(); }

  // A basis that is filled up with a part of a block would lose the rest of it, and with it what A
  // does to the block before: it would converge slowly, or not at all.
  static int64_t whole_blocks(int64_t columns) { return (columns + kBlock - 1) / kBlock * kBlock; }

  // A random block that is orthogonal to the basis.
  void start_anew() {
    const at::Tensor draws = counter_uniform(kKey, static_cast<uint64_t>(starts_++), 0,
                                             at::arange(n_, at::kLong), kBlock);
    const float* const draw = draws.const_data_ptr<float>();
    for (int64_t at = 0; at < n_ * kBlock; ++at) block_.values[at] = draw[at] - 0.5;
    block_.width = kBlock;
    make_orthogonal(block_);
  }

  void make_orthogonal(Block& block) const {
    for (int pass = 0; pass < 2; ++pass) {  // what rounding left of the basis goes in the second
      subtract(basis_, cross(basis_, block), block);
      orthonormalise(block);
    }
  }

  void grow() {
    while (basis_.width < most_ && !stopped()) {
      block_.width = std::min(block_.width, most_ - basis_.width);
      if (block_.width == 0) {
        start_anew();
        if (block_.width == 0) return;  // the basis spans everything that there is
        continue;
      }
      clear_room(block_);
      const int64_t first = basis_.width;
      append(block_, basis_);
      apply_(block_, image_);
      image_.width = block_.width;
      project(first);
      std::swap(block_.values, image_.values);
      make_orthogonal(block_);
    }
  }

  static void clear_room(Block& block) {
    if (block.width == kBlock) return;
    for (int64_t row = 0; row < block.rows; ++row)
      std::fill(block.row(row) + block.width, block.row(row) + kBlock, 0.0);
  }

  // The entries of Q'AQ that the columns from `first` on bring.
  void project(int64_t first) {
    const std::vector<double> products = cross(basis_, image_);
    for (int64_t i = 0; i < basis_.width; ++i) {
      for (int64_t c = 0; c < image_.width; ++c)
        entry(i, first + c) = entry(first + c, i) = products[i * kBlock + c];
    }
  }

  double& entry(int64_t row, int64_t column) { return projected_[row * most_ + column]; }

  // Replaces the basis by the best Ritz vectors.
  void restart() {
    const int64_t width = basis_.width;
    std::vector<double> small(static_cast<size_t>(width * width));
    for (int64_t i = 0; i < width; ++i)
      for (int64_t j = 0; j < width; ++j) small[i * width + j] = (entry(i, j) + entry(j, i)) / 2;
    EigenPairs pairs = symmetric_eigen(std::move(small), width);
    combine(pairs.vectors.data(), std::min(kept_, width), basis_);
    theta_ = std::move(pairs.values);
    std::ranges::fill(projected_, 0);
    for (int64_t i = 0; i < basis_.width; ++i) entry(i, i) = theta_[i];
  }

  // |A v - theta v| of the wanted Ritz vectors.
  double largest_residual() {
    residual_ = 0;
    Block from(n_), to(n_);
    for (int64_t first = 0; first < std::min(wanted_, basis_.width); first += kBlock) {
      const int64_t count = std::min(kBlock, std::min(wanted_, basis_.width) - first);
      for (int64_t row = 0; row < n_; ++row)
        std::copy_n(basis_.row(row) + first, count, from.row(row));
      from.width = count;
      clear_room(from);
      apply_(from, to);
      double squares[kBlock] = {};
      for (int64_t row = 0; row < n_; ++row) {
        for (int64_t c = 0; c < count; ++c) {
          const double error = to.row(row)[c] - theta_[first + c] * from.row(row)[c];
          squares[c] += error * error;
        }
      }
      for (int64_t c = 0; c < count; ++c) residual_ = std::max(residual_, std::sqrt(squares[c]));
    }
    return residual_;
  }

  bool unchanged(std::span<const double> before) const {
    if (before.empty()) return false;
    for (int64_t i = 0; i < wanted_; ++i) {
      if (std::abs(theta_[i] - before[i]) > settings_.tolerance) return false;
    }
    return true;
  }

  LeadingVectors result(bool converged) {
    LeadingVectors out{.vectors = TallMatrix(0, 0)};
    const int64_t found = std::min(wanted_, basis_.width);
    while (std::ssize(out.values) < found && theta_[out.values.size()] > kNoRank)
      out.values.push_back(theta_[out.values.size()]);
    basis_.width = std::ssize(out.values);
    if (basis_.width < std::ssize(theta_)) out.next = theta_[basis_.width];
    out.vectors = std::move(basis_);
    out.residual = residual_;
    out.cycles = cycles_;
    out.converged = converged;
    return out;
  }

  static constexpr uint64_t kKey = 1;

  const Operator& apply_;
  const LeadingSettings& settings_;
  int64_t n_, wanted_, kept_, most_;
  TallMatrix basis_;
  Block block_, image_;
  std::vector<double> projected_;  // [most, most], Q'AQ
  std::vector<double> theta_;      // Ritz values, falling
  double residual_ = 0;
  int64_t cycles_ = 0, starts_ = 0;
};

}  // namespace

LeadingVectors leading_vectors(const Operator& apply, int64_t n, const LeadingSettings& settings) {
  return Iteration(apply, n, settings).run();
}

}  // namespace assay::gf_cf
