#pragma once

/// A first pass over the catalogue in integers of 8 bits, four times as many products an instruction
/// as in floats. It finds which items can be among the k best at all; only those are scored in
/// floats, so that ids and scores are the ones of a pass in floats, bit by bit.
///
/// With x = s X + e and q = t Q + f (X, Q integers from -127 to 127, e and f what rounding lost),
/// q·x differs from t s Q·X by at most |f||x| + |t Q||e| (Cauchy and Schwarz), to which comes what
/// floats round. An item is left out where the highest score that it can have is below the k-th best
/// of the lowest ones.

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
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

/// What can be among the k best of a row, of scores that are known up to an error. Its memory belongs
/// to a RoughPool.
class RoughSelector {
 public:
  void begin(int64_t k, int64_t capacity, ForbiddenCursor forbidden, float* low, float* high,
             int32_t* id, float* threshold) {
    k_ = k;
    capacity_ = capacity;
    size_ = 0;
    gave_up_ = false;
    forbidden_ = forbidden;
    low_ = low;
    high_ = high;
    id_ = id;
    threshold_ = threshold;
    *threshold_ = -std::numeric_limits<float>::infinity();
  }
  /// Offers an item by the highest score that it can have; ids must rise from call to call.
  /// @param error  by how much it may be off
  void offer(float high, float error, int64_t id) {
    if (!(high > *threshold_) || forbidden_.forbids(id)) return;
    if (size_ == capacity_) {
      cut();
      if (size_ > capacity_ - capacity_ / 4) return give_up();
      if (!(high > *threshold_)) return;
    }
    low_[size_] = high - 2 * error;
    high_[size_] = high;
    id_[size_++] = static_cast<int32_t>(id);
  }
  /// Ids of all that may be among the k best, rising; empty where it gave up.
  std::span<const int32_t> candidates() {
    if (size_ > k_) cut();
    return {id_, static_cast<size_t>(size_)};
  }
  /// Whether there was no room for all that may be among the k best.
  bool gave_up() const { return gave_up_; }
  /// Takes nothing any more.
  void give_up() {
    gave_up_ = true;
    size_ = 0;
    *threshold_ = std::numeric_limits<float>::infinity();
  }

 private:
  // Leaves out what is below k others whatever the errors; an equal one may be first by its id.
  void cut() {
    const float limit = limit_near(low_, size_, k_).score;
    int64_t to = 0;
    for (int64_t i = 0; i < size_; ++i) {
      low_[to] = low_[i];
      high_[to] = high_[i];
      id_[to] = id_[i];
      to += high_[i] >= limit;
    }
    size_ = to;
    *threshold_ = std::nextafter(limit, -std::numeric_limits<float>::infinity());
  }

  int64_t k_ = 0, capacity_ = 0, size_ = 0;
  bool gave_up_ = false;
  ForbiddenCursor forbidden_;
  float* low_ = nullptr;
  float* high_ = nullptr;
  int32_t* id_ = nullptr;
  float* threshold_ = nullptr;
};

/// Selectors of some rows and their memory. Thresholds are filled up to a panel with infinity.
class RoughPool {
 public:
  static constexpr int64_t kRoom = 6;  ///< times k: how much may be too close to tell apart

  RoughPool(int64_t rows, int64_t k)
      : k_(k),
        capacity_(kRoom * k + 64),
        selectors_(static_cast<size_t>(rows)),
        low_(static_cast<size_t>(rows * capacity_)),
        high_(static_cast<size_t>(rows * capacity_)),
        id_(static_cast<size_t>(rows * capacity_)),
        threshold_(static_cast<size_t>((rows + kRoughPanel - 1) / kRoughPanel * kRoughPanel),
                   std::numeric_limits<float>::infinity()) {}
  void begin(int64_t row, ForbiddenCursor forbidden) {
    const int64_t at = row * capacity_;
    selectors_[row].begin(k_, capacity_, forbidden, &low_[at], &high_[at], &id_[at],
                          &threshold_[row]);
  }
  RoughSelector& operator[](int64_t row) { return selectors_[row]; }
  const float* thresholds(int64_t row) const { return &threshold_[row]; }

 private:
  int64_t k_, capacity_;
  std::vector<RoughSelector> selectors_;
  std::vector<float> low_, high_;
  std::vector<int32_t> id_;
  std::vector<float> threshold_;
};

/// What a pass over the items needs of a panel of queries, which begins with `row`.
struct RoughPanel {
  const RoughItems& items;
  const uint8_t* query;
  const float* by_norm;
  const float* by_loss;
  RoughPool& pool;
  int64_t row;

  RoughPanel(const RoughItems& of, const RoughQueries& queries, RoughPool& into, int64_t first)
      : items(of),
        query(queries.panels.data() + first * of.width),
        by_norm(queries.by_norm.data() + first),
        by_loss(queries.by_loss.data() + first),
        pool(into),
        row(first) {}
  float error(int64_t lane, int64_t item) const {
    return std::fma(by_norm[lane], items.norm[item], by_loss[lane] * items.loss[item]);
  }
};

// The highest scores that kRoughTile items at most can have, and which of them are above a threshold:
// a bit a query.
struct RoughTile {
  float high[kRoughTile][kRoughPanel];
  uint32_t above[kRoughTile];
};

