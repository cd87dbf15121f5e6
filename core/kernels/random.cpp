#include "kernels/random.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/stack.h>
#include <assay/kernels.h>

#include <algorithm>
#include <array>

#include "kernels/check.h"
#include "rules/philox.h"

namespace assay {
namespace {

constexpr int64_t kWord = 0xFFFFFFFF;

// A 64-bit number as one word: its halves xor-ed, so that anything below 2^32 stands for itself.
constexpr uint32_t fold(uint64_t x) {
  return static_cast<uint32_t>(x) ^ static_cast<uint32_t>(x >> 32);
}

// 24 random bits as a float in [0, 1).
constexpr float unit_float(uint32_t word) { return static_cast<float>(word >> 8) * 0x1p-24f; }

// The high and low word of multiplier · x for words held in int64; in halves, so that nothing
// overflows.
std::array<at::Tensor, 2> multiply(int64_t multiplier, const at::Tensor& x) {
  const at::Tensor low = (x & 0xFFFF) * multiplier;
  const at::Tensor high = x.__rshift__(16) * multiplier + low.__rshift__(16);
  return {high.__rshift__(16), (high & 0xFFFF) * 0x10000 + (low & 0xFFFF)};
}

// rules::philox over whole tensors of words.
std::array<at::Tensor, 4> block(std::array<at::Tensor, 4> c, rules::PhiloxKey key) {
  for (int round = 0; round < rules::kPhiloxRounds; ++round) {
    const auto [a_high, a_low] = multiply(rules::kPhiloxMultipliers[0], c[0]);
    const auto [b_high, b_low] = multiply(rules::kPhiloxMultipliers[1], c[2]);
    c = {b_high.__xor__(c[1]).__xor__(int64_t{key[0]}), b_low,
         a_high.__xor__(c[3]).__xor__(int64_t{key[1]}), a_low};
    key = rules::next_round(key);
  }
  return c;
}

void fill_row(rules::PhiloxWords counter, rules::PhiloxKey key, int64_t n, float* out) {
  for (int64_t draw = 0; draw < n; draw += 4) {
    counter[0] = static_cast<uint32_t>(draw / 4);
    const rules::PhiloxWords words = rules::philox(counter, key);
    for (int64_t i = draw; i < std::min(n, draw + 4); ++i) out[i] = unit_float(words[i - draw]);
  }
}

at::Tensor uniform_cpu(uint64_t seed, uint64_t place, uint64_t stream, const at::Tensor& request,
                       int64_t n) {
  at::Tensor out = at::empty({request.size(0), n}, request.options().dtype(at::kFloat));
  const at::Tensor requests = request.contiguous();
  const int64_t* id = requests.const_data_ptr<int64_t>();
  float* to = out.mutable_data_ptr<float>();
  at::parallel_for(0, request.size(0), 1 + 4096 / (n + 1), [&](int64_t first, int64_t last) {
    for (int64_t r = first; r < last; ++r) {
      const uint32_t word = fold(static_cast<uint64_t>(id[r]));
      fill_row({0, fold(stream), word, fold(place)}, rules::philox_key(seed), n, to + r * n);
    }
  });
  return out;
}

}  // namespace

at::Tensor kernels::uniform_aten(uint64_t seed, uint64_t place, uint64_t stream,
                                 const at::Tensor& request, int64_t n) {
  if (n == 0) return at::empty({request.size(0), 0}, request.options().dtype(at::kFloat));
  const int64_t blocks = (n + 3) / 4;
  const at::Tensor draw = at::arange(blocks, request.options()).unsqueeze(0);
  const at::Tensor id = (request & kWord).__xor__(request.__rshift__(32) & kWord).unsqueeze(1);
  const at::Tensor zero = (draw + id) * 0;
  const auto words =
      block({zero + draw, zero + int64_t{fold(stream)}, zero + id, zero + int64_t{fold(place)}},
            rules::philox_key(seed));
  const at::Tensor all =
      at::stack({words[0], words[1], words[2], words[3]}, 2).view({-1, blocks * 4});
  return (all.slice(1, 0, n).__rshift__(8).to(at::kFloat) * 0x1p-24).contiguous();
}

at::Tensor counter_uniform(uint64_t seed, uint64_t place, uint64_t stream,
                           const at::Tensor& request, int64_t n) {
  kernels::expect(request.defined() && request.dim() == 1 && request.scalar_type() == at::kLong,
                  "counter_uniform", "request must be int64 [B]", request);
  kernels::expect(n >= 0, "counter_uniform", "n must be at least 0, not " + std::to_string(n),
                  request);
  return request.is_cpu() ? uniform_cpu(seed, place, stream, request, n)
                          : kernels::uniform_aten(seed, place, stream, request, n);
}

}  // namespace assay
