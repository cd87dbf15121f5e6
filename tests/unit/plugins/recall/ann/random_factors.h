#pragma once

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/exp.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>

#include <cstdint>

namespace assay::test {

/// Vectors as factor models have them: a few directions matter most, and lengths differ widely.
/// float32 [rows, width].
inline at::Tensor random_factors(int64_t rows, int64_t width, uint64_t seed) {
  at::Generator chance = at::detail::createCPUGenerator(seed);
  const at::TensorOptions options(at::kFloat);
  const at::Tensor fading =
      at::exp(at::arange(width, options) * (-4.0 / static_cast<double>(width)));
  const at::Tensor length = at::exp(at::randn({rows, 1}, chance, options) * 0.8);
  return at::randn({rows, width}, chance, options) * fading * length;
}

}  // namespace assay::test
