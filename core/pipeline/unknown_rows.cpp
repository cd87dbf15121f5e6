#include "pipeline/unknown_rows.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/constant_pad_nd.h>

#include <algorithm>
#include <limits>

namespace assay::pipeline {
namespace {

FeatureTable chosen_rows(const FeatureTable& table, const at::Tensor& rows,
                         const at::Tensor& there) {
  FeatureTable chosen{rows.size(0), table.columns};
  const int64_t* const row = rows.const_data_ptr<int64_t>();
  for (Feature& feature : chosen.columns) {
    if (feature.values.defined()) feature.values = feature.values.index_select(0, there);
    if (feature.sets.rows() > 0) feature.sets = feature.sets.select(there);
    if (feature.texts.empty()) continue;
    std::vector<std::string> texts;
    for (int64_t r = 0; r < rows.size(0); ++r)
      texts.push_back(feature.texts[static_cast<size_t>(row[r])]);
    feature.texts = std::move(texts);
  }
  return chosen;
}

at::Tensor replaced(const at::Tensor& whole, const at::Tensor& rows, const at::Tensor& some,
                    double fill) {
  const int64_t width = std::max(whole.size(1), some.size(1));
  const auto widened = [&](const at::Tensor& lists) {
    return at::constant_pad_nd(lists, {0, width - lists.size(1)}, fill);
  };
  return widened(whole).index_copy(0, rows, widened(some));
}

}  // namespace

at::Tensor unknown_rows(const CandidateBatch& lists, int64_t requests) {
  if (lists.width() == 0) return at::arange(requests, at::kLong);
  return lists.item.narrow(0, 0, requests).select(1, 0).lt(0).nonzero().flatten().cpu();
}

RequestBatch chosen_requests(const RequestBatch& requests, const at::Tensor& rows) {
  const at::Tensor there = rows.to(requests.request.device());
  RequestBatch chosen;
  chosen.request = requests.request.index_select(0, there);
  chosen.user = requests.user.index_select(0, there);
  chosen.history = requests.history.select(there);
  chosen.excluded = requests.excluded.select(there);
  if (requests.allowed) chosen.allowed = requests.allowed->select(there);
  chosen.time_us = requests.time_us.index_select(0, there);
  chosen.context = chosen_rows(requests.context, rows, there);
  chosen.reserved = requests.reserved;
  return chosen;
}

CandidateBatch with_answers(const CandidateBatch& lists, const at::Tensor& rows,
                            const CandidateBatch& answers) {
  const at::Tensor there = rows.to(lists.item.device());
  CandidateBatch out;
  out.item = replaced(lists.item, there, answers.item, -1);
  out.score = replaced(lists.score, there, answers.score, -std::numeric_limits<double>::infinity());
  if (lists.propensity && answers.propensity)
    out.propensity = replaced(*lists.propensity, there, *answers.propensity, 1);
  return out;
}

}  // namespace assay::pipeline
