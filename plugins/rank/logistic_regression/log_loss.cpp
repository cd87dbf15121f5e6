#include "log_loss.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/mv.h>
#include <ATen/ops/zeros.h>

namespace assay::logistic_regression {

LinearWeights::LinearWeights(const at::Tensor& all, const LinearLayout& layout) {
  int64_t at = 0;
  const auto next = [&](int64_t width) { return at += width, all.slice(0, at - width, at); };
  intercept = next(1);
  candidate = next(layout.candidate);
  request = next(layout.request);
  user = next(layout.user);
  item = next(layout.item);
  given = next(layout.given);
}

LogLoss::LogLoss(const LinearExamples& examples, double l2) : examples_(examples) {
  const at::Tensor total = examples.weight.sum();
  weight_ = examples.weight / total;
  l2_ = l2 / total.item<double>();
}

std::pair<double, at::Tensor> LogLoss::operator()(const at::Tensor& weights) const {
  const at::Tensor logit = logits(LinearWeights(weights, examples_.layout));
  // -log sigmoid(logit), in a form that neither overflows nor loses what is small.
  const at::Tensor surprise = (-logit.abs()).exp().log1p() + logit.neg().clamp_min(0);
  const at::Tensor penalised = weights.slice(0, 1);
  const at::Tensor loss = (weight_ * (surprise + (1 - examples_.label) * logit)).sum();
  const at::Tensor value = loss + penalised.square().sum() * (l2_ / 2);
  at::Tensor slope = gradient((logit.sigmoid() - examples_.label) * weight_);
  slope.slice(0, 1).add_(penalised, l2_);
  return {value.item<double>(), slope};
}

at::Tensor LogLoss::logits(const LinearWeights& weights) const {
  const LinearExamples& of = examples_;
  at::Tensor sum = at::mv(of.inputs, weights.candidate) +
                   of.requests.times(weights.request).index_select(0, of.request) +
                   of.users.times(weights.user).index_select(0, of.user) +
                   of.items.times(weights.item).index_select(0, of.item);
  if (of.layout.given > 0) sum += of.given.times(weights.given);
  return sum + weights.intercept;
}

at::Tensor LogLoss::gradient(const at::Tensor& residual) const {
  const LinearExamples& of = examples_;
  const auto part = [&](const extra::SparseColumns& columns, const at::Tensor& owner) {
    return columns.transposed_times(
        at::zeros({columns.rows}, residual.options()).index_add_(0, owner, residual));
  };
  std::vector<at::Tensor> parts = {residual.sum().view(1), at::mv(of.inputs.t(), residual),
                                   part(of.requests, of.request), part(of.users, of.user),
                                   part(of.items, of.item)};
  if (of.layout.given > 0) parts.push_back(of.given.transposed_times(residual));
  return at::cat(parts);
}

}  // namespace assay::logistic_regression
