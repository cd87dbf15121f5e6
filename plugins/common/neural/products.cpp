#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/full.h>
#include <ATen/ops/linear.h>
#include <assay/extra/neural/products.h>

#include <algorithm>
#include <chrono>
#include <vector>

namespace assay::extra {
namespace {

constexpr int kTurns = 9;
constexpr int64_t kRows = 1024, kIn = 128, kOut = 512;

// Milliseconds of one product; reading an element waits for a device that runs behind.
double time_of(const at::Tensor& rows, const at::Tensor& weight, bool bf16) {
  const auto start = std::chrono::steady_clock::now();
  linear_product(rows, weight, {}, bf16)[0][0].item<double>();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
      .count();
}

double median(std::vector<double> values) {
  std::ranges::nth_element(values, values.begin() + std::ssize(values) / 2);
  return values[values.size() / 2];
}

}  // namespace

double bf16_share_of_time(const at::Device& device) {
  const at::NoGradGuard no_gradients;
  const auto options = at::TensorOptions(at::kFloat).device(device);
  const at::Tensor rows = at::full({kRows, kIn}, 0.5, options);
  const at::Tensor weight = at::full({kOut, kIn}, 0.25, options);
  std::vector<double> full, half;
  for (int turn = 0; turn <= kTurns; ++turn) {
    const double one = time_of(rows, weight, false), two = time_of(rows, weight, true);
    if (turn == 0) continue;  // the first one prepares
    full.push_back(one);
    half.push_back(two);
  }
  return median(half) / median(full);
}

at::Tensor linear_product(const at::Tensor& rows, const at::Tensor& weight, const at::Tensor& bias,
                          bool bf16) {
  if (!bf16) return at::linear(rows, weight, bias);
  const at::Tensor product = at::linear(rows.to(at::kBFloat16), weight.to(at::kBFloat16));
  const at::Tensor out = product.to(at::kFloat);
  return bias.defined() ? out + bias : out;
}

}  // namespace assay::extra
