#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <assay/extra/interactions/csr.h>
#include <assay/extra/interactions/ragged_spans.h>
#include <assay/extra/neighbours/history_terms.h>
#include <assay/extra/neighbours/item_weights.h>
#include <assay/extra/neighbours/tiles.h>
#include <assay/extra/neighbours/touched_scores.h>
#include <assay/extra/threads/parallel.h>
#include <assay/sparse_top_k.h>

#include <algorithm>
#include <span>
#include <vector>

namespace assay::extra {
namespace {

struct Pointers {
  explicit Pointers(const ItemWeights& weights)
      : offsets(weights.offsets.const_data_ptr<int64_t>()),
        target(weights.target.const_data_ptr<int32_t>()),
        weight(weights.weight.const_data_ptr<double>()) {}
  const int64_t* offsets;
  const int32_t* target;
  const double* weight;
};

// Calls add(item, value) for every term of a request, along its history.
template <typename Add>
void for_each_term(const Pointers& weights, const WeightedSpans& history, int64_t row,
                   const Add& add) {
  const std::span<const int64_t> items = history[row];
  for (size_t n = 0; n < items.size(); ++n) {
    const int64_t first = weights.offsets[items[n]], last = weights.offsets[items[n] + 1];
    if (history.has_weights()) {
      const double times = history.weight(row, n);
      for (int64_t at = first; at < last; ++at) add(weights.target[at], times * weights.weight[at]);
    } else {
      for (int64_t at = first; at < last; ++at) add(weights.target[at], weights.weight[at]);
    }
  }
}

at::Tensor scores_on_cpu(const ItemWeights& weights, const RequestBatch& requests,
                         const Rounding& round) {
  const int64_t items = weights.items();
  at::Tensor scores = at::zeros({requests.size(), items}, at::kDouble);
  double* const values = scores.mutable_data_ptr<double>();
  const Pointers pointers(weights);
  const WeightedSpans history(requests.history, requests.history.weight);
  parallel_blocks(requests.size(), kRequestsPerBlock, [&](int64_t first, int64_t last) {
    for (int64_t row = first; row < last; ++row) {
      double* const own = values + row * items;
      for_each_term(pointers, history, row,
                    [&](int32_t item, double value) { own[item] += value; });
    }
    round(std::span(values + first * items, values + last * items));
  });
  return scores;
}

// Every term of every request as one long list, added up at its place. Additions come in any order
// where the host has not asked for deterministic algorithms; rounding hides that.
at::Tensor scores_by_index(const ItemWeights& weights, const RequestBatch& requests) {
  const at::Tensor& past = requests.history.values;
  const at::Tensor first = weights.offsets.index_select(0, past);
  const at::Tensor length = weights.offsets.index_select(0, past + 1) - first;
  const at::Tensor end = length.cumsum(0);
  const at::Tensor term = at::arange(length.sum().item<int64_t>(), past.options());
  const at::Tensor place = term + (first - (end - length)).repeat_interleave(length);
  const at::Tensor row = requests.history.row_index().repeat_interleave(length);
  at::Tensor value = weights.weight.index_select(0, place);
  if (const std::optional<at::Tensor>& times = requests.history.weight)
    value = value * times->to(at::kDouble).repeat_interleave(length);
  at::Tensor scores = at::zeros({requests.size() * weights.items()}, weights.weight.options());
  scores.index_add_(0, row * weights.items() + weights.target.index_select(0, place), value);
  return scores.view({requests.size(), weights.items()});
}

RequestBatch some_of(const RequestBatch& requests, const at::Tensor& rows) {
  RequestBatch some;
  some.request = requests.request.index_select(0, rows);
  some.user = requests.user.index_select(0, rows);
  some.history = requests.history.rows() == 0 ? requests.history : requests.history.select(rows);
  some.excluded =
      requests.excluded.rows() == 0 ? requests.excluded : requests.excluded.select(rows);
  some.time_us = requests.time_us.index_select(0, rows);
  return some;
}

// Lists that hold only items that the history speaks for, and the requests that have none.
struct TouchedLists {
  CandidateBatch lists;
  std::vector<int64_t> left;
};

// How many requests share the memory for the scores of a catalogue: so many that clearing it is
// cheap beside them.
int64_t requests_a_block(int64_t items) { return std::max(kRequestsPerBlock, items / 4096); }

// A history speaks for some hundred items, not for the whole catalogue. Where k of them are above 0
// the others, whose score is 0, cannot be among the best.
TouchedLists touched_lists(const ItemWeights& weights, const RequestBatch& requests, int64_t k,
                           const Rounding& round) {
  const int64_t rows = requests.size(), items = weights.items();
  CandidateBatch lists{.item = at::empty({rows, k}, at::kLong),
                       .score = at::empty({rows, k}, at::kFloat)};
  const std::span all_items(lists.item.mutable_data_ptr<int64_t>(), static_cast<size_t>(rows * k));
  const std::span all_scores(lists.score.mutable_data_ptr<float>(), static_cast<size_t>(rows * k));
  const Pointers pointers(weights);
  const WeightedSpans history(requests.history, requests.history.weight);
  const RaggedSpans excluded(requests.excluded);
  std::vector<char> full(static_cast<size_t>(rows));
  parallel_blocks(rows, requests_a_block(items), [&](int64_t first, int64_t last) {
    TouchedScores touched(items);
    std::vector<int32_t> ids;
    std::vector<double> scores;
    for (int64_t row = first; row < last; ++row) {
      for_each_term(pointers, history, row,
                    [&](int32_t item, double value) { touched.add(item, value); });
      touched.take(ids, scores);
      round(scores);
      const auto begin = static_cast<size_t>(row * k), count = static_cast<size_t>(k);
      top_k_sparse(ids, scores, excluded[row], all_items.subspan(begin, count),
                   all_scores.subspan(begin, count));
      full[static_cast<size_t>(row)] =
          std::ssize(ids) < items && k > 0 && all_scores[begin + count - 1] > 0;
    }
  });
  std::vector<int64_t> left;
  for (int64_t row = 0; row < rows; ++row)
    if (!full[static_cast<size_t>(row)]) left.push_back(row);
  return {std::move(lists), std::move(left)};
}

double weight_between(const Pointers& weights, int64_t past, int64_t item) {
  const int32_t* const first = weights.target + weights.offsets[past];
  const int32_t* const last = weights.target + weights.offsets[past + 1];
  const int32_t* const found = std::find(first, last, static_cast<int32_t>(item));
  return found == last ? 0 : weights.weight[found - weights.target];
}

}  // namespace

ItemWeights ItemWeights::transposed() const {
  ItemWeights result;
  result.offsets = at::zeros_like(offsets);
  result.target = at::empty_like(target);
  result.weight = at::empty_like(weight);
  const size_t rows = offsets.size(0), entries = target.size(0);
  transpose<int32_t, double>({.offsets = {offsets.const_data_ptr<int64_t>(), rows},
                              .columns = {target.const_data_ptr<int32_t>(), entries},
                              .values = {weight.const_data_ptr<double>(), entries}},
                             {.offsets = {result.offsets.mutable_data_ptr<int64_t>(), rows},
                              .columns = {result.target.mutable_data_ptr<int32_t>(), entries},
                              .values = {result.weight.mutable_data_ptr<double>(), entries}});
  return result;
}

at::Tensor ItemWeights::scores(const RequestBatch& requests, const Rounding& round) const {
  return weight.is_cpu() ? scores_on_cpu(*this, requests, round)
                         : round(scores_by_index(*this, requests));
}

CandidateBatch ItemWeights::recall(const RequestBatch& requests, int64_t k,
                                   const Rounding& round) const {
  const auto of_all_items = [&](const RequestBatch& some) {
    return known_top_k_in_tiles(some, items(), k,
                                [&](const RequestBatch& tile) { return scores(tile, round); });
  };
  if (!weight.is_cpu() || requests.allowed) return of_all_items(requests);
  TouchedLists found = touched_lists(*this, requests, k, round);
  if (found.left.empty()) return found.lists;
  const at::Tensor left = at::tensor(found.left, at::kLong);
  const CandidateBatch rest = of_all_items(some_of(requests, left));
  found.lists.item.index_copy_(0, left, rest.item);
  found.lists.score.index_copy_(0, left, rest.score);
  return found.lists;
}

Explanation ItemWeights::explain(const RequestBatch& requests,
                                 const CandidateBatch& candidates) const {
  const ItemWeights on_cpu{offsets.cpu(), target.cpu(), weight.cpu()};
  const Pointers weights(on_cpu);
  return explain_by_history(requests, candidates, [&](int64_t past, int64_t item) {
    return weight_between(weights, past, item);
  });
}

void ItemWeightRows::set(int64_t row, const std::vector<Neighbour>& weights) {
  std::vector<std::pair<int32_t, double>>& kept = rows_[static_cast<size_t>(row)];
  kept.reserve(weights.size());
  for (const Neighbour& one : weights) kept.emplace_back(one.id, one.similarity);
}

ItemWeights ItemWeightRows::take() {
  ItemWeights weights;
  weights.offsets = at::zeros({std::ssize(rows_) + 1}, at::kLong);
  int64_t* const offsets = weights.offsets.mutable_data_ptr<int64_t>();
  for (size_t row = 0; row < rows_.size(); ++row)
    offsets[row + 1] = offsets[row] + std::ssize(rows_[row]);
  weights.target = at::empty({offsets[rows_.size()]}, at::kInt);
  weights.weight = at::empty({offsets[rows_.size()]}, at::kDouble);
  int32_t* target = weights.target.mutable_data_ptr<int32_t>();
  double* weight = weights.weight.mutable_data_ptr<double>();
  for (auto& row : rows_) {
    for (const auto& [id, value] : row) *target++ = id, *weight++ = value;
    std::exchange(row, {});
  }
  rows_.clear();
  return weights;
}

void ItemWeights::save(Archive& archive) const {
  archive.put("offsets", offsets);
  archive.put("target", target);
  archive.put("weight", weight);
}

ItemWeights ItemWeights::load(const Archive& archive, const at::Device& device) {
  return {archive.tensor("offsets").to(device), archive.tensor("target").to(device),
          archive.tensor("weight").to(device)};
}

}  // namespace assay::extra
