#include "interests.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/linear.h>

#include <cmath>
#include <utility>

namespace assay::multi_interest {
namespace {

// Beyond it a weight is as good as 1 or 0, and sums of exponentials stay finite.
constexpr double kLargestScore = 20;

}  // namespace

extra::NamedTensors Interests::draw(at::Generator generator) const {
  const at::TensorOptions options = at::TensorOptions(at::kFloat).device(generator.device());
  const auto normal = [&](int64_t rows, int64_t columns, double deviation) {
    return at::empty({rows, columns}, options).normal_(0, deviation, generator);
  };
  const auto scale = [](int64_t inputs) { return 1 / std::sqrt(static_cast<double>(inputs)); };
  extra::NamedTensors drawn;
  drawn.emplace_back("places",
                     normal(settings_.length, settings_.width, settings_.initial_deviation));
  drawn.emplace_back("hidden",
                     normal(settings_.attention, settings_.width, scale(settings_.width)));
  drawn.emplace_back("weights",
                     normal(settings_.interests, settings_.attention, scale(settings_.attention)));
  return drawn;
}

at::Tensor Interests::at_each_place(const at::Tensor& rows, const at::Tensor& position,
                                    const extra::NamedTensors& weights) const {
  const at::Tensor &places = weights[0].second, &hidden = weights[1].second;
  const at::Tensor placed =
      rows + places.index_select(0, position.clamp_min(0).flatten()).view_as(rows);
  const at::Tensor score = at::linear(at::linear(placed, hidden).tanh(), weights[2].second);
  const at::Tensor share = score.clamp(-kLargestScore, kLargestScore).exp();  // [B, n, K]
  const at::Tensor sums = (share.unsqueeze(3) * rows.unsqueeze(2)).cumsum(1);
  return sums / share.cumsum(1).unsqueeze(3);
}

at::Tensor Interests::nearest(const at::Tensor& interests, const at::Tensor& item) {
  const at::Tensor products = interests.detach().matmul(item.detach().unsqueeze(2)).squeeze(2);
  const at::Tensor chosen = products.argmax(1).view({-1, 1, 1});
  return interests.gather(1, chosen.expand({-1, 1, interests.size(2)})).squeeze(1);
}

}  // namespace assay::multi_interest
