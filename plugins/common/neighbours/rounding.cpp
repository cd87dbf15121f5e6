#include <ATen/ops/round.h>
#include <assay/extra/neighbours/rounding.h>

namespace assay::extra {

Rounding::Rounding(int64_t decimals)
    : decimals_(decimals),
      scale_(std::pow(10.0, static_cast<double>(decimals))),
      unit_(1 / scale_) {}

void Rounding::operator()(std::span<double> values) const {
  if (decimals_ == 0) return;
  for (double& value : values) value = std::rint(value * scale_) * unit_;
}

at::Tensor Rounding::operator()(const at::Tensor& values) const {
  return decimals_ == 0 ? values : at::round(values, decimals_);
}

}  // namespace assay::extra
