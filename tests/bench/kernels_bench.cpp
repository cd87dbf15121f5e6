/// top_k_dot against matmul + at::topk, top_k against at::topk, in the same process. Run in pairs,
/// one right after the other, so that a noisy machine disturbs both; `ratio` is the median over
/// pairs of reference / ours.

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/topk.h>
#include <assay/kernels.h>
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

constexpr int64_t kRequests = 1024;
constexpr int64_t kWidth = 64;

assay::RequestBatch requests(int64_t size) {
  assay::RequestBatch batch;
  batch.request = at::arange(size, at::TensorOptions().dtype(at::kLong));
  return batch;
}

template <typename Body>
double milliseconds(Body&& body) {
  const auto start = Clock::now();
  body();
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

template <typename Ours, typename Theirs>
void compare(benchmark::State& state, Ours&& ours, Theirs&& reference) {
  std::vector<double> ratios, mine, theirs;
  ours();
  reference();
  for (auto _ : state) {
    mine.push_back(milliseconds(ours));
    theirs.push_back(milliseconds(reference));
    ratios.push_back(theirs.back() / mine.back());
    state.SetIterationTime(mine.back() / 1000);
  }
  state.counters["reference_ms"] = median(theirs);
  state.counters["ours_ms"] = median(mine);
  state.counters["ratio"] = median(ratios);
}

void top_k_dot(benchmark::State& state) {
  const int64_t items = state.range(0), k = state.range(1), rows = state.range(2);
  const at::Tensor query = at::randn({rows, kWidth}, at::kFloat),
                   item = at::randn({items, kWidth}, at::kFloat);
  const assay::RequestBatch batch = requests(rows);
  compare(
      state, [&] { benchmark::DoNotOptimize(assay::top_k_dot(query, item, k, batch)); },
      [&] { benchmark::DoNotOptimize(at::topk(at::matmul(query, item.t()), k)); });
  state.counters["product_ms"] =
      milliseconds([&] { benchmark::DoNotOptimize(at::matmul(query, item.t())); });
}

void top_k(benchmark::State& state) {
  const int64_t items = state.range(0), k = state.range(1);
  const at::Tensor scores = at::randn(
      {kRequests, items}, at::TensorOptions().dtype(state.range(2) ? at::kDouble : at::kFloat));
  const assay::RequestBatch batch = requests(kRequests);
  compare(
      state, [&] { benchmark::DoNotOptimize(assay::top_k(scores, k, batch)); },
      [&] { benchmark::DoNotOptimize(at::topk(scores, k)); });
}

BENCHMARK(top_k_dot)
    ->ArgNames({"N", "K", "B"})
    ->Args({3'700, 100, kRequests})
    ->Args({41'000, 100, kRequests})
    ->Args({3'700, 100, 1})
    ->Args({41'000, 100, 1})
    ->Args({1'000'000, 100, 1})
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(top_k_dot)
    ->ArgNames({"N", "K", "B"})
    ->Args({1'000'000, 100, kRequests})
    ->UseManualTime()
    ->Iterations(3)
    ->Unit(benchmark::kMillisecond);
BENCHMARK(top_k)
    ->ArgNames({"N", "K", "double"})
    ->Args({1'682, 10, 1})
    ->Args({1'682, 100, 0})
    ->Args({3'700, 100, 0})
    ->Args({41'000, 100, 0})
    ->Args({41'000, 100, 1})
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
