/// Rankers by fields: one lookup for the vectors of all fields beside one a field, and what deep_fm
/// needs to rank a request and to learn.

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <assay/extra/fields/field_table.h>
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <functional>

#include "shown_candidates.h"
#include "unit/plugins/shipped_plugin.h"

namespace {

using namespace assay;
using namespace assay::test;

constexpr int64_t kFields = 39, kWidth = 16;

at::Generator chance() { return at::detail::createCPUGenerator(1); }

double microseconds(const std::function<void()>& body) {
  const auto start = std::chrono::steady_clock::now();
  body();
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start)
      .count();
}

double quantile(std::vector<double> values, double share) {
  std::ranges::sort(values);
  return values[static_cast<size_t>(share * static_cast<double>(values.size() - 1))];
}

// In turns over batches of their own, so that what one has read is in no cache of the other's.
// `ratio` is the median of `at::embedding` a field, with the vectors put side by side, over that of
// the fused lookup.
void fused_lookup(benchmark::State& state) {
  const int64_t rows = state.range(0), of_field = state.range(1);
  constexpr int64_t kBatches = 64;
  at::Generator generator = chance();
  const at::Tensor fused = at::randn({kFields * of_field, kWidth}, generator);
  std::vector<at::Tensor> tables;
  for (int64_t field = 0; field < kFields; ++field)
    tables.push_back(fused.slice(0, field * of_field, (field + 1) * of_field).clone());
  std::vector<extra::FieldCodes> codes;
  std::vector<std::vector<at::Tensor>> ids;
  for (int64_t batch = 0; batch < kBatches; ++batch) {
    const at::Tensor drawn = at::randint(of_field, {rows, kFields}, generator, at::kLong);
    extra::FieldCodes one{.rows = rows, .singles = kFields};
    for (int64_t at = 0; at < rows * kFields; ++at)
      one.codes.push_back(
          static_cast<int32_t>(at % kFields * of_field + drawn.const_data_ptr<int64_t>()[at]));
    one.weights.assign(one.codes.size(), 1);
    codes.push_back(std::move(one));
    std::vector<at::Tensor> of_fields;
    for (int64_t field = 0; field < kFields; ++field)
      of_fields.push_back(drawn.select(1, field).contiguous());
    ids.push_back(std::move(of_fields));
  }
  std::vector<double> together, apart;
  size_t next = 0;
  for (auto _ : state) {
    const size_t batch = next++ % kBatches, other = (batch + kBatches / 2) % kBatches;
    together.push_back(
        microseconds([&] { benchmark::DoNotOptimize(extra::embedded(codes[batch], fused)); }));
    apart.push_back(microseconds([&] {
      std::vector<at::Tensor> vectors;
      for (int64_t field = 0; field < kFields; ++field)
        vectors.push_back(at::embedding(tables[field], ids[other][field]));
      benchmark::DoNotOptimize(at::cat(vectors, 1));
    }));
  }
  state.counters["fused_us"] = quantile(together, 0.5);
  state.counters["a_field_us"] = quantile(apart, 0.5);
  state.counters["ratio"] = quantile(apart, 0.5) / quantile(together, 0.5);
}

BENCHMARK(fused_lookup)
    ->ArgNames({"b", "rows"})
    ->ArgsProduct({{1, 256}, {1000, 100000}})
    ->Iterations(600)
    ->Unit(benchmark::kMicrosecond);

// Learns 5 epochs of 100,000 candidates, then ranks 200 candidates of one request after the other.
void deep_fm(benchmark::State& state) {
  const LabelledBatch learnt = shown(500, 200), asked = shown(1, 200);
  const TrainingView data = training_of(Lists(500, {1, 2, 3}), 200);
  auto model = make_rank("deep_fm", {{"statistics", false}, {"epochs", int64_t{5}}});
  TinyLabelled candidates({learnt});
  TinyFit fit;
  const double us = microseconds([&] { model->fit(data, candidates, fit); });
  std::vector<double> times;
  for (auto _ : state)
    times.push_back(microseconds([&] {
      benchmark::DoNotOptimize(model->rank(asked.requests, asked.candidates, tiny_serve()));
    }));
  state.counters["examples_per_s"] = 5 * 500 * 200 * 1e6 / us;
  state.counters["p50_ms"] = quantile(times, 0.5) / 1000;
  state.counters["p99_ms"] = quantile(times, 0.99) / 1000;
}

BENCHMARK(deep_fm)->Iterations(500)->Unit(benchmark::kMillisecond);

}  // namespace
