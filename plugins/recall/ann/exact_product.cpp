#include "exact_product.h"

#include <cstring>

namespace assay::ann {
namespace {

constexpr int64_t kLanes = 4, kStep = 4 * kLanes;
using Floats = float __attribute__((vector_size(kLanes * sizeof(float))));
using Doubles = double __attribute__((vector_size(kLanes * sizeof(double))));

Doubles lanes(const float* from) {
  Floats values;
  std::memcpy(&values, from, sizeof values);
  return __builtin_convertvector(values, Doubles);
}

}  // namespace

double exact_product(const float* a, const float* b, int64_t width) {
  Doubles sums[4] = {};
  int64_t at = 0;
  for (; at + kStep <= width; at += kStep)
    for (int64_t n = 0; n < 4; ++n)
      sums[n] += lanes(a + at + n * kLanes) * lanes(b + at + n * kLanes);
  double rest = 0;
  for (; at < width; ++at) rest += static_cast<double>(a[at]) * b[at];
  const Doubles sum = (sums[0] + sums[1]) + (sums[2] + sums[3]);
  return (sum[0] + sum[2]) + (sum[1] + sum[3]) + rest;
}

}  // namespace assay::ann
