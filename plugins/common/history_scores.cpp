#include "common/history_scores.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/round.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <vector>

#include "common/rows.h"

namespace assay {
namespace {

// Scores of one tile: 16 MiB of float64 on a CPU; a GPU wants many rows at once and has the room.
int64_t rows_of_a_tile(const at::Device& device, int64_t items) {
  const int64_t numbers = device.is_cpu() ? int64_t{1} << 21 : int64_t{1} << 27;
  return std::max<int64_t>(16, numbers / std::max<int64_t>(1, items));
}

Ragged part(const Ragged& rows, int64_t first, int64_t count) {
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

Rounding::Rounding(int64_t decimals)
    : decimals_(decimals),
      scale_(std::pow(10.0, static_cast<double>(decimals))),
      unit_(1 / scale_) {}

void Rounding::operator()(std::span<double> values) const {
  if (decimals_ == 0) return;
  for (double& value : values) value = std::nearbyint(value * scale_) * unit_;
}

at::Tensor Rounding::operator()(const at::Tensor& values) const {
  return decimals_ == 0 ? values : at::round(values, decimals_);
}

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

void HistoryTerms::add(int64_t row, int64_t past, double weight) {
  row_.push_back(row);
  past_.push_back(past);
  weight_.push_back(static_cast<float>(weight));
}

Explanation HistoryTerms::explanation(const CandidateBatch& candidates) const {
  const at::Device device = candidates.item.device();
  Explanation explanation;
  explanation.row = at::tensor(row_, at::kLong).to(device);
  explanation.kind = at::zeros_like(explanation.row);  // Explanation::Kind::history
  explanation.id = at::tensor(past_, at::kLong).to(device);
  explanation.weight = at::tensor(weight_, at::kFloat).to(device);
  explanation.base = at::zeros_like(candidates.score);
  return explanation;
}

Explanation explain_by_history(const RequestBatch& requests, const CandidateBatch& candidates,
                               const std::function<double(int64_t, int64_t)>& weight) {
  const at::Tensor items = candidates.item.cpu().contiguous();
  const int64_t* const item = items.const_data_ptr<int64_t>();
  const Rows history(requests.history);
  HistoryTerms terms;
  for (int64_t row = 0; row < items.numel(); ++row) {
    if (item[row] < 0) continue;
    for (const int64_t past : history[row / candidates.width()]) {
      const double value = weight(past, item[row]);
      if (value != 0) terms.add(row, past, value);
    }
  }
  return terms.explanation(candidates);
}

}  // namespace assay
