// The kernels on a GPU against LibTorch's own operators on the same GPU. Skipped, with that reason,
// where there is none.
#include <ATen/Context.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/topk.h>
#include <ATen/ops/zeros.h>
#include <assay/kernels.h>
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>

namespace assay {
namespace {

constexpr int64_t kBatch = 1024, kWidth = 64, kList = 100;

RequestBatch requests(const at::Device& device) {
  RequestBatch out;
  const at::Tensor none = at::zeros({kBatch}, at::TensorOptions().dtype(at::kLong).device(device));
  out.request = out.user = out.time_us = none;
  out.history = out.excluded = {none.slice(0, 0, 0), at::zeros({kBatch + 1}, none.options())};
  return out;
}

template <typename Call>
double milliseconds(const Call& call) {
  const auto start = std::chrono::steady_clock::now();
  benchmark::DoNotOptimize(call().cpu());  // waits for the device
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
      .count();
}

void top_k_dot_on_gpu(benchmark::State& state) {
  if (!at::globalContext().hasCUDA())
    return state.SkipWithError("no GPU, or a LibTorch without CUDA");
  const at::Device gpu(at::kCUDA, 0);
  const at::Tensor queries = at::randn({kBatch, kWidth}).to(gpu),
                   items = at::randn({state.range(0), kWidth}).to(gpu);
  const RequestBatch batch = requests(gpu);
  double ours = 1e300, theirs = 1e300;
  for (auto _ : state) {
    ours =
        std::min(ours, milliseconds([&] { return top_k_dot(queries, items, kList, batch).item; }));
    theirs = std::min(
        theirs, milliseconds([&] { return std::get<1>(queries.matmul(items.t()).topk(kList)); }));
  }
  state.counters["top_k_dot_ms"] = ours;
  state.counters["matmul_topk_ms"] = theirs;
  state.counters["ratio"] = theirs / ours;
}
BENCHMARK(top_k_dot_on_gpu)->Arg(3'700)->Arg(41'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace assay
