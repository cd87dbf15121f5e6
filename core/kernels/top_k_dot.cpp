#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>

#include <assay/kernels.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

#include "kernels/lanes.h"
#include "kernels/request_rows.h"
#include "kernels/selector.h"
#include "kernels/top_k_aten.h"

// The product is made in registers and never stored: kTileItems items times a panel of kPanel queries. A panel holds its
// queries side by side ([D, kPanel]), so that a vector register has one item's scores for eight queries, which are
// compared with those queries' thresholds at once; items are read as they lie. Every score is summed over d in the same
// order whatever the batch, the tile or the thread, so a request gets the same bits in any batch.

namespace assay {
namespace {

using detail::Lanes;

constexpr int64_t kPanelLanes = 2;
constexpr int64_t kPanel = kPanelLanes * detail::kLanes;  // queries side by side
constexpr int64_t kTileItems = 6;     // times kPanelLanes: 12 sums in registers, enough to hide the latency of an addition
constexpr int64_t kBlockFloats = 32768;  // of the catalogue, that stay in cache while the panels pass over them
constexpr int64_t kMostRows = 512;    // of a thread at a time: their selectors stay in cache

using Pool = detail::SelectorPool<float>;

// Queries [rows, D] as panels [rows / kPanel][D][kPanel], the last one filled up with zeros.
std::vector<float> make_panels(const float* queries, int64_t rows, int64_t width) {
  const int64_t panels = (rows + kPanel - 1) / kPanel;
  std::vector<float> out(static_cast<size_t>(panels * width * kPanel));
  for (int64_t row = 0; row < rows; ++row) {
    float* to = out.data() + row / kPanel * width * kPanel + row % kPanel;
    for (int64_t d = 0; d < width; ++d) to[d * kPanel] = queries[row * width + d];
  }
  return out;
}

// Offers the scores of one item to the selectors of a panel.
inline void offer_lanes(const Lanes (&sum)[kPanelLanes], int64_t item, Pool& pool, int64_t row) {
  uint32_t mask = 0;
#pragma GCC unroll 8
  for (int64_t v = 0; v < kPanelLanes; ++v) {
    mask |= sum[v].above(Lanes::load(pool.thresholds(row + v * detail::kLanes))) << (v * detail::kLanes);
  }
  if (mask == 0) return;
  float scores[kPanel];
#pragma GCC unroll 8
  for (int64_t v = 0; v < kPanelLanes; ++v) sum[v].store(scores + v * detail::kLanes);
  for (; mask; mask &= mask - 1) {
    const int lane = std::countr_zero(mask);
    pool[row + lane].offer(scores[lane], item);
  }
}

// Scores `count` items (at most kTileItems, a constant for the compiler) and offers what is above a threshold. The loops
// over items and lanes must be unrolled, else the sums do not stay in registers; not inlined, so that they have them all.
template <int64_t count>
__attribute__((noinline)) void score_tile(const float* items, int64_t first, int64_t width, const float* panel,
                                          Pool& pool, int64_t row) {
  Lanes sum[count][kPanelLanes];
#pragma GCC unroll 8
  for (auto& of_item : sum) {
#pragma GCC unroll 8
    for (Lanes& lanes : of_item) lanes = Lanes::zero();
  }
  for (int64_t d = 0; d < width; ++d) {
    Lanes query[kPanelLanes];
#pragma GCC unroll 8
    for (int64_t v = 0; v < kPanelLanes; ++v) query[v] = Lanes::load(panel + d * kPanel + v * detail::kLanes);
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

void score_block(const float* items, int64_t first, int64_t last, int64_t width, const float* panel, Pool& pool,
                 int64_t row) {
  int64_t item = first;
  for (; item + kTileItems <= last; item += kTileItems) {
    score_tile<kTileItems>(items + item * width, item, width, panel, pool, row);
  }
  for (; item < last; ++item) score_tile<1>(items + item * width, item, width, panel, pool, row);
}

struct Job {
  const float* queries;  // [rows, width]
  const float* items;    // [count, width]
  int64_t width;
  int64_t count;
  int64_t k;
  const detail::RequestRows& limits;
};

// Selectors for the rows first..last, of the whole catalogue.
Pool open_pool(const Job& job, int64_t first, int64_t last) {
  Pool pool(last - first, job.k, job.count, kPanel);
  for (int64_t row = first; row < last; ++row) pool.begin(row - first, job.limits.forbidden(row));
  return pool;
}

// Offers items first..last to all rows of a pool, which begins with `row`.
void scan_items(const Job& job, int64_t row, int64_t rows, Pool& pool, int64_t first, int64_t last) {
  const std::vector<float> panels = make_panels(job.queries + row * job.width, rows, job.width);
  const int64_t block = std::max<int64_t>(kTileItems, kBlockFloats / std::max<int64_t>(1, job.width) / kTileItems * kTileItems);
  for (int64_t item = first; item < last; item += block) {
    for (int64_t r = 0; r < rows; r += kPanel) {
      score_block(job.items, item, std::min(last, item + block), job.width, panels.data() + r * job.width, pool, r);
    }
  }
}

void scan_allowed(const Job& job, int64_t row, detail::Selector<float>& selector) {
  const float* query = job.queries + row * job.width;
  for (const int64_t* id = job.limits.allowed()->begin(row); id != job.limits.allowed()->end(row); ++id) {
    detail::expect_item("top_k_dot", *id, job.count);
    const float* item = job.items + *id * job.width;
    float dot = 0;
    for (int64_t d = 0; d < job.width; ++d) dot = std::fma(item[d], query[d], dot);
    selector.offer(dot, *id);
  }
}

struct Output {
  int64_t k;
  int64_t* item;
  float* score;

  void write(int64_t row, detail::Selector<float>& selector) const { selector.finish(k, item + row * k, score + row * k); }
};

// Many requests: each thread has some of them and sees the whole catalogue.
void split_rows(const Job& job, int64_t rows, const Output& out) {
  at::parallel_for(0, (rows + kPanel - 1) / kPanel, 1, [&](int64_t first, int64_t last) {
    for (int64_t row = first * kPanel; row < std::min(rows, last * kPanel); row += kMostRows) {
      const int64_t count = std::min({kMostRows, rows - row, last * kPanel - row});
      Pool pool = open_pool(job, row, row + count);
      scan_items(job, row, count, pool, 0, job.count);
      for (int64_t r = 0; r < count; ++r) out.write(row + r, pool[r]);
    }
  });
}

// Few requests: each thread has a part of the catalogue and sees all of them.
void split_items(const Job& job, int64_t rows, const Output& out) {
  const int64_t parts = std::clamp<int64_t>(job.count / 4096, 1, at::get_num_threads());
  std::vector<Pool> pools;
  for (int64_t part = 0; part < parts; ++part) pools.push_back(open_pool(job, 0, rows));
  at::parallel_for(0, parts, 1, [&](int64_t first, int64_t last) {
    for (int64_t part = first; part < last; ++part) {
      scan_items(job, 0, rows, pools[part], job.count * part / parts, job.count * (part + 1) / parts);
    }
  });
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t part = 1; part < parts; ++part) pools[0][row].take(pools[part][row]);
    out.write(row, pools[0][row]);
  }
}

void among_allowed(const Job& job, int64_t rows, const Output& out) {
  at::parallel_for(0, rows, 1, [&](int64_t first, int64_t last) {
    for (int64_t row = first; row < last; ++row) {
      Pool pool = open_pool(job, row, row + 1);
      scan_allowed(job, row, pool[0]);
      out.write(row, pool[0]);
    }
  });
}

}  // namespace

CandidateBatch top_k_dot(const at::Tensor& queries, const at::Tensor& items, int64_t k, const RequestBatch& requests) {
  auto vectors = [](const at::Tensor& t) { return t.defined() && t.dim() == 2 && t.scalar_type() == at::kFloat; };
  detail::expect(vectors(queries), "top_k_dot", "queries must be float32 [B, D]", queries);
  detail::expect(vectors(items) && items.size(1) == queries.size(1), "top_k_dot",
                 "items must be float32 [N, D] with the D of queries, " + detail::describe(queries), items);
  detail::expect_rows("top_k_dot", queries, requests, k);
  if (!queries.is_cpu()) return top_k_dot_aten(queries, items, k, requests);

  const at::Tensor query = queries.contiguous(), item = items.contiguous();
  const detail::RequestRows limits(requests);
  const int64_t rows = query.size(0);
  const Job job{query.const_data_ptr<float>(), item.const_data_ptr<float>(), item.size(1), item.size(0), k, limits};
  CandidateBatch result{.item = at::empty({rows, k}, query.options().dtype(at::kLong)),
                        .score = at::empty({rows, k}, query.options())};
  const Output out{k, result.item.mutable_data_ptr<int64_t>(), result.score.mutable_data_ptr<float>()};
  if (limits.allowed()) among_allowed(job, rows, out);
  else if (rows < 4 * kPanel * at::get_num_threads()) split_items(job, rows, out);
  else split_rows(job, rows, out);
  return result;
}

}  // namespace assay
