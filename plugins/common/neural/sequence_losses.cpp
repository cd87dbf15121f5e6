#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/softplus.h>
#include <assay/extra/neural/sequence_losses.h>

#include <algorithm>

namespace assay::extra {

double gbce_power(int64_t negatives, int64_t items, double calibration) {
  const double rate = std::min(
      1.0, static_cast<double>(negatives) / static_cast<double>(std::max<int64_t>(items - 1, 1)));
  return rate * (calibration * (1 - 1 / rate) + 1 / rate);
}

at::Tensor full_loss(const at::Tensor& scores, const at::Tensor& next) {
  return at::cross_entropy_loss(scores, next);
}

at::Tensor sampled_loss(NextItemLoss loss, const at::Tensor& positive, const at::Tensor& negatives,
                        int64_t items, double calibration) {
  if (loss == NextItemLoss::sampled_softmax) {
    const at::Tensor all = at::cat({positive.unsqueeze(1), negatives}, 1);
    return (all.logsumexp(1) - positive).mean();
  }
  const double power =
      loss == NextItemLoss::gbce ? gbce_power(negatives.size(1), items, calibration) : 1;
  const at::Tensor wrong = at::softplus(negatives);  // -ln sigma(-s), 0 for -inf
  const at::Tensor summed = loss == NextItemLoss::gbce ? wrong.sum(1) : wrong.mean(1);
  return (power * at::softplus(-positive) + summed).mean();
}

}  // namespace assay::extra
