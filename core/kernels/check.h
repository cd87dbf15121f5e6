#pragma once

/// Refusing wrong arguments of kernels in words. Kernels reach neither fmt nor core/error: they are
/// shipped alone.

#include <ATen/core/Tensor.h>

#include <stdexcept>
#include <string>

namespace assay::kernels {

/// "Float [4, 100] on cpu"
inline std::string describe(const at::Tensor& tensor) {
  if (!tensor.defined()) return "an undefined tensor";
  std::string text = std::string(c10::toString(tensor.scalar_type())) + " [";
  for (int64_t d = 0; d < tensor.dim(); ++d)
    text += (d ? ", " : "") + std::to_string(tensor.size(d));
  return text + "] on " + tensor.device().str();
}

/// Throws std::invalid_argument("function: expected; got ...") unless `holds`.
inline void expect(bool holds, const char* function, const std::string& expected,
                   const at::Tensor& got) {
  if (!holds)
    throw std::invalid_argument(std::string(function) + ": " + expected + "; got " + describe(got));
}

}  // namespace assay::kernels
