#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <assay/kernels.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <mutex>
#include <optional>
#include <vector>

#include "kernels/dot_tiles.h"
#include "kernels/nan_watch.h"
#include "kernels/request_rows.h"
#include "kernels/rough_dot.h"
#include "kernels/top_k_aten.h"

namespace assay {
namespace {

using kernels::kFew;
using kernels::kPanel;
using Pool = kernels::DotPool;

constexpr int64_t kBlockFloats =
    32768;  // of the catalogue, that stay in cache while the queries pass over them
constexpr int64_t kMostRows = 512;  // of a thread at a time: their selectors stay in cache
// A first pass in integers (kernels/rough_dot.h).
constexpr int64_t kRoughSmaller = 4;     // times fewer bytes than floats
constexpr int64_t kMostRoughRows = 128;  // their selectors are larger
constexpr int64_t kRoughItems = 100;     // times k: with fewer, most are scored twice
constexpr int64_t kRoughMisses =
    4;  // where more than this part of the rows cannot be told apart, floats are faster
constexpr int64_t kRoughWidth = 16;  // floats: below, choosing costs more than scoring
constexpr int64_t kMostFew =
    2 * kernels::kFew;  // up to so many queries a panel would be mostly empty

struct Job {
  const float* queries;  // [rows, width]
  const float* items;    // [count, width]
  int64_t width;
  int64_t count;
  int64_t k;
  const kernels::RequestRows& limits;
};

// Selectors for the rows first..last, of the whole catalogue.
Pool open_pool(const Job& job, int64_t first, int64_t last) {
  Pool pool(last - first, job.k, job.count, kernels::kPanel);
  for (int64_t row = first; row < last; ++row) pool.begin(row - first, job.limits.forbidden(row));
  return pool;
}

// Calls body(first, last) for blocks of the items first..last that stay in cache.
// @param width  of an item, in floats
template <typename Body>
void each_block(int64_t width, int64_t first, int64_t last, Body&& body) {
  constexpr int64_t kWhole = 48;  // a multiple of what any of the kernels takes at a time
  const int64_t block =
      std::max<int64_t>(1, kBlockFloats / std::max<int64_t>(1, width) / kWhole) * kWhole;
  for (int64_t item = first; item < last; item += block) body(item, std::min(last, item + block));
}

void scan_few(const Job& job, int64_t row, int64_t rows, Pool& pool, int64_t first, int64_t last) {
  static constexpr decltype(&kernels::score_few_items<1>) kByCount[kernels::kFew] = {
      kernels::score_few_items<1>, kernels::score_few_items<2>, kernels::score_few_items<3>,
      kernels::score_few_items<4>};
  const std::vector<float> queries =
      kernels::pad_queries(job.queries + row * job.width, rows, job.width);
  each_block(job.width, first, last, [&](int64_t begin, int64_t end) {
    for (int64_t r = 0; r < rows; r += kernels::kFew) {
      const auto score = kByCount[std::min(kernels::kFew, rows - r) - 1];
      score(job.items, begin, end, job.width, queries.data() + r * kernels::padded(job.width), pool,
            r);
    }
  });
}

void scan_panels(const Job& job, int64_t row, int64_t rows, Pool& pool, int64_t first,
                 int64_t last) {
  const std::vector<float> panels =
      kernels::make_panels(job.queries + row * job.width, rows, job.width);
  each_block(job.width, first, last, [&](int64_t begin, int64_t end) {
    for (int64_t r = 0; r < rows; r += kernels::kPanel) {
      kernels::score_block(job.items, begin, end, job.width, panels.data() + r * job.width, pool,
                           r);
    }
  });
}

// Offers items first..last to all rows of a pool, which begins with `row`.
void scan_items(const Job& job, int64_t row, int64_t rows, Pool& pool, int64_t first,
                int64_t last) {
  rows <= kMostFew ? scan_few(job, row, rows, pool, first, last)
                   : scan_panels(job, row, rows, pool, first, last);
}

void scan_allowed(const Job& job, int64_t row, kernels::Selector<float>& selector) {
  const float* query = job.queries + row * job.width;
  for (const int64_t* id = job.limits.allowed()->begin(row); id != job.limits.allowed()->end(row);
       ++id) {
    kernels::expect_item("top_k_dot", *id, job.count);
    const float* item = job.items + *id * job.width;
    selector.offer(kernels::score_one(item, query, job.width), *id);
  }
}

struct Output {
  int64_t k;
  int64_t* item;
  float* score;

