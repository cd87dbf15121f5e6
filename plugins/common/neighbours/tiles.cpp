#include <ATen/ops/cat.h>
#include <assay/extra/neighbours/tiles.h>
#include <assay/kernels.h>

#include <algorithm>
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

}  // namespace assay::extra
