#include "lazy_determinant.h"

#include <assay/extra/similarity/best_place.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace assay::dpp {
namespace {

using extra::double_lanes;

constexpr double kNoCandidate = -1;
// Below it products of q^2 and residual would lose digits.
constexpr double kSmallest = 1e-200;

}  // namespace

void LazyDeterminant::begin(std::span<const int64_t> items, std::span<const double> log_quality,
                            int64_t most) {
  similarity_.gather(items);
  items_ = items;
  log_quality_ = log_quality;
  most_ = most;
  tiles_.assign((items.size() + kTile - 1) / kTile, {});
  const size_t padded = tiles_.size() * kTile;
  rows_.resize(padded * static_cast<size_t>(most));
  residual_.assign(padded, 1.0);
  value_.assign(padded, kNoCandidate);
  scale_.assign(padded, 0.0);
  every_.resize(items.size());
  std::iota(every_.begin(), every_.end(), 0);
  placed_.clear();
  factor_.clear();
  root_.clear();
  taken_.clear();
  scale_by_largest();
}

// Of what may still be picked. The picks are those of the logarithms of q^2, however far apart these
// are: where the largest product has become tiny, scales begin anew.
void LazyDeterminant::scale_by_largest() {
  double largest = -std::numeric_limits<double>::infinity();
  for (size_t i = 0; i < items_.size(); ++i) {
    const bool left = residual_[i] >= kernel_.epsilon;
    if (left && log_quality_[i] > largest) largest = log_quality_[i];
  }
  for (size_t i = 0; i < items_.size(); ++i) {
    const bool finite = log_quality_[i] > -std::numeric_limits<double>::infinity();
    scale_[i] = finite && residual_[i] >= kernel_.epsilon ? std::exp(log_quality_[i] - largest) : 0;
  }
  for (int64_t tile = 0; tile < std::ssize(tiles_); ++tile) value(tile);
}

GreedyDeterminant::Pick LazyDeterminant::next() {
  double most = largest_value();
  if (most < kSmallest) {
    for (int64_t tile = 0; tile < std::ssize(tiles_); ++tile) continue_rows(tile);
    scale_by_largest();
    most = largest_value();
    if (most <= 0) return {};
  }
  const int64_t best = best_within(most * (1 - extra::kTie));
  const double residual = residual_[best];
  place(best);
  return {best, residual};
}

// Brings up to date whatever might have it.
double LazyDeterminant::largest_value() {
  if (tiles_.empty()) return kNoCandidate;
  const auto first = std::ranges::max_element(tiles_, {}, &Tile::bound) - tiles_.begin();
  continue_rows(first);
  double most = tiles_[first].bound;
  for (int64_t tile = 0; tile < std::ssize(tiles_); ++tile) {
    if (tiles_[tile].bound < most * (1 - extra::kTie) || tiles_[tile].bound <= 0) continue;
    continue_rows(tile);
    most = std::max(most, tiles_[tile].bound);
  }
  return most;
}

int64_t LazyDeterminant::best_within(double least) const {
  int64_t best = -1;
  for (size_t tile = 0; tile < tiles_.size(); ++tile) {
    if (tiles_[tile].bound < least) continue;
    for (size_t i = tile * kTile; i < std::min((tile + 1) * kTile, items_.size()); ++i) {
      if (value_[i] >= least && (best < 0 || items_[i] < items_[best]))
        best = static_cast<int64_t>(i);
    }
  }
  return best;
}

void LazyDeterminant::place(int64_t best) {
  std::vector<double> own;
  for (size_t pick = 0; pick < placed_.size(); ++pick)
    own.push_back(row(best / kTile, pick)[best % kTile]);
  taken_.resize(own.size());
  std::ranges::transform(own, taken_.begin(), [](double part) { return part * part; });
  factor_.push_back(std::move(own));
  placed_.push_back(best);
  root_.push_back(std::sqrt(residual_[best]));
  residual_[best] = 0;  // it cannot be picked again
  value(best / kTile);
}

LazyDeterminant::TileLanes LazyDeterminant::similar_to(int64_t pick, int64_t tile) {
  double similar[kTile] = {};
  const int64_t first = tile * kTile, count = std::min(kTile, std::ssize(items_) - first);
  similarity_.similarities(
      pick, std::span(every_).subspan(static_cast<size_t>(first), static_cast<size_t>(count)),
      similar);
  TileLanes out;
  for (int64_t v = 0; v < kVectors; ++v) {
    out.part[v] = double_lanes(similar + 4 * v);
    if (kernel_.halved) out.part[v] = (out.part[v] + 1) / 2;
  }
  return out;
}

// Each known row is read once for all steps. A number comes from the same operations in the same
// order, however many steps are taken together.
template <size_t Steps>
void LazyDeterminant::continue_by(int64_t tile) {
  const size_t from = tiles_[tile].seen;
  TileLanes rest[Steps];
  for (size_t step = 0; step < Steps; ++step) rest[step] = similar_to(placed_[from + step], tile);
  for (size_t r = 0; r < from; ++r)
    for (size_t step = 0; step < Steps; ++step)
      rest[step].subtract(factor_[from + step][r], row(tile, r));
  double* const residual = residual_.data() + tile * kTile;
  for (size_t step = 0; step < Steps; ++step) {
    for (size_t r = from; r < from + step; ++r)
      rest[step].subtract(factor_[from + step][r], row(tile, r));
    double* const own = row(tile, from + step);
    for (int64_t v = 0; v < kVectors; ++v) {
      double_lanes(own + 4 * v) = rest[step].part[v] / root_[from + step];
      double_lanes(residual + 4 * v) -= double_lanes(own + 4 * v) * double_lanes(own + 4 * v);
    }
  }
  tiles_[tile].seen += Steps;
}

void LazyDeterminant::continue_rows(int64_t tile) {
  const size_t& seen = tiles_[tile].seen;
  if (seen == placed_.size()) return;
  while (seen + 2 <= placed_.size()) continue_by<2>(tile);
  if (seen < placed_.size()) continue_by<1>(tile);
  value(tile);
}

// Of a tile, from its residuals.
void LazyDeterminant::value(int64_t tile) {
  const double* const residual = residual_.data() + tile * kTile;
  const double* const scale = scale_.data() + tile * kTile;
  double* const values = value_.data() + tile * kTile;
  for (int64_t at = 0; at < kTile; at += 4) {
    const auto candidate =
        (double_lanes(residual + at) >= kernel_.epsilon) & (double_lanes(scale + at) > 0.0);
    const extra::DoubleLanes product = double_lanes(scale + at) * double_lanes(residual + at);
    double_lanes(values + at) = candidate ? product : extra::DoubleLanes{} + kNoCandidate;
  }
  tiles_[tile].bound = *std::max_element(values, values + kTile);
}

}  // namespace assay::dpp
