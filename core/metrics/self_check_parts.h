#pragma once

/// Inside core/metrics only: what the parts of the self-check share.

#include <cmath>
#include <span>
#include <string>
#include <utility>

#include "error/error.h"
#include "metrics/self_check.h"

namespace assay::metrics {

inline constexpr double kRounding = 1e-6;  ///< of float32

/// A mean with the spread behind it.
struct Sums {
  double sum = 0, squares = 0;
  int64_t n = 0;

  void add(double value) {
    sum += value;
    squares += value * value;
    ++n;
  }
  double mean() const { return n > 0 ? sum / static_cast<double>(n) : 0; }
  double standard_error() const {
    if (n < 2) return 0;
    const auto count = static_cast<double>(n);
    return std::sqrt(std::max(0.0, squares / count - mean() * mean()) / (count - 1));
  }
};

inline CheckedMetric checked(const MetricAtCutoff& column, Check check, int64_t requests) {
  CheckedMetric out;
  out.definition = column.definition;
  out.cutoff = column.cutoff;
  out.check = check;
  out.requests = requests;
  return out;
}

inline void fail(CheckedMetric& out, std::string why) {
  if (out.result != CheckResult::fails) out.detail = std::move(why);
  out.result = CheckResult::fails;
}

inline void leave(CheckedMetric& out, std::string why) {
  out.result = CheckResult::not_applicable;
  out.detail = std::move(why);
}

/// The scores of a column as floats on the CPU.
inline std::span<const float> row_of(const at::Tensor& scores, int64_t row) {
  error::require(scores.is_cpu() && scores.is_contiguous() && scores.scalar_type() == at::kFloat,
                 "scores are float32 on the CPU");
  return {scores.const_data_ptr<float>() + row * scores.size(1),
          static_cast<size_t>(scores.size(1))};
}

inline bool same_bits(float a, float b) { return a == b || (std::isnan(a) && std::isnan(b)); }

}  // namespace assay::metrics