// Offers a tile that begins with the item `first`. Not inlined: the loops before it need the registers.
__attribute__((noinline)) inline void offer_tile(const RoughTile& tile, int64_t count,
                                                 int64_t first, const RoughPanel& panel) {
  for (int64_t i = 0; i < count; ++i) {
    for (uint32_t mask = tile.above[i]; mask; mask &= mask - 1) {
      const int lane = std::countr_zero(mask);
      panel.pool[panel.row + lane].offer(tile.high[i][lane], panel.error(lane, first + i),
                                         first + i);
    }
  }
}

/// Offers the items first..last to the selectors of a panel. In plain loops: what scan_rough_vnni does.
inline void scan_rough_plain(const RoughPanel& panel, int64_t first, int64_t last) {
  const RoughItems& items = panel.items;
  RoughTile tile;
  for (int64_t item = first; item < last; ++item) {
    const int8_t* const value = items.value.data() + item * items.width;
    tile.above[0] = 0;
    for (int64_t q = 0; q < kRoughPanel; ++q) {
      int32_t sum = -items.shift[item];
      for (int64_t d = 0; d < items.width; ++d)
        sum += value[d] * panel.query[d / 4 * 4 * kRoughPanel + q * 4 + d % 4];
      tile.high[0][q] = std::fma(static_cast<float>(sum), items.scale[item], panel.error(q, item));
      tile.above[0] |= uint32_t{tile.high[0][q] > panel.pool.thresholds(panel.row)[q]} << q;
    }
    offer_tile(tile, 1, item, panel);
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

// _mm512_dpbusd_epi32 in place: GCC 12 copies most of the sums from register to register around it.
ASSAY_VNNI inline void add_products(__m512i& sum, __m512i query, __m512i item) {
  __asm__("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(query), "v"(item));
}

// GCC 12 warns of its own _mm512_cvtepi32_ps.
ASSAY_VNNI inline __m512 in_floats(__m512i sums) {
  return _mm512_maskz_cvtepi32_ps(__mmask16{0xFFFF}, sums);
}

// As score_tile: unrolled, so that the sums stay in registers, and not inlined.
template <int64_t count>
ASSAY_VNNI __attribute__((noinline)) void rough_tile(const RoughPanel& panel, int64_t first) {
  const RoughItems& items = panel.items;
  __m512i sum[count][2];
#pragma GCC unroll 8
  for (int64_t i = 0; i < count; ++i)
    sum[i][0] = sum[i][1] = _mm512_set1_epi32(-items.shift[first + i]);
  const int64_t width = items.width;
  const int8_t* const value = items.value.data() + first * width;
  for (int64_t d = 0; d < width; d += 4) {
    const __m512i low = _mm512_loadu_si512(panel.query + d * kRoughPanel),
                  high = _mm512_loadu_si512(panel.query + d * kRoughPanel + 64);
#pragma GCC unroll 8
    for (int64_t i = 0; i < count; ++i) {
      int32_t four;
      std::memcpy(&four, value + i * width + d, sizeof four);
      const __m512i item = _mm512_set1_epi32(four);
      add_products(sum[i][0], low, item);
      add_products(sum[i][1], high, item);
    }
  }
  RoughTile tile;
  uint32_t any = 0;
#pragma GCC unroll 2
  for (int64_t half = 0; half < 2; ++half) {
    const __m512 threshold = _mm512_loadu_ps(panel.pool.thresholds(panel.row) + 16 * half),
                 by_norm = _mm512_loadu_ps(panel.by_norm + 16 * half),
                 by_loss = _mm512_loadu_ps(panel.by_loss + 16 * half);
#pragma GCC unroll 8
    for (int64_t i = 0; i < count; ++i) {
      const __m512 error =
          _mm512_fmadd_ps(by_norm, _mm512_set1_ps(items.norm[first + i]),
                          _mm512_mul_ps(by_loss, _mm512_set1_ps(items.loss[first + i])));
      const __m512 highest =
          _mm512_fmadd_ps(in_floats(sum[i][half]), _mm512_set1_ps(items.scale[first + i]), error);
      const uint32_t above = uint32_t{_mm512_cmp_ps_mask(highest, threshold, _CMP_GT_OQ)}
                             << 16 * half;
      tile.above[i] = half == 0 ? above : tile.above[i] | above;
      any |= above;
      _mm512_storeu_ps(tile.high[i] + 16 * half, highest);
    }
  }
  if (any != 0) offer_tile(tile, count, first, panel);
}

ASSAY_VNNI inline void scan_rough_vnni(const RoughPanel& panel, int64_t first, int64_t last) {
  int64_t item = first;
  for (; item + kRoughTile <= last; item += kRoughTile) rough_tile<kRoughTile>(panel, item);
  for (; item < last; ++item) rough_tile<1>(panel, item);
}

#undef ASSAY_VNNI
#else

inline bool has_vnni() { return false; }
inline void scan_rough_vnni(const RoughPanel& panel, int64_t first, int64_t last) {
  scan_rough_plain(panel, first, last);
}

#endif

}  // namespace assay::kernels
