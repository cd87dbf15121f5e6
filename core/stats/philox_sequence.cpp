#include "stats/philox_sequence.h"

#include <cmath>

namespace assay::stats {

uint32_t PhiloxSequence::next_word() {
  if (used_ == 4) {
    words_ = rules::philox(counter_, key_);
    ++counter_[0];
    used_ = 0;
  }
  return words_[static_cast<size_t>(used_++)];
}

double PhiloxSequence::next_normal() {
  for (;;) {
    const double x = 2.0 * next_uniform() - 1.0;
    const double y = 2.0 * next_uniform() - 1.0;
    const double square = x * x + y * y;
    if (square > 0.0 && square < 1.0) return x * std::sqrt(-2.0 * std::log(square) / square);
  }
}

double PhiloxSequence::next_gamma(double shape) {
  const double d = shape - 1.0 / 3.0;
  const double c = 1.0 / std::sqrt(9.0 * d);
  for (;;) {
    const double x = next_normal();
    const double v = std::pow(1.0 + c * x, 3);
    if (v <= 0.0) continue;
    if (std::log(next_uniform()) < 0.5 * x * x + d - d * v + d * std::log(v)) return d * v;
  }
}

}  // namespace assay::stats
