#include <ATen/TensorOperators.h>
#include <ATen/ops/isnan.h>
#include <assay/extra/features/standard_scale.h>

namespace assay::extra {

StandardScale StandardScale::of(const at::Tensor& values) {
  const at::Tensor number = values.to(at::kDouble);
  const at::Tensor known = at::isnan(number).logical_not().sum(0).clamp_min(1).to(at::kDouble);
  const at::Tensor mean = number.nansum(0) / known;
  const at::Tensor deviation = ((number - mean).square().nansum(0) / known).sqrt();
  return {mean, deviation.masked_fill(deviation <= 1e-12 * (mean.abs() + 1), 1)};
}

at::Tensor StandardScale::operator()(const at::Tensor& values) const {
  return ((values.to(at::kDouble) - mean) / deviation).nan_to_num(0);
}

}  // namespace assay::extra
