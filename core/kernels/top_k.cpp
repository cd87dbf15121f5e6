#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <assay/kernels.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "kernels/lanes.h"
#include "kernels/nan_watch.h"
#include "kernels/request_rows.h"
#include "kernels/selector.h"
#include "kernels/top_k_aten.h"

namespace assay {
namespace {

constexpr int64_t kStep =
    32;  // scores that are compared with the threshold before anything branches

// Bit i is set where scores[i] > threshold, for kStep scores.
uint32_t above(const float* scores, float threshold) {
  const kernels::Lanes limit = kernels::Lanes::all(&threshold);
  uint32_t mask = 0;
  for (int64_t i = 0; i < kStep; i += kernels::kLanes)
    mask |= kernels::Lanes::load(scores + i).above(limit) << i;
  return mask;
}

uint32_t above(const double* scores, double threshold) {
  uint32_t mask = 0;
  for (int64_t i = 0; i < kStep; ++i) mask |= uint32_t{scores[i] > threshold} << i;
  return mask;
}

template <typename Score>
void scan(kernels::Selector<Score>& selector, const Score* scores, int64_t count) {
  int64_t i = 0;
  for (; i + kStep <= count; i += kStep) {
    for (uint32_t mask = above(scores + i, selector.threshold()); mask; mask &= mask - 1) {
      const int64_t id = i + std::countr_zero(mask);
      selector.offer(scores[id], id);
    }
  }
  for (; i < count; ++i) selector.offer(scores[i], i);
}

template <typename Score>
void scan_allowed(kernels::Selector<Score>& selector, const Score* scores, int64_t items,
                  const int64_t* first, const int64_t* last) {
  for (const int64_t* id = first; id != last; ++id) {
    kernels::expect_item("top_k", *id, items);
    selector.offer(scores[*id], *id);
  }
}

// Whether NaN stands where an item could have been chosen.
template <typename Score>
bool any_nan(const Score* scores, int64_t items, const kernels::RequestRows& limits, int64_t row) {
  kernels::ForbiddenCursor forbidden = limits.forbidden(row);
  const auto stands_at = [&](int64_t id) {
    return std::isnan(scores[id]) && !forbidden.forbids(id);
  };
  if (const auto* allowed = limits.allowed())
    return std::any_of(allowed->begin(row), allowed->end(row), stands_at);
  for (int64_t id = 0; id < items; ++id)
    if (stands_at(id)) return true;
  return false;
}

// The scores of every request are the same row: it is ranked once, so far that each request finds k
// that are not excluded.
template <typename Score>
void choose_of_one_row(const Score* scores, int64_t items, int64_t k,
                       const kernels::RequestRows& limits, CandidateBatch& out) {
  const int64_t rows = out.size();
  int64_t most = 0;
  for (int64_t row = 0; row < rows; ++row)
    most = std::max(most, static_cast<int64_t>(limits.excluded(row).size()));
  const int64_t wanted = std::min(items, k + most);
  std::vector<int64_t> best(static_cast<size_t>(wanted));
  std::vector<float> best_score(best.size());
  kernels::SelectorPool<Score> pool(1, wanted, items);
  pool.begin(0, {});
  scan(pool[0], scores, items);
  pool[0].finish(wanted, best.data(), best_score.data());
  best.resize(static_cast<size_t>(std::ranges::find(best, -1) - best.begin()));
  int64_t* const item = out.item.mutable_data_ptr<int64_t>();
  float* const score = out.score.mutable_data_ptr<float>();
  at::parallel_for(0, rows, 64, [&](int64_t first, int64_t last) {
    for (int64_t row = first; row < last; ++row) {
      int64_t place = row * k;
      const int64_t end = place + k;
      for (size_t n = 0; n < best.size() && place < end; ++n) {
        if (std::ranges::binary_search(limits.excluded(row), best[n])) continue;
        item[place] = best[n];
        score[place++] = best_score[n];
      }
      std::fill(item + place, item + end, int64_t{-1});
      std::fill(score + place, score + end, -std::numeric_limits<float>::infinity());
    }
  });
}

template <typename Score>
void choose(const at::Tensor& scores, int64_t k, const kernels::RequestRows& limits,
            CandidateBatch& out) {
  const int64_t rows = scores.size(0), items = scores.size(1);
  const Score* score = scores.const_data_ptr<Score>();
  if (rows > 1 && scores.stride(0) == 0 && limits.allowed() == nullptr)
    return choose_of_one_row(score, items, k, limits, out);
  int64_t* item_out = out.item.mutable_data_ptr<int64_t>();
  float* score_out = out.score.mutable_data_ptr<float>();
  at::parallel_for(0, rows, 1 + 32768 / (items + 1), [&](int64_t first, int64_t last) {
    kernels::SelectorPool<Score> pool(1, k, items);
    for (int64_t row = first; row < last; ++row) {
      pool.begin(0, limits.forbidden(row));
      const Score* row_scores = score + row * scores.stride(0);
      if (const auto* allowed = limits.allowed()) {
        scan_allowed(pool[0], row_scores, items, allowed->begin(row), allowed->end(row));
      } else {
        scan(pool[0], row_scores, items);
      }
      pool[0].finish(k, item_out + row * k, score_out + row * k);
    }
  });
}

template <typename Score>
CandidateBatch top_k_cpu(const at::Tensor& given, int64_t k, const RequestBatch& requests) {
  // Rows may be far apart, or all the same one (expand); within a row scores must be neighbours.
  const at::Tensor scores = given.stride(1) == 1 || given.size(1) <= 1 ? given : given.contiguous();
  const int64_t rows = scores.size(0), items = scores.size(1);
  CandidateBatch out{.item = at::empty({rows, k}, scores.options().dtype(at::kLong)),
                     .score = at::empty({rows, k}, scores.options().dtype(at::kFloat))};
  const kernels::RequestRows limits(requests);
  choose<Score>(scores, k, limits, out);
  const Score* score = scores.const_data_ptr<Score>();
  const int64_t* item_out = out.item.const_data_ptr<int64_t>();
  for (int64_t row = 0; kernels::NanWatch::is_open() && k > 0 && row < rows; ++row) {
    if (item_out[row * k] < 0 && any_nan(score + row * scores.stride(0), items, limits, row))
      kernels::NanWatch::note(requests, row);
  }
  return out;
}

}  // namespace

CandidateBatch top_k(const at::Tensor& scores, int64_t k, const RequestBatch& requests) {
  const bool right = scores.defined() && scores.dim() == 2 &&
                     (scores.scalar_type() == at::kFloat || scores.scalar_type() == at::kDouble);
  kernels::expect(right, "top_k", "scores must be float32 or float64 [B, N]", scores);
  kernels::expect_rows("top_k", scores, requests, k);
  if (!scores.is_cpu()) return kernels::top_k_aten(scores, k, requests);
  return scores.scalar_type() == at::kFloat ? top_k_cpu<float>(scores, k, requests)
                                            : top_k_cpu<double>(scores, k, requests);
}

}  // namespace assay
