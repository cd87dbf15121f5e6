#pragma once

#include <vector>

#include "greedy_determinant.h"

namespace assay::dpp {

/// Diverse among the last picks only, `window` of them with the next one. What leaves the window
/// gives back what it took, so that residuals rise and all are kept up to date.
class WindowDeterminant : public GreedyDeterminant {
 public:
  WindowDeterminant(const Kernel& kernel, extra::CandidateSimilarity& similarity)
      : kernel_(kernel), similarity_(similarity) {}

  void begin(std::span<const int64_t> items, std::span<const double> log_quality,
             int64_t most) override;
  Pick next() override;
  std::span<const int64_t> above() const override { return above_; }
  std::span<const double> taken() const override { return taken_; }

 private:
  void forget_oldest();
  void add(int64_t place);

  Kernel kernel_;
  extra::CandidateSimilarity& similarity_;
  std::span<const int64_t> items_;
  std::span<const double> log_quality_;
  std::vector<int64_t> placed_;             // places of the picks in the window, oldest first
  std::vector<std::vector<double>> rows_;   // [m][K]: of the factor, one for each of them
  std::vector<std::vector<double>> picks_;  // [m][m]: the factor of the window itself, lower half
  std::vector<double> residual_, value_, similar_;  // [K]
  std::vector<bool> taken_place_;                   // [K]
  std::vector<int64_t> above_;
  std::vector<double> taken_;
};

}  // namespace assay::dpp
