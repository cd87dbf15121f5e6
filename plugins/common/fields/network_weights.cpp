#include <ATen/ops/linear.h>
#include <assay/extra/fields/network_weights.h>

namespace assay::extra {

at::Tensor NetworkWeights::linear(const at::Tensor& rows, int64_t matrix) const {
  return at::linear(rows, (*this)[matrix], (*this)[matrix + 1]);
}

at::Tensor NetworkWeights::product(const at::Tensor& rows, int64_t matrix) const {
  return at::linear(rows, (*this)[matrix]);
}

}  // namespace assay::extra
