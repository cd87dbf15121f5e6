#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// First weights of a network.

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>
#include <assay/extra/fits/epoch_loop.h>

#include <cstdint>
#include <string>
#include <utility>

namespace assay::extra {

/// Draws parameters one after the other, on the generator's device.
class ParameterDraw {
 public:
  explicit ParameterDraw(at::Generator generator)
      : generator_(std::move(generator)),
        options_(at::TensorOptions(at::kFloat).device(generator_.device())) {}
  void normal(const std::string& name, at::IntArrayRef shape, double deviation) {
    add(name, at::empty(shape, options_).normal_(0, deviation, generator_));
  }
  void uniform(const std::string& name, at::IntArrayRef shape, double bound) {
    add(name, at::empty(shape, options_).uniform_(-bound, bound, generator_));
  }
  void ones(const std::string& name, int64_t size) { add(name, at::ones({size}, options_)); }
  void zeros(const std::string& name, int64_t size) { add(name, at::zeros({size}, options_)); }
  NamedTensors take() { return std::move(parameters_); }

 private:
  void add(const std::string& name, at::Tensor value) {
    parameters_.emplace_back(name, std::move(value));
  }
  at::Generator generator_;
  at::TensorOptions options_;
  NamedTensors parameters_;
};

}  // namespace assay::extra
