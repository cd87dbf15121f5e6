#pragma once

/// A first pass over the catalogue in integers of 8 bits, four times as many products an instruction
/// as in floats. It finds which items can be among the k best at all; only those are scored in
/// floats, so that ids and scores are the ones of a pass in floats, bit by bit.
///
/// With x = s X + e and q = t Q + f (X, Q integers from -127 to 127, e and f what rounding lost),
/// q·x differs from t s Q·X by at most |f||x| + |t Q||e| (Cauchy and Schwarz). Twice that bound, with
/// the longest x and the largest e of the catalogue and what floats round, is the slack of a query:
/// an item whose rough score is further below the k-th best rough score is not among the k best.

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "kernels/dot_tiles.h"
#include "kernels/selector.h"

namespace assay::kernels {

inline constexpr int64_t kRoughPanel = 32;  // queries side by side: two registers of 16 sums
inline constexpr int64_t kRoughTile = 6;    // items at a time: 12 sums hide a product's latency
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
  float longest = 0;           ///< of the vectors
  float largest_loss = 0;
  bool finite = true;

  RoughItems(int64_t items, int64_t floats)
      : count(items),
        width((floats + 3) / 4 * 4),
        value(static_cast<size_t>(items * width)),
        scale(static_cast<size_t>(items)),
        shift(static_cast<size_t>(items)) {}

  /// Rounds the rows first..last. Different rows may be rounded by different threads, each with a
  /// `bounds` of its own that count_in() takes afterwards.
  struct Bounds {
    float longest = 0, largest_loss = 0;
    bool finite = true;
  };
  Bounds round(const float* items, int64_t floats, int64_t first, int64_t last) {
    Bounds bounds;
    for (int64_t item = first; item < last; ++item) {
      const Rounded row = round_vector(items + item * floats, floats, value.data() + item * width);
      scale[item] = row.scale;
      shift[item] = 128 * row.sum;
      bounds.longest = std::max(bounds.longest, row.norm);
      bounds.largest_loss = std::max(bounds.largest_loss, row.loss);
      bounds.finite = bounds.finite && row.finite;
    }
    return bounds;
  }
  void count_in(const Bounds& bounds) {
    longest = std::max(longest, bounds.longest);
    largest_loss = std::max(largest_loss, bounds.largest_loss);
    finite = finite && bounds.finite;
  }
};

/// Queries in integers, side by side: [panels][width / 4][kRoughPanel][4], each 128 too high.
struct RoughQueries {
  std::vector<uint8_t> panels;
  /// Of each row, in units of its own rough scores (which lack the query's scale); infinity where it
  /// has to be scored in floats.
  std::vector<float> slack;

  RoughQueries(const float* queries, int64_t rows, int64_t floats, const RoughItems& items)
      : panels(
            static_cast<size_t>((rows + kRoughPanel - 1) / kRoughPanel * items.width * kRoughPanel),
            128) {
    std::vector<int8_t> steps(static_cast<size_t>(items.width));
    for (int64_t row = 0; row < rows; ++row) {
      const Rounded query = round_vector(queries + row * floats, floats, steps.data());
      slack.push_back(slack_of(query, floats, items));
      uint8_t* to =
          panels.data() + row / kRoughPanel * items.width * kRoughPanel + row % kRoughPanel * 4;
      for (int64_t d = 0; d < floats; ++d)
        to[d / 4 * 4 * kRoughPanel + d % 4] = static_cast<uint8_t>(steps[d] + 128);
    }
  }

 private:
  static float slack_of(const Rounded& query, int64_t floats, const RoughItems& items) {
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    constexpr double kLargest = 1e37;  // beyond, a score in floats could be infinite
    const double norm = static_cast<double>(query.norm) + query.loss;
    const double longest = static_cast<double>(items.longest) + items.largest_loss;
    if (!query.finite || query.scale == 0 || !(norm * longest < kLargest)) return kInfinity;
    // A score in floats is rounded once a place; a rough one and a threshold a few times.
    const double rounding = std::ldexp(static_cast<double>(floats + 16), -22) * norm * longest;
    const double bound =
        static_cast<double>(query.loss) * items.longest + norm * items.largest_loss + rounding;
    return std::nextafter(static_cast<float>(2 * bound / query.scale), kInfinity);
  }
};

// Offers the rough scores of an item that `mask` marks, one bit a query of the panel.
inline void offer_rough(uint32_t mask, const float* scores, int64_t item, DotPool& pool,
                        int64_t row) {
  for (; mask; mask &= mask - 1) {
    const int lane = std::countr_zero(mask);
    pool[row + lane].offer(scores[lane], item);
  }
}

