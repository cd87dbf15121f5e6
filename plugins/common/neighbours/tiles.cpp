#include <ATen/Dispatch.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <assay/extra/neighbours/tiles.h>
#include <assay/kernels.h>

#include <algorithm>
#include <limits>
#include <vector>

namespace assay::extra {
namespace {

// Scores of one tile: 16 MiB of float64 on a CPU; a GPU wants many rows at once and has the room.
int64_t rows_of_a_tile(const at::Device& device, int64_t items) {
  const int64_t numbers = device.is_cpu() ? int64_t{1} << 21 : int64_t{1} << 27;
  return std::max<int64_t>(16, numbers / std::max<int64_t>(1, items));
}

template <typename Rows>
Rows part(const Rows& rows, int64_t first, int64_t count) {
  return rows.rows() == 0 ? rows : rows.slice(first, count);
}

RequestBatch part(const RequestBatch& requests, int64_t first, int64_t count) {
  RequestBatch tile;
  tile.request = requests.request.slice(0, first, first + count);
  tile.user = requests.user.slice(0, first, first + count);
  tile.history = part(requests.history, first, count);
  tile.excluded = part(requests.excluded, first, count);
  if (requests.allowed) tile.allowed = part(*requests.allowed, first, count);
  tile.time_us = requests.time_us.slice(0, first, first + count);
  return tile;
}

constexpr double kNever = -std::numeric_limits<double>::infinity();

// The look at a row ends at the first score that differs.
template <typename Number>
void hide_equal_rows(at::Tensor& scores) {
  const int64_t items = scores.size(1);
  Number* row = scores.mutable_data_ptr<Number>();
  for (int64_t left = scores.size(0); left > 0; --left, row += items) {
    const auto differs = [&](Number score) { return score != row[0]; };
    if (std::none_of(row, row + items, differs))
      std::fill(row, row + items, static_cast<Number>(kNever));
  }
}

// Nothing of an unknown request can be chosen. A catalogue of one item has no order to get wrong.
at::Tensor known_scores(at::Tensor scores, const RequestBatch& requests) {
  if (requests.size() == 0) return scores;
  if (scores.size(1) > 1) {
    if (scores.is_cpu()) {
      scores = scores.contiguous();
      AT_DISPATCH_FLOATING_TYPES(scores.scalar_type(), "known_scores",
                                 [&] { hide_equal_rows<scalar_t>(scores); });
    } else {
      scores.masked_fill_(scores.eq(scores.narrow(1, 0, 1)).all(1, true), kNever);
    }
  }
  return scores.masked_fill_(requests.history.lengths().eq(0).unsqueeze(1), kNever);
}

}  // namespace

CandidateBatch top_k_in_tiles(const RequestBatch& requests, int64_t items, int64_t k,
                              const std::function<at::Tensor(const RequestBatch&)>& score) {
  const int64_t rows = rows_of_a_tile(requests.request.device(), items);
  if (requests.size() <= rows) return top_k(score(requests), k, requests);
  std::vector<at::Tensor> item_parts, score_parts;
  for (int64_t first = 0; first < requests.size(); first += rows) {
    const RequestBatch tile = part(requests, first, std::min(rows, requests.size() - first));
    const CandidateBatch best = top_k(score(tile), k, tile);
    item_parts.push_back(best.item);
    score_parts.push_back(best.score);
  }
  return {.item = at::cat(item_parts), .score = at::cat(score_parts)};
}

CandidateBatch known_top_k_in_tiles(const RequestBatch& requests, int64_t items, int64_t k,
                                    const std::function<at::Tensor(const RequestBatch&)>& score) {
  return top_k_in_tiles(requests, items, k,
                        [&](const RequestBatch& tile) { return known_scores(score(tile), tile); });
}

}  // namespace assay::extra
