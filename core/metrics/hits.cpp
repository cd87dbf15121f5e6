#include "metrics/hits.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/repeat_interleave.h>
#include <ATen/ops/searchsorted.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cstring>
#include <vector>

#ifdef __AVX2__
#include <immintrin.h>
#endif

#include "error/error.h"

namespace assay::metrics {
namespace {

constexpr int64_t kLanes = 32;  // items of a list that are compared with one relevant item at once

// From so many relevant items on, a binary search for each item of the list is cheaper.
constexpr int64_t kMostCompared = 256;

// Bit i is set where item i (of at most kLanes) is relevant.
uint32_t hit_mask(const int32_t* items, const int64_t* truth, int64_t relevant) {
#ifdef __AVX2__
  const auto* lanes = reinterpret_cast<const __m256i*>(items);
  const __m256i a = _mm256_loadu_si256(lanes), b = _mm256_loadu_si256(lanes + 1),
                c = _mm256_loadu_si256(lanes + 2), d = _mm256_loadu_si256(lanes + 3);
  __m256i in_a = _mm256_setzero_si256(), in_b = in_a, in_c = in_a, in_d = in_a;
  for (int64_t t = 0; t < relevant; ++t) {
    const __m256i wanted = _mm256_set1_epi32(static_cast<int32_t>(truth[t]));
    in_a = _mm256_or_si256(in_a, _mm256_cmpeq_epi32(a, wanted));
    in_b = _mm256_or_si256(in_b, _mm256_cmpeq_epi32(b, wanted));
    in_c = _mm256_or_si256(in_c, _mm256_cmpeq_epi32(c, wanted));
    in_d = _mm256_or_si256(in_d, _mm256_cmpeq_epi32(d, wanted));
  }
  const auto bits = [](__m256i x) {
    return static_cast<uint32_t>(_mm256_movemask_ps(_mm256_castsi256_ps(x)));
  };
  return bits(in_a) | bits(in_b) << 8 | bits(in_c) << 16 | bits(in_d) << 24;
#else
  uint32_t mask = 0;
  for (int64_t t = 0; t < relevant; ++t) {
    for (int64_t i = 0; i < kLanes; ++i) mask |= uint32_t{items[i] == truth[t]} << i;
  }
  return mask;
#endif
}

int64_t search_ranks(const int64_t* items, int64_t width, const int64_t* truth, int64_t relevant,
                     int32_t* ranks) {
  int64_t hits = 0;
  for (int64_t i = 0; i < width; ++i) {
    if (std::binary_search(truth, truth + relevant, items[i]))
      ranks[hits++] = static_cast<int32_t>(i);
  }
  return hits;
}

at::Tensor find_hits_cpu(const at::Tensor& items, const Ragged& truth) {
  const at::Tensor list = items.contiguous(), values = truth.values.contiguous(),
                   offsets = truth.offsets.contiguous();
  const int64_t width = list.size(1);
  at::Tensor out = at::zeros(list.sizes(), list.options().dtype(at::kBool));
  const auto* item = list.const_data_ptr<int64_t>();
  const auto* value = values.const_data_ptr<int64_t>();
  const auto* offset = offsets.const_data_ptr<int64_t>();
  bool* hit = out.mutable_data_ptr<bool>();
  at::parallel_for(0, list.size(0), 512, [&](int64_t first, int64_t last) {
    std::vector<int32_t> ranks(static_cast<size_t>(width));
    for (int64_t r = first; r < last; ++r) {
      const int64_t hits = hit_ranks(item + r * width, width, value + offset[r],
                                     offset[r + 1] - offset[r], ranks.data());
      for (int64_t h = 0; h < hits; ++h) hit[r * width + ranks[h]] = true;
    }
  });
  return out;
}

}  // namespace

int64_t hit_ranks(const int64_t* items, int64_t width, const int64_t* truth, int64_t relevant,
                  int32_t* ranks) {
  if (relevant == 0) return 0;
  if (relevant > kMostCompared) return search_ranks(items, width, truth, relevant, ranks);
  int64_t hits = 0;
  for (int64_t first = 0; first < width; first += kLanes) {
    int32_t lanes[kLanes];
    const int64_t count = std::min(kLanes, width - first);
    for (int64_t i = 0; i < count; ++i) lanes[i] = static_cast<int32_t>(items[first + i]);
    std::fill(lanes + count, lanes + kLanes, -1);
    for (uint32_t mask = hit_mask(lanes, truth, relevant); mask; mask &= mask - 1) {
      ranks[hits++] = static_cast<int32_t>(first + __builtin_ctz(mask));
    }
  }
  return hits;
}

at::Tensor find_hits_aten(const at::Tensor& items, const Ragged& truth) {
  if (truth.values.size(0) == 0 || items.numel() == 0)
    return at::zeros(items.sizes(), items.options().dtype(at::kBool));
  // (row, item) as one number: the rows of `truth` stand in order, so all of them together are
  // sorted.
  const auto row = at::arange(items.size(0), items.options()) * (int64_t{1} << 32);
  const auto wanted =
      at::repeat_interleave(row, truth.offsets.slice(0, 1) - truth.offsets.slice(0, 0, -1)) +
      truth.values;
  const auto given = items + row.unsqueeze(1);
  const auto place = at::searchsorted(wanted, given).clamp_max(wanted.size(0) - 1);
  return (wanted.index_select(0, place.view({-1})).view(items.sizes()) == given) & (items >= 0);
}

at::Tensor find_hits(const at::Tensor& items, const Ragged& truth) {
  error::require(items.dim() == 2 && items.scalar_type() == at::kLong,
                 "the lists are int64 [B, K]");
  error::require(truth.rows() == items.size(0), "there is a row of truth for each list");
  return items.is_cpu() ? find_hits_cpu(items, truth) : find_hits_aten(items, truth);
}

}  // namespace assay::metrics
