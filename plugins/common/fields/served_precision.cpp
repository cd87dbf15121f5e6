#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/_int_mm.h>
#include <ATen/ops/full.h>
#include <assay/error.h>
#include <assay/extra/fields/served_precision.h>
#include <assay/extra/fits/epochs.h>
#include <assay/extra/neural/products.h>

namespace assay::extra {
namespace {

constexpr double kLongestBf16 = 2;  // CPUs without bfloat16 take 1.3 (AVX-512) to 40 times (AVX2)

// Sums that do not fit into 16 bits, where CPUs without VNNI saturate without a word.
bool multiplies_int8() {
  constexpr int64_t kRows = 32, kIn = 256;
  constexpr int kValue = 63;
  const at::NoGradGuard no_gradients;
  const at::Tensor a = at::full({kRows, kIn}, kValue, at::kChar);
  const at::Tensor b = at::full({kIn, kRows}, -kValue, at::kChar);
  return (at::_int_mm(a, b) == -kValue * kValue * kIn).all().item<bool>();
}

}  // namespace

void expect_bf16(double share_of_time, const std::string& who) {
  if (share_of_time <= kLongestBf16) return;
  throw InvalidInput(who +
                     ": precision is bf16, and this CPU does not compute in bfloat16: a product "
                     "takes " +
                     shown(share_of_time) +
                     " times as long as in float32. Set precision: fp16, which is as small and "
                     "multiplied in float32, or int8 or fp32.");
}

void expect_int8(bool is_exact, const std::string& who) {
  if (is_exact) return;
  throw InvalidInput(who +
                     ": precision is int8, and products of int8 are wrong on this CPU. Set "
                     "precision: fp16, which is multiplied in float32, or fp32.");
}

void expect_computes_in(ServedPrecision precision, const std::string& who) {
  if (precision == ServedPrecision::bf16) {
    static const double share_of_time = bf16_share_of_time(at::kCPU);
    expect_bf16(share_of_time, who);
  }
  if (precision == ServedPrecision::int8) {
    static const bool is_exact = multiplies_int8();
    expect_int8(is_exact, who);
  }
}

}  // namespace assay::extra
