#pragma once

#include <vector>

#include "greedy_determinant.h"

namespace assay::dpp {

/// Residuals only fall as a slate grows: a candidate's row of the Cholesky factor is continued when
/// it might be the best, and not before.
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
  double* row(int64_t place) { return rows_.data() + place * width_; }
  void refresh(int64_t place);

  Kernel kernel_;
  extra::CandidateSimilarity& similarity_;
  std::span<const int64_t> items_;
  std::span<const double> log_quality_;
  int64_t width_ = 0;                           // of a row, padded for lanes
  std::vector<double> rows_;                    // [K, width], of the factor, as far as seen_
  std::vector<double> value_, residual_;        // [K]
  std::vector<size_t> seen_;                    // [K], with how many picks a row was continued
  std::vector<int64_t> placed_;                 // places of the picks
  std::vector<double> root_, similar_, taken_;  // root_: of each pick's residual
};

}  // namespace assay::dpp
