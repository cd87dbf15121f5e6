#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/tensor.h>
#include <assay/extra/neural/multinomial_likelihood.h>

#include <cstdint>
#include <vector>

namespace assay::extra {
namespace {

/// Bags as entries of a flattened [B, N].
struct Entries {
  at::Tensor place;   // int64 [entries]
  at::Tensor weight;  // float32 [entries]
  at::Tensor total;   // float32 [B, 1]
};

Entries entries_of(const Bags& bags, int64_t items, const at::Device& device) {
  std::vector<int64_t> place;
  std::vector<float> total;
  place.reserve(bags.rows.size());
  for (int64_t bag = 0; bag < bags.size(); ++bag) {
    double sum = 0;
    for (int64_t at = bags.offsets[bag]; at < bags.offsets[bag + 1]; ++at) {
      place.push_back(bag * items + bags.rows[at]);
      sum += bags.weights[at];
    }
    total.push_back(static_cast<float>(sum));
  }
  return {at::tensor(place, at::kLong).to(device), at::tensor(bags.weights, at::kFloat).to(device),
          at::tensor(total, at::kFloat).to(device).unsqueeze(1)};
}

}  // namespace

MultinomialLikelihood::Found MultinomialLikelihood::operator()(const at::Tensor& hidden,
                                                               const at::Tensor& items,
                                                               const Bags& liked, bool moves) {
  const at::NoGradGuard no_gradients;
  const int64_t size = hidden.size(0), count = items.size(0);
  const Entries entries = entries_of(liked, count, hidden.device());
  if (!scores_.defined() || scores_.size(0) < size || scores_.size(1) != count)
    scores_ = at::empty({size, count}, hidden.options());
  at::Tensor scores = scores_.narrow(0, 0, size);
  at::mm_out(scores, hidden, items.t());
  at::Tensor flat = scores.view({-1});
  const at::Tensor of_liked = flat.index_select(0, entries.place);
  const at::Tensor top = scores.amax(1, /*keepdim=*/true);
  const at::Tensor sum = scores.sub_(top).exp_().sum(1, /*keepdim=*/true);
  const auto share = 1 / static_cast<double>(size);
  Found out;
  const at::Tensor all = (entries.total * (sum.log() + top)).sum(at::kDouble);
  out.loss = share * (all - (entries.weight * of_liked).sum(at::kDouble)).item<double>();
  scores.mul_(entries.total * share / sum);
  flat.index_add_(0, entries.place, entries.weight, -share);
  out.of_hidden = scores.mm(items);
  if (!moves) return out;
  if (!of_items_.defined()) of_items_ = at::empty_like(items);
  out.of_items = of_items_;
  at::mm_out(out.of_items, scores.t(), hidden);
  return out;
}

}  // namespace assay::extra
