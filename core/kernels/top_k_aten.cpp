#include "kernels/top_k_aten.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/cumsum.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/isnan.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/sort.h>
#include <ATen/ops/topk.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <limits>
#include <tuple>
#include <vector>

#include "kernels/nan_watch.h"

namespace assay::kernels {
namespace {

constexpr double kNever = -std::numeric_limits<double>::infinity();

// Scores in memory at once; what is larger is worked off in parts.
constexpr int64_t kMostScores = int64_t{1} << 27;

// The places in the flattened [B, count] part that begins with item `first` where the ragged rows
// have a value.
at::Tensor flat_places(const Ragged& rows, int64_t first, int64_t count) {
  const at::Tensor column = rows.values - first;
  const at::Tensor inside = (column >= 0) & (column < count);
  return (rows.row_index() * count + column).masked_select(inside);
}

// Sets what must not be chosen to -inf, NaN included; `scores` [B, count] begins with item `first`.
at::Tensor masked(const at::Tensor& scores, int64_t first, const RequestBatch& requests) {
  at::Tensor out = at::where(at::isnan(scores), kNever, scores).contiguous();
  if (requests.allowed) {
    at::Tensor allowed = at::zeros(out.sizes(), out.options().dtype(at::kBool));
    if (requests.allowed->rows() > 0) {
      allowed.view({-1}).index_fill_(0, flat_places(*requests.allowed, first, out.size(1)), 1);
    }
    out.masked_fill_(allowed.logical_not(), kNever);
  }
  if (requests.excluded.rows() > 0) {
    out.view({-1}).index_fill_(0, flat_places(requests.excluded, first, out.size(1)), kNever);
  }
  return out;
}

// `place` [B, k] in the order of the scores there, equal ones by place.
at::Tensor in_order(const at::Tensor& scores, const at::Tensor& place) {
  const at::Tensor ascending = std::get<0>(at::sort(place, false, 1, false));
  const at::Tensor order = std::get<1>(at::sort(scores.gather(1, ascending), true, 1, true));
  return ascending.gather(1, order);
}

// Several passes over all scores: what is above the k-th value is in, and of what equals it as many
// as are left, from the left.
at::Tensor best_places_with_ties(const at::Tensor& scores, int64_t k) {
  const at::Tensor last = std::get<0>(at::topk(scores, k, 1)).slice(1, k - 1, k);
  const at::Tensor above = scores > last, equal = scores == last;
  const at::Tensor left = k - above.sum(1, true);
  const at::Tensor chosen = above | (equal & (at::cumsum(equal, 1, at::kInt) <= left));
  return in_order(scores, chosen.nonzero().select(1, 1).view({scores.size(0), k}));
}

// Places [B, k] of the k best of each row, best first, equal ones by place. at::topk breaks ties as
// it likes: where the k-th value and the one behind it differ, it had nothing to break.
at::Tensor best_places(const at::Tensor& scores, int64_t k) {
  const int64_t asked = std::min(k + 1, scores.size(1));
  const auto [value, place] = at::topk(scores, asked, 1);
  const at::Tensor best = in_order(scores, place.slice(1, 0, k));
  if (asked == k) return best;
  const at::Tensor last = value.select(1, k - 1);
  const at::Tensor tied = ((last == value.select(1, k)) & (last > kNever)).nonzero().select(1, 0);
  if (tied.size(0) == 0) return best;
  return best.index_copy(0, tied, best_places_with_ties(scores.index_select(0, tied), k));
}

// Of one part of the catalogue; scores keep their type so that parts compare as they should.
struct Best {
  at::Tensor item;   // int64 [B, k], -1 pads
  at::Tensor score;  // [B, k]
};

Best best_of(const at::Tensor& scores, int64_t k, int64_t first, const RequestBatch& requests) {
  const at::Tensor allowed = masked(scores, first, requests);
  const at::Tensor place = best_places(allowed, std::min(k, scores.size(1)));
  const at::Tensor score = allowed.gather(1, place);
  return {at::where(score > kNever, place + first, -1), score};
}

// Parts in the order of the catalogue: places order equal scores by id.
Best merge(const std::vector<Best>& parts, int64_t k) {
  if (parts.size() == 1) return parts[0];
  std::vector<at::Tensor> items, scores;
  for (const Best& part : parts) {
    items.push_back(part.item);
    scores.push_back(part.score);
  }
  const at::Tensor item = at::cat(items, 1), score = at::cat(scores, 1);
  const at::Tensor place = best_places(score, std::min(k, score.size(1)));
  return {item.gather(1, place), score.gather(1, place)};
}

CandidateBatch finished(const Best& best, int64_t k) {
  const int64_t rows = best.item.size(0), missing = k - best.item.size(1);
  const at::Tensor score = best.score.to(at::kFloat);
  if (missing == 0) return {.item = best.item, .score = score};
  return {.item = at::cat({best.item, at::full({rows, missing}, -1, best.item.options())}, 1),
          .score = at::cat({score, at::full({rows, missing}, kNever, score.options())}, 1)};
}

CandidateBatch nothing(int64_t rows, int64_t k, const at::Tensor& like) {
  return {.item = at::full({rows, k}, -1, like.options().dtype(at::kLong)),
          .score = at::full({rows, k}, kNever, like.options().dtype(at::kFloat))};
}

// Notes the rows of `chosen` that are empty, although a score of an item that may be served is NaN.
void note_nan(const CandidateBatch& chosen, const at::Tensor& scores, int64_t first,
              const RequestBatch& requests) {
  const at::Tensor could_be = masked(at::where(at::isnan(scores), 0.0, kNever), first, requests);
  const at::Tensor rows =
      ((could_be > kNever).any(1) & (chosen.item.select(1, 0) < 0)).nonzero().flatten().cpu();
  for (int64_t i = 0; i < rows.size(0); ++i)
    NanWatch::note(requests, rows.const_data_ptr<int64_t>()[i]);
}

// The best of `part(first, count)` [B, count], over the whole catalogue.
template <typename Part>
CandidateBatch over_parts(int64_t rows, int64_t items, int64_t k, const RequestBatch& requests,
                          Part&& part) {
  const int64_t width = std::max<int64_t>(1, kMostScores / rows);
  std::vector<Best> parts;
  for (int64_t first = 0; first < items; first += width) {
    const int64_t count = std::min(width, items - first);
    parts.push_back(best_of(part(first, count), k, first, requests));
    if (parts.size() == 2) parts = {merge(parts, k)};
  }
  CandidateBatch chosen = finished(parts[0], k);
  const bool watched = NanWatch::is_open() && (chosen.item.select(1, 0) < 0).any().item<bool>();
  for (int64_t first = 0; watched && first < items; first += width) {
    const int64_t count = std::min(width, items - first);
    note_nan(chosen, part(first, count), first, requests);
  }
  return chosen;
}

}  // namespace

CandidateBatch top_k_aten(const at::Tensor& scores, int64_t k, const RequestBatch& requests) {
  const int64_t rows = scores.size(0), items = scores.size(1);
  if (rows == 0 || items == 0 || k == 0) return nothing(rows, k, scores);
  return over_parts(rows, items, k, requests, [&](int64_t first, int64_t count) {
    return scores.slice(1, first, first + count);
  });
}

CandidateBatch top_k_dot_aten(const at::Tensor& queries, const at::Tensor& items, int64_t k,
                              const RequestBatch& requests) {
  const int64_t rows = queries.size(0);
  if (rows == 0 || items.size(0) == 0 || k == 0) return nothing(rows, k, queries);
  return over_parts(rows, items.size(0), k, requests, [&](int64_t first, int64_t count) {
    return at::matmul(queries, items.slice(0, first, first + count).t());
  });
}

}  // namespace assay::kernels
