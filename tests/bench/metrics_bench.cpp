/// The metrics pass, finding the hits included: six accuracy metrics @20 for lists of 20 and up to
/// 20 relevant items. Against a plain loop with a hash set a request, and against one ATen
/// expression a metric, in the same process. One thread; `requests_per_second` is what one core
/// does. `ratio` is the median over pairs of reference / ours.

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <random>
#include <set>
#include <unordered_set>
#include <vector>

#include "metrics/accuracy.h"
#include "metrics/hits.h"
#include "metrics/metric_pass.h"

namespace {

using Clock = std::chrono::steady_clock;

constexpr int64_t kRequests = 16 * 1024;
constexpr int64_t kCutoff = 20;
constexpr int64_t kMetrics = 6;
constexpr const char* kDefinitions[kMetrics] = {
    "recall{den=R}",
    "precision{den=k}",
    "ndcg{gain=binary,discount=log2(r+1),ideal=min(R,k)}",
    "map{norm=min(R,k)}",
    "mrr",
    "hit_rate"};

struct Batch {
  at::Tensor items;  // int64 [B, 20]
  assay::Ragged truth;
};

// About one hit in five; 1 to 20 relevant items.
Batch make_batch() {
  std::mt19937 random(1);
  std::vector<int64_t> items, values, offsets = {0};
  for (int64_t r = 0; r < kRequests; ++r) {
    std::set<int64_t> relevant;
    const size_t count = 1 + random() % 20;
    while (relevant.size() < count) relevant.insert(random() % 41'000);
    values.insert(values.end(), relevant.begin(), relevant.end());
    offsets.push_back(static_cast<int64_t>(values.size()));
    std::vector<int64_t> list(relevant.begin(), relevant.end());
    std::shuffle(list.begin(), list.end(), random);
    list.resize(std::min<size_t>(list.size(), random() % 8));
    while (list.size() < kCutoff) list.push_back(50'000 + static_cast<int64_t>(list.size()));
    std::shuffle(list.begin(), list.end(), random);
    items.insert(items.end(), list.begin(), list.end());
  }
  return {at::tensor(items, at::kLong).view({kRequests, kCutoff}),
          {at::tensor(values, at::kLong), at::tensor(offsets, at::kLong)}};
}

// What one would write first: a hash set a request, every metric from the list.
void plain_loop(const Batch& batch, float* out) {
  const auto* item = batch.items.const_data_ptr<int64_t>();
  const auto* value = batch.truth.values.const_data_ptr<int64_t>();
  const auto* offset = batch.truth.offsets.const_data_ptr<int64_t>();
  for (int64_t r = 0; r < kRequests; ++r) {
    const std::unordered_set<int64_t> relevant(value + offset[r], value + offset[r + 1]);
    const double count = static_cast<double>(relevant.size()),
                 ideal_hits = std::min<double>(count, kCutoff);
    double hits = 0, dcg = 0, ideal = 0, precision_sum = 0, first = 0;
    for (int64_t k = 0; k < kCutoff; ++k) {
      const double rank = static_cast<double>(k + 1);
      if (rank <= ideal_hits) ideal += 1 / std::log2(rank + 1);
      if (!relevant.contains(item[r * kCutoff + k])) continue;
      hits += 1;
      dcg += 1 / std::log2(rank + 1);
      precision_sum += hits / rank;
      if (first == 0) first = 1 / rank;
    }
    const double values[kMetrics] = {hits / count, hits / kCutoff,
                                     dcg / ideal,  precision_sum / ideal_hits,
                                     first,        hits > 0 ? 1.0 : 0.0};
    for (int64_t m = 0; m < kMetrics; ++m) out[m * kRequests + r] = static_cast<float>(values[m]);
  }
}

// One ATen expression a metric.
void tensor_expressions(const Batch& batch, at::Tensor& out) {
  const at::Tensor hits = assay::metrics::find_hits_aten(batch.items, batch.truth),
                   relevant = batch.truth.lengths();
  for (int64_t m = 0; m < kMetrics; ++m) {
    out[m].copy_(assay::metrics::accuracy_values(*assay::rules::find_hit_rule(kDefinitions[m]),
                                                 hits, relevant, kCutoff));
  }
}

template <typename Body>
double seconds(Body&& body) {
  const auto start = Clock::now();
  body();
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void six_metrics(benchmark::State& state) {
  at::set_num_threads(1);
  const Batch batch = make_batch();
  std::vector<assay::metrics::MetricAtCutoff> columns;
  for (const char* definition : kDefinitions) columns.push_back({definition, kCutoff});
  const assay::metrics::MetricPass pass(columns, std::make_shared<assay::metrics::MetricData>());
  const assay::CandidateBatch lists{.item = batch.items, .score = {}};
  at::Tensor out = at::empty({kMetrics, kRequests}, at::TensorOptions().dtype(at::kFloat));

  std::vector<double> ours, to_loop, to_tensors;
  for (auto _ : state) {
    ours.push_back(seconds([&] { benchmark::DoNotOptimize(pass.values(lists, batch.truth)); }));
    to_loop.push_back(seconds([&] { plain_loop(batch, out.mutable_data_ptr<float>()); }) /
                      ours.back());
    to_tensors.push_back(seconds([&] { tensor_expressions(batch, out); }) / ours.back());
    state.SetIterationTime(ours.back());
  }
  const double best = *std::min_element(ours.begin(), ours.end());
  state.counters["requests_per_second"] = kRequests / median(ours);
  state.counters["best"] = kRequests / best;
  state.counters["ratio_to_plain_loop"] = median(to_loop);
  state.counters["ratio_to_tensor_expressions"] = median(to_tensors);
}

BENCHMARK(six_metrics)->UseManualTime()->Unit(benchmark::kMicrosecond);

}  // namespace
