#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/_log_softmax.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <assay/extra/neural/in_batch_softmax.h>

#include <algorithm>
#include <limits>

namespace assay::extra {
namespace {

constexpr int64_t kScoresAtOnce = 1 << 18;  // 1 MiB, which stays in the cache

at::Tensor floats(const std::vector<float>& values, const at::Device& device) {
  return at::tensor(values, at::kFloat).to(device);
}

// Sets the masked scores of the queries from `first` on to -inf.
void mask(const std::vector<int64_t>& masked, int64_t first, at::Tensor& scores) {
  const int64_t items = scores.size(1), begin = first * items;
  const auto from = std::ranges::lower_bound(masked, begin);
  const auto to = std::ranges::lower_bound(masked, begin + scores.numel());
  if (from == to) return;
  const at::Tensor places = at::tensor(std::vector<int64_t>(from, to), at::kLong) - begin;
  scores.view({-1}).index_fill_(0, places.to(scores.device()),
                                -std::numeric_limits<double>::infinity());
}

}  // namespace

InBatchGradients in_batch_softmax(const at::Tensor& queries, const at::Tensor& items,
                                  const InBatchTargets& targets) {
  const at::NoGradGuard no_gradients;
  const at::Device device = queries.device();
  const int64_t size = queries.size(0), columns = items.size(0);
  const int64_t most = std::min(size, std::max<int64_t>(16, kScoresAtOnce / columns));
  const at::Tensor scaled = queries * (1 / targets.temperature), by_item = items.t();
  const at::Tensor log_q = targets.log_q.empty() ? at::zeros({columns}, queries.options())
                                                 : floats(targets.log_q, device);
  const at::Tensor weight = targets.weight.empty() ? at::ones({size, 1}, queries.options())
                                                   : floats(targets.weight, device).unsqueeze(1);
  const at::Tensor positive = at::tensor(targets.positive, at::kLong).to(device).unsqueeze(1);
  const at::Tensor all_scores = at::empty({most, columns}, queries.options());
  const at::Tensor all_shares = at::empty_like(all_scores), losses = at::empty_like(weight);
  const at::Tensor factor = weight * (1 / static_cast<double>(size));
  const at::Tensor weighted = scaled * factor;
  InBatchGradients out{0, at::empty_like(queries), at::zeros_like(items)};
  for (int64_t first = 0; first < size; first += most) {
    const int64_t count = std::min(most, size - first);
    at::Tensor scores = all_scores.narrow(0, 0, count), shares = all_shares.narrow(0, 0, count);
    const at::Tensor these = positive.narrow(0, first, count);
    at::addmm_out(scores, log_q, scaled.narrow(0, first, count), by_item, /*beta=*/-1);
    mask(targets.masked, first, scores);
    at::_log_softmax_out(shares, scores, 1, /*half_to_float=*/false);
    losses.narrow(0, first, count).copy_(shares.gather(1, these));
    // The gradient of a score is its share, less 1 at the positive.
    shares.exp_().scatter_add_(1, these, at::full_like(these, -1, queries.options()));
    at::Tensor of_these = out.of_queries.narrow(0, first, count);
    at::mm_out(of_these, shares, items);
    out.of_items.addmm_(shares.t(), weighted.narrow(0, first, count));
  }
  out.loss = -(losses * weight).mean().item<double>();
  out.of_queries.mul_(factor * (1 / targets.temperature));
  return out;
}

}  // namespace assay::extra
