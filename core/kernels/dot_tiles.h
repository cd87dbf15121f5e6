#pragma once

/// Scores of items for queries, made in registers and offered to selectors at once; the product is
/// never stored.
///
/// Every score is the sum over d = 0 .. D-1 in that order, rounded once a step, whatever the batch,
/// the tile or the thread: a request gets the same bits in any batch.

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/lanes.h"
#include "kernels/selector.h"

namespace assay::kernels {

// Many queries. kTileItems items times a panel of kPanel queries, which stand side by side ([D,
// kPanel]): a register has one item's scores for eight queries, compared with those queries'
// thresholds at once. Items are read as they lie.

inline constexpr int64_t kPanelLanes = 2;
inline constexpr int64_t kPanel = kPanelLanes * kLanes;
inline constexpr int64_t kTileItems =
    6;  // times kPanelLanes: 12 sums, enough to hide the latency of an addition

using DotPool = SelectorPool<float>;

// Queries [rows, D] as panels [rows / kPanel][D][kPanel], the last one filled up with zeros.
inline std::vector<float> make_panels(const float* queries, int64_t rows, int64_t width) {
  const int64_t panels = (rows + kPanel - 1) / kPanel;
  std::vector<float> out(static_cast<size_t>(panels * width * kPanel));
  for (int64_t row = 0; row < rows; ++row) {
    float* to = out.data() + row / kPanel * width * kPanel + row % kPanel;
    for (int64_t d = 0; d < width; ++d) to[d * kPanel] = queries[row * width + d];
  }
  return out;
}

// Offers the scores of one item to the selectors of a panel.
inline void offer_lanes(const Lanes (&sum)[kPanelLanes], int64_t item, DotPool& pool, int64_t row) {
  uint32_t mask = 0;
#pragma GCC unroll 8
  for (int64_t v = 0; v < kPanelLanes; ++v) {
    mask |= sum[v].above(Lanes::load(pool.thresholds(row + v * kLanes))) << (v * kLanes);
  }
  if (mask == 0) return;
  float scores[kPanel];
#pragma GCC unroll 8
  for (int64_t v = 0; v < kPanelLanes; ++v) sum[v].store(scores + v * kLanes);
  for (; mask; mask &= mask - 1) {
    const int lane = std::countr_zero(mask);
    pool[row + lane].offer(scores[lane], item);
  }
}

// Scores `count` items (at most kTileItems, a constant for the compiler) and offers what is above a
// threshold. The loops over items and lanes must be unrolled, else the sums do not stay in
// registers; not inlined, so that they have them all.
template <int64_t count>
__attribute__((noinline)) void score_tile(const float* items, int64_t first, int64_t width,
                                          const float* panel, DotPool& pool, int64_t row) {
  Lanes sum[count][kPanelLanes];
#pragma GCC unroll 8
  for (auto& of_item : sum) {
#pragma GCC unroll 8
    for (Lanes& lanes : of_item) lanes = Lanes::zero();
  }
  for (int64_t d = 0; d < width; ++d) {
    Lanes query[kPanelLanes];
#pragma GCC unroll 8
    for (int64_t v = 0; v < kPanelLanes; ++v)
      query[v] = Lanes::load(panel + d * kPanel + v * kLanes);
#pragma GCC unroll 8
    for (int64_t i = 0; i < count; ++i) {
      const Lanes item = Lanes::all(items + i * width + d);
#pragma GCC unroll 8
      for (int64_t v = 0; v < kPanelLanes; ++v) sum[i][v].add_product(item, query[v]);
    }
  }
#pragma GCC unroll 8
  for (int64_t i = 0; i < count; ++i) offer_lanes(sum[i], first + i, pool, row);
}

inline void score_block(const float* items, int64_t first, int64_t last, int64_t width,
                        const float* panel, DotPool& pool, int64_t row) {
  int64_t item = first;
  for (; item + kTileItems <= last; item += kTileItems) {
    score_tile<kTileItems>(items + item * width, item, width, panel, pool, row);
  }
  for (; item < last; ++item) score_tile<1>(items + item * width, item, width, panel, pool, row);
}

// Few queries. Sixteen items at a time, turned so that a register has eight items' values of one d.

inline constexpr int64_t kGroups = 2;  // of kLanes items: their sums do not wait for each other
inline constexpr int64_t kFew = 4;     // queries at a time

/// Adds d .. d + kLanes of eight items to their sums, one a query.
template <int64_t count>
inline void add_turned(Lanes (&values)[kLanes], const float* queries, int64_t width,
                       Lanes (&sum)[count]) {
  transpose(values);
#pragma GCC unroll 8
  for (int64_t step = 0; step < kLanes; ++step) {
#pragma GCC unroll 8
    for (int64_t q = 0; q < count; ++q)
      sum[q].add_product(values[step], Lanes::all(queries + q * width + step));
  }
}

/// Scores of kGroups * kLanes items for `count` queries: scores[q][item].
/// @param items    where each item begins
/// @param queries  [count, padded width], the padding zero
template <int64_t count>
__attribute__((noinline)) void score_few(const float* const* items, int64_t width,
                                         const float* queries, int64_t padded_width,
                                         float (*scores)[kGroups * kLanes]) {
  Lanes sum[kGroups][count];
#pragma GCC unroll 8
  for (auto& of_group : sum) {
#pragma GCC unroll 8
    for (Lanes& lanes : of_group) lanes = Lanes::zero();
  }
  int64_t d = 0;
  for (; d + kLanes <= width; d += kLanes) {
#pragma GCC unroll 2
    for (int64_t g = 0; g < kGroups; ++g) {
      Lanes values[kLanes];
#pragma GCC unroll 8
      for (int64_t i = 0; i < kLanes; ++i) values[i] = Lanes::load(items[g * kLanes + i] + d);
      add_turned(values, queries + d, padded_width, sum[g]);
    }
  }
  for (int64_t g = 0; g < kGroups && d < width; ++g) {
    Lanes values[kLanes];
    for (int64_t i = 0; i < kLanes; ++i)
      values[i] = Lanes::load_some(items[g * kLanes + i] + d, width - d);
    add_turned(values, queries + d, padded_width, sum[g]);
  }
#pragma GCC unroll 8
  for (int64_t q = 0; q < count; ++q) {
    for (int64_t g = 0; g < kGroups; ++g) sum[g][q].store(scores[q] + g * kLanes);
  }
}

/// How long a query of score_few is: the width, filled up to whole registers.
inline int64_t padded(int64_t width) { return (width + kLanes - 1) / kLanes * kLanes; }

/// Queries [rows, width] as rows of padded(width), the rest zero (a zero adds nothing, not even to
/// a -0).
inline std::vector<float> pad_queries(const float* queries, int64_t rows, int64_t width) {
  std::vector<float> out(static_cast<size_t>(rows * padded(width)));
  for (int64_t row = 0; row < rows; ++row) {
    std::copy(queries + row * width, queries + (row + 1) * width,
              out.begin() + row * padded(width));
  }
  return out;
}

/// Offers items first..last to `count` selectors, of which `queries` (pad_queries) are the queries.
template <int64_t count>
void score_few_items(const float* items, int64_t first, int64_t last, int64_t width,
                     const float* queries, DotPool& pool, int64_t row) {
  constexpr int64_t kStep = kGroups * kLanes;
  float scores[count][kStep];
  const float* starts[kStep];
  for (int64_t item = first; item < last; item += kStep) {
    const int64_t here = std::min(kStep, last - item);
    for (int64_t i = 0; i < kStep; ++i) starts[i] = items + (item + std::min(i, here - 1)) * width;
    score_few<count>(starts, width, queries, padded(width), scores);
    for (int64_t q = 0; q < count; ++q) {
      const Lanes threshold = Lanes::all(pool.thresholds(row + q));
      uint32_t mask = 0;
      for (int64_t g = 0; g < kGroups; ++g)
        mask |= Lanes::load(scores[q] + g * kLanes).above(threshold) << (g * kLanes);
      for (mask &= (uint32_t{1} << here) - 1; mask; mask &= mask - 1) {
        const int place = std::countr_zero(mask);
        pool[row + q].offer(scores[q][place], item + place);
      }
    }
  }
}

/// Offers the items `ids`, which rise, to a selector.
/// @param query  [1, padded width] of pad_queries
inline void score_listed(const float* items, std::span<const int32_t> ids, int64_t width,
                         const float* query, Selector<float>& selector) {
  constexpr int64_t kStep = kGroups * kLanes, kCacheLine = 16;  // floats
  float scores[1][kStep];
  const float* starts[kStep];
  for (size_t at = 0; at < ids.size(); at += kStep) {
    const auto some = ids.subspan(at, std::min<size_t>(kStep, ids.size() - at));
    for (const int32_t next :
         ids.subspan(at + some.size())
             .first(std::min<size_t>(kStep, ids.size() - at - some.size())))  // they lie anywhere
      for (int64_t d = 0; d < width; d += kCacheLine)
        __builtin_prefetch(items + int64_t{next} * width + d);
    for (size_t i = 0; i < kStep; ++i)
      starts[i] = items + int64_t{some[std::min(i, some.size() - 1)]} * width;
    score_few<1>(starts, width, query, padded(width), scores);
    for (size_t i = 0; i < some.size(); ++i) selector.offer(scores[0][i], some[i]);
  }
}

/// One score, for what needs only some.
inline float score_one(const float* item, const float* query, int64_t width) {
  float sum = 0;
  for (int64_t d = 0; d < width; ++d) sum = std::fma(item[d], query[d], sum);
  return sum;
}

}  // namespace assay::kernels
