#include "vector_input.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/tensor.h>
#include <assay/error.h>
#include <assay/extra/interactions/ragged_spans.h>

#include <algorithm>
#include <cstdio>
#include <vector>

namespace assay::ann {
namespace {

std::string size_text(const at::Tensor& tensor) {
  std::string text = "[";
  for (int64_t d = 0; d < tensor.dim(); ++d)
    text += (d > 0 ? ", " : "") + std::to_string(tensor.size(d));
  return text + "]";
}

at::Tensor floats_on_cpu(const at::Tensor& vectors, const char* whose) {
  if (!vectors.defined() || vectors.dim() != 2 || vectors.scalar_type() != at::kFloat)
    throw InvalidInput(std::string("ann: the ") + whose +
                       " vectors of `model` are no matrix of float32; name another strategy.");
  return vectors.detach().cpu().contiguous();
}

void expect_finite(const at::Tensor& vectors, const char* whose) {
  const at::Tensor bad = at::isfinite(vectors).all(1).logical_not().nonzero();
  if (bad.size(0) == 0) return;
  throw InvalidInput("ann: " + std::to_string(bad.size(0)) + " of " +
                     std::to_string(vectors.size(0)) + " " + whose +
                     " vectors of `model` hold NaN or infinity, the first of them that of number " +
                     std::to_string(bad.select(0, 0).item<int64_t>()) +
                     " (from 0); such a model has diverged: look at its fit.");
}

Ragged selected(const Ragged& ragged, const at::Tensor& rows) {
  return ragged.rows() == 0 ? ragged : ragged.select(rows);
}

}  // namespace

at::Tensor checked_items(const Strategy& model, std::optional<int64_t> items) {
  const VectorModel* const vectors = model.vectors();
  if (vectors == nullptr) {
    throw InvalidInput(
        "ann: the strategy that `model` names has no vectors, so there is nothing to search. Name "
        "one in which a score is an inner product of vectors, such as als, bpr, simple_x or "
        "sasrec.");
  }
  at::Tensor found = floats_on_cpu(vectors->item_vectors(), "item");
  if (items && found.size(0) != *items) {
    throw InvalidInput("ann: the item vectors of `model` are " + size_text(found) + " for " +
                       std::to_string(*items) +
                       " items; there must be one for each. Fit it on the same data set.");
  }
  expect_finite(found, "item");
  return found;
}

at::Tensor checked_queries(const at::Tensor& found, int64_t requests, const at::Tensor& items) {
  at::Tensor queries = floats_on_cpu(found, "query");
  if (queries.size(0) != requests || queries.size(1) != items.size(1)) {
    throw InvalidInput("ann: the query vectors of `model` are " + size_text(queries) + " for " +
                       std::to_string(requests) + " requests, and its item vectors " +
                       size_text(items) + "; they must be of one width, one for each request.");
  }
  expect_finite(queries, "query");
  return queries;
}

// FNV-1a over 64-bit words: it need not withstand an attacker.
std::string fingerprint(const at::Tensor& vectors) {
  uint64_t hash = 0xcbf29ce484222325;
  const auto add = [&](uint64_t word) { hash = (hash ^ word) * 0x100000001b3; };
  add(static_cast<uint64_t>(vectors.size(1)));
  const auto* const words = reinterpret_cast<const unsigned char*>(vectors.const_data_ptr<float>());
  for (int64_t at = 0; at < vectors.numel(); ++at) {
    uint32_t word = 0;
    std::copy_n(words + at * 4, 4, reinterpret_cast<unsigned char*>(&word));
    add(word);
  }
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(hash));
  return text;
}

RequestBatch selected(const RequestBatch& requests, const at::Tensor& rows) {
  RequestBatch some;
  some.request = requests.request.index_select(0, rows);
  some.user = requests.user.index_select(0, rows);
  if (requests.history.rows() > 0) some.history = requests.history.select(rows);
  some.excluded = selected(requests.excluded, rows);
  if (requests.allowed) some.allowed = selected(*requests.allowed, rows);
  some.time_us = requests.time_us.index_select(0, rows);
  return some;
}

RequestBatch sample_of_users(const TrainingView& data, int64_t count) {
  const at::Tensor active = data.by_user.lengths().gt(0).nonzero().flatten();
  const int64_t size = std::min(count, active.size(0));
  const at::Tensor places = (at::arange(size, active.options()) * active.size(0))
                                .floor_divide(std::max<int64_t>(1, size));
  RequestBatch asked;
  asked.request = at::arange(size, active.options());
  asked.user = active.index_select(0, places);
  asked.history = History(data.by_user.select(asked.user));
  asked.history.distinct = true;
  asked.time_us = at::full({size}, data.end_us, active.options());
  // What may not be served ascends.
  const extra::RaggedSpans rows(asked.history);
  std::vector<int64_t> ascending;
  for (int64_t row = 0; row < rows.size(); ++row) {
    ascending.insert(ascending.end(), rows[row].begin(), rows[row].end());
    std::sort(ascending.end() - std::ssize(rows[row]), ascending.end());
  }
  asked.excluded = {at::tensor(ascending, at::kLong), asked.history.offsets.clone()};
  return asked;
}

double shared(const CandidateBatch& found, const CandidateBatch& exact) {
  const int64_t k = exact.width();
  const float* const ours = found.score.const_data_ptr<float>();
  const float* const theirs = exact.score.const_data_ptr<float>();
  const int64_t* const item = exact.item.const_data_ptr<int64_t>();
  int64_t there = 0, wanted = 0;
  for (int64_t row = 0; row < exact.size(); ++row) {
    const int64_t* const list = item + row * k;
    const int64_t length = std::find(list, list + k, int64_t{-1}) - list;
    if (length == 0) continue;
    const float last = theirs[row * k + length - 1];
    wanted += length;
    there += std::count_if(ours + row * k, ours + row * k + length,
                           [&](float score) { return score >= last; });
  }
  return wanted == 0 ? 1 : static_cast<double>(there) / static_cast<double>(wanted);
}

}  // namespace assay::ann
