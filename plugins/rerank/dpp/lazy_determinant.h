#pragma once

#include <assay/extra/similarity/double_lanes.h>

#include <vector>

#include "greedy_determinant.h"

namespace assay::dpp {

/// Residuals only fall as a slate grows: candidates are brought up to date a few neighbours at a
/// time, and only those among which the best might be. Neighbours are alike in quality, since
/// candidates come in rank order.
class LazyDeterminant : public GreedyDeterminant {
 public:
  LazyDeterminant(const Kernel& kernel, extra::CandidateSimilarity& similarity)
      : kernel_(kernel), similarity_(similarity) {}

  void begin(std::span<const int64_t> items, std::span<const double> log_quality,
             int64_t most) override;
  Pick next() override;
  std::span<const int64_t> above() const override {
    return std::span(placed_).first(taken_.size());
  }
  std::span<const double> taken() const override { return taken_; }

 private:
  static constexpr int64_t kTile = 16;
  static constexpr int64_t kVectors = 4;  // of four lanes in a tile
  struct TileLanes {
    extra::DoubleLanes part[kVectors];
    void subtract(double factor, const double* known) {
      for (int64_t v = 0; v < kVectors; ++v) part[v] -= factor * extra::double_lanes(known + 4 * v);
    }
  };

  // Some neighbours: their values as of the first `seen` picks, of which `bound` is the largest.
  struct Tile {
    double bound = 0;
    size_t seen = 0;
  };

  double* row(int64_t tile, size_t pick) {
    return rows_.data() + (tile * most_ + static_cast<int64_t>(pick)) * kTile;
  }
  void scale_by_largest();
  void continue_rows(int64_t tile);
  template <size_t Steps>
  void continue_by(int64_t tile);
  TileLanes similar_to(int64_t pick, int64_t tile);
  void value(int64_t tile);
  double largest_value();
  int64_t best_within(double least) const;
  void place(int64_t best);

  Kernel kernel_;
  extra::CandidateSimilarity& similarity_;
  std::span<const int64_t> items_;
  std::span<const double> log_quality_;
  int64_t most_ = 0;
  std::vector<Tile> tiles_;
  std::vector<double> rows_;  // [tiles, most, kTile]: of the factor, of each candidate
  // [K, padded]: residual; q^2, divided by the largest; their product, -1 where it is no candidate
  std::vector<double> residual_, scale_, value_;
  std::vector<int64_t> every_;               // 0 .. K - 1
  std::vector<int64_t> placed_;              // places of the picks
  std::vector<std::vector<double>> factor_;  // of the picks themselves, without the diagonal
  std::vector<double> root_, taken_;         // root_: of each pick's residual
};

}  // namespace assay::dpp
