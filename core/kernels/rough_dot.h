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
#include "kernels/rough_vectors.h"
#include "kernels/selector.h"

namespace assay::kernels {

inline constexpr int64_t kRoughTile = 6;  // items at a time: 12 sums hide a product's latency

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
