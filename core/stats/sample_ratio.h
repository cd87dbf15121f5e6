#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace assay::stats {

/// Below this p an experiment's arms are held to be mis-assigned: far below .05, because the check
/// is made on every experiment (Fabijan et al. 2019).
inline constexpr double kMismatch = 0.001;

/// Whether units went to arms as they were meant to. Without a p there is a reason.
struct SampleRatio {
  double chi2 = 0.0;
  int64_t degrees_of_freedom = 0;
  std::optional<double> p;
  int64_t n = 0;
  std::string method = "chi-square of counts against weights";
  std::string reason;

  bool mismatch() const { return p && *p < kMismatch; }
};

/// Pearson's (1900) chi-square of the arms' counts against their weights.
/// @param weights  above 0, in any unit; as many as counts, at least two, else an InternalError
SampleRatio sample_ratio(std::span<const int64_t> counts, std::span<const double> weights);

}  // namespace assay::stats