/// Offers the rough scores of the items first..last to the selectors of a panel. In plain loops: what
/// scan_rough_vnni does.
inline void scan_rough_plain(const RoughItems& items, int64_t first, int64_t last,
                             const uint8_t* panel, DotPool& pool, int64_t row) {
  for (int64_t item = first; item < last; ++item) {
    const int8_t* const value = items.value.data() + item * items.width;
    float scores[kRoughPanel];
    uint32_t mask = 0;
    for (int64_t q = 0; q < kRoughPanel; ++q) {
      int32_t sum = -items.shift[item];
      for (int64_t d = 0; d < items.width; ++d)
        sum += value[d] * panel[d / 4 * 4 * kRoughPanel + q * 4 + d % 4];
      scores[q] = static_cast<float>(sum) * items.scale[item];
      mask |= uint32_t{scores[q] > pool.thresholds(row)[q]} << q;
    }
    offer_rough(mask, scores, item, pool, row);
  }
}

#if defined(__x86_64__)
#define ASSAY_VNNI __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni")))

/// Whether this machine multiplies integers of 8 bits at four times the rate of floats.
inline bool has_vnni() {
  static const bool there =
      __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni");
  return there;
}

// GCC 12 warns of its own _mm512_cvtepi32_ps.
ASSAY_VNNI inline __m512 in_floats(__m512i sums) {
  return _mm512_maskz_cvtepi32_ps(__mmask16{0xFFFF}, sums);
}

// As score_tile: unrolled, so that the sums stay in registers, and not inlined.
template <int64_t count>
ASSAY_VNNI __attribute__((noinline)) void rough_tile(const RoughItems& items, int64_t first,
                                                     const uint8_t* panel, DotPool& pool,
                                                     int64_t row) {
  __m512i sum[count][2];
#pragma GCC unroll 8
  for (int64_t i = 0; i < count; ++i)
    sum[i][0] = sum[i][1] = _mm512_set1_epi32(-items.shift[first + i]);
  const int64_t width = items.width;
  const int8_t* const value = items.value.data() + first * width;
  for (int64_t d = 0; d < width; d += 4) {
    const __m512i low = _mm512_loadu_si512(panel + d * kRoughPanel),
                  high = _mm512_loadu_si512(panel + d * kRoughPanel + 64);
#pragma GCC unroll 8
    for (int64_t i = 0; i < count; ++i) {
      int32_t four;
      std::memcpy(&four, value + i * width + d, sizeof four);
      const __m512i item = _mm512_set1_epi32(four);
      sum[i][0] = _mm512_dpbusd_epi32(sum[i][0], low, item);
      sum[i][1] = _mm512_dpbusd_epi32(sum[i][1], high, item);
    }
  }
  const __m512 low = _mm512_loadu_ps(pool.thresholds(row)),
               high = _mm512_loadu_ps(pool.thresholds(row) + 16);
#pragma GCC unroll 8
  for (int64_t i = 0; i < count; ++i) {
    const __m512 scale = _mm512_set1_ps(items.scale[first + i]);
    const __m512 a = _mm512_mul_ps(in_floats(sum[i][0]), scale),
                 b = _mm512_mul_ps(in_floats(sum[i][1]), scale);
    const uint32_t mask = uint32_t{_mm512_cmp_ps_mask(a, low, _CMP_GT_OQ)} |
                          uint32_t{_mm512_cmp_ps_mask(b, high, _CMP_GT_OQ)} << 16;
    if (mask == 0) continue;
    float scores[kRoughPanel];
    _mm512_storeu_ps(scores, a);
    _mm512_storeu_ps(scores + 16, b);
    offer_rough(mask, scores, first + i, pool, row);
  }
}

ASSAY_VNNI inline void scan_rough_vnni(const RoughItems& items, int64_t first, int64_t last,
                                       const uint8_t* panel, DotPool& pool, int64_t row) {
  int64_t item = first;
  for (; item + kRoughTile <= last; item += kRoughTile)
    rough_tile<kRoughTile>(items, item, panel, pool, row);
  for (; item < last; ++item) rough_tile<1>(items, item, panel, pool, row);
}

#undef ASSAY_VNNI
#else

inline bool has_vnni() { return false; }
inline void scan_rough_vnni(const RoughItems& items, int64_t first, int64_t last,
                            const uint8_t* panel, DotPool& pool, int64_t row) {
  scan_rough_plain(items, first, last, panel, pool, row);
}

#endif

}  // namespace assay::kernels
