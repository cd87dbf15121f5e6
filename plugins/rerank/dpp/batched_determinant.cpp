#include "batched_determinant.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <assay/extra/similarity/best_place.h>

#include <algorithm>
#include <limits>

namespace assay::dpp {
namespace {

constexpr double kLowest = -std::numeric_limits<double>::infinity();

// int64 [B, 1]: the place of the largest, among ties that of the smallest item.
at::Tensor best_of(const at::Tensor& value, const at::Tensor& largest, const at::Tensor& item) {
  return item.masked_fill(value < largest - extra::kTie, std::numeric_limits<int64_t>::max())
      .argmin(1, /*keepdim=*/true);
}

}  // namespace

at::Tensor places_by_determinant(const at::Tensor& item, const at::Tensor& log_quality,
                                 const at::Tensor& unit, const Kernel& kernel, int64_t n) {
  const int64_t batch = item.size(0), width = item.size(1);
  at::Tensor places = at::full({batch, n}, -1, item.options());
  at::Tensor taken = item < 0, residual = at::ones_like(log_quality);
  at::Tensor rows = at::zeros({batch, std::min(n, width), width}, log_quality.options());
  const at::Tensor in_order = -at::arange(width, log_quality.options());  // what is filled up with
  for (int64_t pick = 0; pick < std::min(n, width); ++pick) {
    const at::Tensor gain = (log_quality + residual.clamp_min(0).log())
                                .masked_fill(taken.logical_or(residual < kernel.epsilon), kLowest);
    const at::Tensor lost = gain.amax(1, /*keepdim=*/true) == kLowest;  // its rank, bool [B, 1]
    const at::Tensor value =
        at::where(lost, in_order.unsqueeze(0).masked_fill(taken, kLowest), gain);
    const at::Tensor largest = value.amax(1, /*keepdim=*/true);
    const at::Tensor best = best_of(value, largest, item);
    places.select(1, pick).copy_(best.masked_fill(largest == kLowest, -1).squeeze(1));
    taken = taken.scatter(1, best, true);

    const at::Tensor chosen = unit.gather(1, best.unsqueeze(2).expand({-1, 1, unit.size(2)}));
    at::Tensor similar = at::matmul(unit, chosen.transpose(1, 2)).squeeze(2);
    if (kernel.halved) similar = (similar + 1) / 2;
    const at::Tensor above = rows.slice(1, 0, pick);
    const at::Tensor of_best = above.gather(2, best.unsqueeze(1).expand({-1, pick, 1}));
    const at::Tensor row = ((similar - (above * of_best).sum(1)) / residual.gather(1, best).sqrt())
                               .masked_fill(lost, 0);
    rows.select(1, pick).copy_(row);
    residual = residual - row.square();
  }
  return places;
}

}  // namespace assay::dpp