  void write(int64_t row, kernels::Selector<float>& selector) const {
    selector.finish(k, item + row * k, score + row * k);
  }
};

void answer_rows(const Job& job, int64_t row, int64_t rows, const Output& out) {
  Pool pool = open_pool(job, row, row + rows);
  scan_items(job, row, rows, pool, 0, job.count);
  for (int64_t r = 0; r < rows; ++r) out.write(row + r, pool[r]);
}

/// The catalogue in integers, and the length of its longest vector.
struct Rough {
  kernels::RoughItems items;
  float longest;
};

// What can be among the k best of a row, by a pass in integers.
kernels::RoughPool scan_roughly(const Job& job, const Rough& rough, int64_t row, int64_t rows) {
  const kernels::RoughQueries queries(job.queries + row * job.width, rows, job.width, rough.items,
                                      rough.longest);
  kernels::RoughPool pool(rows, job.k);
  for (int64_t r = 0; r < rows; ++r) {
    pool.begin(r, job.limits.forbidden(row + r));
    if (std::isinf(queries.by_norm[r])) pool[r].give_up();
  }
  each_block(rough.items.width / kRoughSmaller, 0, job.count, [&](int64_t begin, int64_t end) {
    for (int64_t r = 0; r < rows; r += kernels::kRoughPanel)
      kernels::scan_rough_vnni({rough.items, queries, pool, r}, begin, end);
  });
  return pool;
}

// Returns how many of the rows had to be answered by floats alone.
int64_t answer_rows_roughly(const Job& job, const Rough& catalogue, int64_t row, int64_t rows,
                            const Output& out) {
  kernels::RoughPool rough = scan_roughly(job, catalogue, row, rows);
  Pool exact(1, job.k, job.count);
  int64_t all_in_floats = 0;
  for (int64_t r = 0; r < rows; ++r) {
    int64_t in_floats = r;  // rows that gave up, together
    while (in_floats < rows && rough[in_floats].gave_up()) ++in_floats;
    if (in_floats > r) answer_rows(job, row + r, in_floats - r, out);
    all_in_floats += in_floats - r;
    if ((r = in_floats) == rows) break;
    const std::vector<float> query =
        kernels::pad_queries(job.queries + (row + r) * job.width, 1, job.width);
    exact.begin(0, {});
    kernels::score_listed(job.items, rough[r].candidates(), job.width, query.data(), exact[0]);
    out.write(row + r, exact[0]);
  }
  return all_in_floats;
}

// None where a pass in integers is not possible or does not pay.
std::optional<Rough> rounded_items(const Job& job) {
  if (!kernels::has_vnni() || job.k == 0 || job.count < kRoughItems * job.k ||
      job.width < kRoughWidth || job.width > kernels::kRoughWidest)
    return std::nullopt;
  std::optional<Rough> rough(Rough{kernels::RoughItems(job.count, job.width), 0});
  std::mutex one_at_a_time;
  at::parallel_for(0, job.count, 1024, [&](int64_t first, int64_t last) {
    const float longest = rough->items.round(job.items, job.width, first, last);
    const std::lock_guard lock(one_at_a_time);
    rough->longest = std::max(rough->longest, longest);
  });
  if (std::isinf(rough->longest)) rough.reset();
  return rough;
}

// Many requests: each thread has some of them and sees the whole catalogue.
void split_rows(const Job& job, int64_t rows, const Output& out) {
  const std::optional<Rough> rough = rounded_items(job);
  const int64_t panel = rough ? kernels::kRoughPanel : kernels::kPanel;
  const int64_t most = rough ? kMostRoughRows : kMostRows;
  std::atomic<bool> pays = rough.has_value();
  at::parallel_for(0, (rows + panel - 1) / panel, 1, [&](int64_t first, int64_t last) {
    for (int64_t row = first * panel; row < std::min(rows, last * panel); row += most) {
      const int64_t count = std::min({most, rows - row, last * panel - row});
      if (!pays)
        answer_rows(job, row, count, out);
      else if (answer_rows_roughly(job, *rough, row, count, out) > count / kRoughMisses)
        pays = false;
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
      scan_items(job, 0, rows, pools[part], job.count * part / parts,
                 job.count * (part + 1) / parts);
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

// Whether the score is NaN of an item that could have been chosen.
bool any_nan(const Job& job, int64_t row) {
  kernels::ForbiddenCursor forbidden = job.limits.forbidden(row);
  const auto is_nan = [&](int64_t id) {
    const float* query = job.queries + row * job.width;
    return !forbidden.forbids(id) &&
           std::isnan(kernels::score_one(job.items + id * job.width, query, job.width));
  };
  if (const auto* allowed = job.limits.allowed())
    return std::any_of(allowed->begin(row), allowed->end(row), is_nan);
  for (int64_t id = 0; id < job.count; ++id)
    if (is_nan(id)) return true;
  return false;
}

}  // namespace

CandidateBatch top_k_dot(const at::Tensor& queries, const at::Tensor& items, int64_t k,
                         const RequestBatch& requests) {
  auto vectors = [](const at::Tensor& t) {
    return t.defined() && t.dim() == 2 && t.scalar_type() == at::kFloat;
  };
  kernels::expect(vectors(queries), "top_k_dot", "queries must be float32 [B, D]", queries);
  kernels::expect(
      vectors(items) && items.size(1) == queries.size(1), "top_k_dot",
      "items must be float32 [N, D] with the D of queries, " + kernels::describe(queries), items);
  kernels::expect_rows("top_k_dot", queries, requests, k);
  if (!queries.is_cpu()) return kernels::top_k_dot_aten(queries, items, k, requests);

  const at::Tensor query = queries.contiguous(), item = items.contiguous();
  const kernels::RequestRows limits(requests);
  const int64_t rows = query.size(0);
  const Job job{query.const_data_ptr<float>(),
                item.const_data_ptr<float>(),
                item.size(1),
                item.size(0),
                k,
                limits};
  CandidateBatch result{.item = at::empty({rows, k}, query.options().dtype(at::kLong)),
                        .score = at::empty({rows, k}, query.options())};
  const Output out{k, result.item.mutable_data_ptr<int64_t>(),
                   result.score.mutable_data_ptr<float>()};
  if (limits.allowed())
    among_allowed(job, rows, out);
  else if (rows < 4 * kernels::kPanel * at::get_num_threads())
    split_items(job, rows, out);
  else
    split_rows(job, rows, out);
  for (int64_t row = 0; kernels::NanWatch::is_open() && k > 0 && row < rows; ++row)
    if (out.item[row * k] < 0 && any_nan(job, row)) kernels::NanWatch::note(requests, row);
  return result;
}

}  // namespace assay
