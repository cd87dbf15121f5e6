#include "window_determinant.h"

#include <assay/extra/similarity/best_place.h>

#include <cmath>
#include <limits>

namespace assay::dpp {
namespace {

struct Rotation {
  double cos, sin;
  // Turns the oldest direction into another one.
  void operator()(double& oldest, double& other) const {
    const double before = oldest;
    oldest = cos * before - sin * other;
    other = cos * other + sin * before;
  }
};

}  // namespace

void WindowDeterminant::begin(std::span<const int64_t> items, std::span<const double> log_quality,
                              int64_t) {
  similarity_.gather(items);
  items_ = items;
  log_quality_ = log_quality;
  placed_.clear();
  rows_.clear();
  picks_.clear();
  residual_.assign(items.size(), 1.0);
  value_.resize(items.size());
  similar_.resize(items.size());
  taken_place_.assign(items.size(), false);
}

GreedyDeterminant::Pick WindowDeterminant::next() {
  for (size_t i = 0; i < value_.size(); ++i) {
    value_[i] = taken_place_[i] || residual_[i] < kernel_.epsilon
                    ? -std::numeric_limits<double>::infinity()
                    : log_quality_[i] + std::log(residual_[i]);
  }
  const int64_t best = extra::best_place(value_, items_);
  if (best < 0) return {};
  const double residual = residual_[best];
  above_ = placed_;
  taken_.clear();
  for (const std::vector<double>& row : rows_) taken_.push_back(row[best] * row[best]);
  taken_place_[best] = true;
  if (kernel_.window == 1) return {best, residual};
  if (std::ssize(placed_) == kernel_.window - 1) forget_oldest();
  add(best);
  return {best, residual};
}

// Rotations that make the factor of the window triangular without its first column (Chen, Zhang &
// Zhou 2018, section 4).
void WindowDeterminant::forget_oldest() {
  for (size_t r = 1; r < picks_.size(); ++r) {
    const double length = std::hypot(picks_[r][r], picks_[r][0]);
    const Rotation rotate{picks_[r][r] / length, picks_[r][0] / length};
    for (size_t below = r; below < picks_.size(); ++below)
      rotate(picks_[below][0], picks_[below][r]);
    for (size_t i = 0; i < residual_.size(); ++i) rotate(rows_[0][i], rows_[r][i]);
  }
  for (size_t i = 0; i < residual_.size(); ++i) residual_[i] += rows_[0][i] * rows_[0][i];
  placed_.erase(placed_.begin());
  rows_.erase(rows_.begin());
  picks_.erase(picks_.begin());
  for (std::vector<double>& row : picks_) row.erase(row.begin());
}

void WindowDeterminant::add(int64_t place) {
  similarity_.similarities(place, similar_.data());
  if (kernel_.halved)
    for (double& similar : similar_) similar = (1 + similar) / 2;
  std::vector<double> own;
  for (const std::vector<double>& row : rows_) {
    own.push_back(row[place]);
    for (size_t i = 0; i < similar_.size(); ++i) similar_[i] -= own.back() * row[i];
  }
  own.push_back(std::sqrt(residual_[place]));
  for (size_t i = 0; i < similar_.size(); ++i) {
    similar_[i] /= own.back();
    residual_[i] -= similar_[i] * similar_[i];
  }
  placed_.push_back(place);
  rows_.push_back(similar_);
  picks_.push_back(std::move(own));
}

}  // namespace assay::dpp
