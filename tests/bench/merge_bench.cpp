// Merges of candidate lists against the plain way with at:: operations: what the sources say is
// added up in a dense row of all items, of which the best are taken. `ratio` is the median over
// pairs of reference / ours.
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/topk.h>
#include <ATen/ops/zeros.h>
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>

#include "pipeline/merge.h"

namespace assay {
namespace {

constexpr int64_t kRequests = 1024, kItems = 3700, kSources = 3;

std::vector<CandidateBatch> sources(int64_t width) {
  std::vector<CandidateBatch> all;
  for (int64_t s = 0; s < kSources; ++s) {
    const auto [score, item] = at::rand({kRequests, kItems}).topk(width, 1);
    all.push_back({item, score, {}, {}});
  }
  return all;
}

at::Tensor added_up(const std::vector<CandidateBatch>& batches, int64_t width) {
  const at::Tensor worth = (at::arange(width, at::kFloat) + 61).reciprocal();
  at::Tensor sums = at::zeros({kRequests, kItems}, at::kFloat);
  for (const CandidateBatch& batch : batches)
    sums.scatter_add_(1, batch.item, worth.expand({kRequests, width}));
  return std::get<1>(sums.topk(kSources * width, 1));
}

double milliseconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
      .count();
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

void merge(benchmark::State& state, task::MergeMethod method) {
  const int64_t width = state.range(0);
  const std::vector<CandidateBatch> batches = sources(width);
  task::MergeSpec spec;
  spec.method = method;
  if (spec.method == task::MergeMethod::quota)
    spec.params["quotas"] = {width / 2, width, width / 4};
  std::vector<double> ours, ratios;
  for (auto _ : state) {
    const auto start = std::chrono::steady_clock::now();
    benchmark::DoNotOptimize(pipeline::merger(method)(batches, spec));
    ours.push_back(milliseconds_since(start));
    state.SetIterationTime(ours.back() / 1000);
    const auto then = std::chrono::steady_clock::now();
    benchmark::DoNotOptimize(added_up(batches, width));
    ratios.push_back(milliseconds_since(then) / ours.back());
  }
  state.counters["ours_ms"] = median(ours);
  state.counters["ratio"] = median(ratios);
}

void of_three(benchmark::internal::Benchmark* bench) {
  bench->ArgNames({"K"})->Arg(100)->UseManualTime()->Unit(benchmark::kMillisecond);
}

BENCHMARK_CAPTURE(merge, reciprocal_rank, task::MergeMethod::reciprocal_rank)->Apply(of_three);
BENCHMARK_CAPTURE(merge, weighted_score, task::MergeMethod::weighted_score)->Apply(of_three);
BENCHMARK_CAPTURE(merge, round_robin, task::MergeMethod::round_robin)->Apply(of_three);
BENCHMARK_CAPTURE(merge, quota, task::MergeMethod::quota)->Apply(of_three);

}  // namespace
}  // namespace assay
