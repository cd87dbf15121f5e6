#pragma once

/// Vectors rounded to integers of 8 bits, with bounds of what that loses.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace assay::kernels {

inline constexpr int64_t kRoughPanel = 32;  // queries side by side: two registers of 16 sums
inline constexpr int64_t kRoughHigh = 127;
/// Wider vectors could overflow a sum, and single floats would bound lengths less well.
inline constexpr int64_t kRoughWidest = 32768;

/// A vector in integers, and lengths that are at least the true ones.
struct Rounded {
  float scale = 0;  ///< of one step; 0: all integers are 0
  float norm = 0;
  float loss = 0;  ///< length of what rounding lost
  int32_t sum = 0;
  bool finite = true;
};

/// @param to  width integers
inline Rounded round_vector(const float* from, int64_t width, int8_t* to) {
  constexpr int64_t kSide = 16;    // sums side by side, so that many are made at a time
  constexpr float kAbove = 1.01F;  // more than 32768 roundings can take away
  constexpr float kTiny = 1e-30F;  // below, a step or a square could underflow
  float high = 0;
  for (int64_t d = 0; d < width; ++d) high = std::max(high, std::fabs(from[d]));
  float squares[kSide] = {}, losses[kSide] = {};
  Rounded out;
  const bool zero = !(high > kTiny);
  out.scale = zero ? 0 : high / static_cast<float>(kRoughHigh);
  const float inverse = zero ? 0 : 1 / out.scale;
  for (int64_t d = 0; d < width; d += kSide) {
    const int64_t here = std::min(kSide, width - d);
    for (int64_t s = 0; s < here; ++s) {
      const float value = from[d + s], step = std::rint(value * inverse);
      const float lost = value - step * out.scale;
      to[d + s] = static_cast<int8_t>(static_cast<int32_t>(step));
      out.sum += static_cast<int32_t>(step);
      squares[s] += value * value;
      losses[s] += lost * lost;
    }
  }
  float square = 0, loss = 0;
  for (int64_t s = 0; s < kSide; ++s) square += squares[s], loss += losses[s];
  // What underflows is less than kTiny a place.
  const float rest = kTiny * static_cast<float>(width);
  out.norm = kAbove * std::sqrt(square) + rest;
  out.loss = kAbove * std::sqrt(loss) + rest;
  out.finite = std::isfinite(square);
  return out;
}

/// The catalogue in integers.
struct RoughItems {
  int64_t count = 0;
  int64_t width = 0;           ///< bytes a row: a multiple of 4, the rest zero
  std::vector<int8_t> value;   ///< [count, width]
  std::vector<float> scale;    ///< [count]
  std::vector<int32_t> shift;  ///< [count], 128 times the sum of a row: queries are 128 too high
  std::vector<float> norm;     ///< [count], at least the length of the vector
  std::vector<float> loss;     ///< [count], at least the length of what rounding lost

  RoughItems(int64_t items, int64_t floats)
      : count(items),
        width((floats + 3) / 4 * 4),
        value(static_cast<size_t>(items * width)),
        scale(static_cast<size_t>(items)),
        shift(static_cast<size_t>(items)),
        norm(static_cast<size_t>(items)),
        loss(static_cast<size_t>(items)) {}

  /// Rounds the rows first..last, which different threads may do for different ones. Returns the
  /// largest length; infinity where a value is not finite.
  float round(const float* items, int64_t floats, int64_t first, int64_t last) {
    float longest = 0;
    for (int64_t item = first; item < last; ++item) {
      const Rounded row = round_vector(items + item * floats, floats, value.data() + item * width);
      scale[item] = row.scale;
      shift[item] = 128 * row.sum;
      norm[item] = row.norm;
      loss[item] = row.loss;
      longest = row.finite ? std::max(longest, row.norm) : std::numeric_limits<float>::infinity();
      if (!row.finite) break;
    }
    return longest;
  }
};

/// Queries in integers, side by side: [panels][width / 4][kRoughPanel][4], each 128 too high.
struct RoughQueries {
  std::vector<uint8_t> panels;
  /// Of each row, in units of its own rough scores (which lack the query's scale): a score is off by
  /// at most by_norm · norm + by_loss · loss of the item. by_norm is infinite where the row has to be
  /// scored in floats.
  std::vector<float> by_norm, by_loss;

  /// @param longest  of the items
  RoughQueries(const float* queries, int64_t rows, int64_t floats, const RoughItems& items,
               float longest) {
    const int64_t count = (rows + kRoughPanel - 1) / kRoughPanel * kRoughPanel;
    panels.assign(static_cast<size_t>(count * items.width), 128);
    by_norm.assign(static_cast<size_t>(count), 0);
    by_loss.assign(static_cast<size_t>(count), 0);
    std::vector<int8_t> steps(static_cast<size_t>(items.width));
    for (int64_t row = 0; row < rows; ++row) {
      bound(row, round_vector(queries + row * floats, floats, steps.data()), floats, longest);
      uint8_t* to =
          panels.data() + row / kRoughPanel * items.width * kRoughPanel + row % kRoughPanel * 4;
      for (int64_t d = 0; d < floats; ++d)
        to[d / 4 * 4 * kRoughPanel + d % 4] = static_cast<uint8_t>(steps[d] + 128);
    }
  }

 private:
  void bound(int64_t row, const Rounded& query, int64_t floats, float longest) {
    constexpr double kLargest = 1e37;  // beyond, a score in floats could be infinite
    const double norm = static_cast<double>(query.norm) + query.loss;
    if (!query.finite || query.scale == 0 || !(2 * norm * longest < kLargest)) {
      by_norm[row] = std::numeric_limits<float>::infinity();
      return;
    }
    // A score in floats is rounded once a place; a rough one, its bounds and a threshold a few times.
    const double rounding = std::ldexp(static_cast<double>(floats + 32), -21);
    by_norm[row] = static_cast<float>((query.loss + norm * rounding) / query.scale);
    by_loss[row] = static_cast<float>(norm / query.scale * (1 + rounding));
  }
};

}  // namespace assay::kernels
