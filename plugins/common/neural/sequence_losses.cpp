#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/_log_softmax.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/softplus.h>
#include <ATen/ops/zeros_like.h>
#include <assay/extra/neural/sequence_losses.h>

#include <algorithm>

namespace assay::extra {
namespace {

constexpr int64_t kScoresAtOnce = 1 << 21;  // 8 MiB, which stays in the cache

}  // namespace

double gbce_power(int64_t negatives, int64_t items, double calibration) {
  const double rate = std::min(
      1.0, static_cast<double>(negatives) / static_cast<double>(std::max<int64_t>(items - 1, 1)));
  return rate * (calibration * (1 - 1 / rate) + 1 / rate);
}

FullLoss full_loss(const at::Tensor& hidden, const at::Tensor& table, const at::Tensor& next) {
  const at::NoGradGuard no_gradients;
  const int64_t places = hidden.size(0), items = table.size(0);
  const int64_t most = std::clamp<int64_t>(kScoresAtOnce / std::max<int64_t>(items, 1), 16, places);
  const at::Tensor scores = at::empty({most, items}, hidden.options());
  const at::Tensor logs = at::empty_like(scores), by_item = table.t(), column = next.unsqueeze(1);
  const double share = 1.0 / static_cast<double>(places);
  FullLoss out{0, at::empty_like(hidden), at::zeros_like(table)};
  for (int64_t first = 0; first < places; first += most) {
    const int64_t count = std::min(most, places - first);
    const at::Tensor some = hidden.narrow(0, first, count), these = column.narrow(0, first, count);
    at::Tensor score = scores.narrow(0, 0, count), pull = logs.narrow(0, 0, count);
    at::mm_out(score, some, by_item);
    at::_log_softmax_out(pull, score, 1, /*half_to_float=*/false);
    out.value -= pull.gather(1, these).sum().item<double>();
    pull.exp_().mul_(share).scatter_add_(1, these, at::full_like(these, -share, hidden.options()));
    at::Tensor gradient = out.of_hidden.narrow(0, first, count);
    at::mm_out(gradient, pull, table);
    out.of_table.addmm_(pull.t(), some);
  }
  out.value *= share;
  return out;
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
