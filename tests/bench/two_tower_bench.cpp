/// two_tower on Gowalla's training part: what tests/bench/two_tower_against_torch.py holds against
/// plain loops; and steps over tables of three sizes, which must cost what a batch touches.

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/full.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <random>

#include "bench/public_logs.h"
#include "recall/two_tower/towers.h"
#include "unit/plugins/tiny_data.h"

namespace {

using namespace assay;
using namespace assay::test;

constexpr int64_t kSteps = 60;  // of an iteration

at::Generator chance() { return at::detail::createCPUGenerator(1); }

double milliseconds(const std::function<void()>& body) {
  const auto start = std::chrono::steady_clock::now();
  body();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
      .count();
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

/// Towers that learn from a log, without the host.
struct Learning {
  Learning(const Lists& positives, int64_t items, const two_tower::Settings& settings,
           const two_tower::Examples::Settings& batches)
      : data(training_of(positives, items)),
        examples(data, {}, std::vector<bool>(static_cast<size_t>(items), true), batches, 1),
        towers(settings) {
    towers.start(data, known, chance(), at::kCPU);
    examples.start(1);
  }
  double step() {
    if (next == examples.batches()) {
      next = 0;
      examples.start(++epoch);
    }
    return towers.learn(examples.batch(next++), examples, random);
  }

  TrainingView data;
  two_tower::Known known;
  two_tower::Examples examples;
  two_tower::Towers towers;
  extra::SplitMix random{1, 1};
  int64_t next = 0, epoch = 1;
};

// An iteration is kSteps steps; `loss` is that of the last one.
void two_tower_gowalla(benchmark::State& state) {
  const Lists positives = bench::gowalla();
  if (positives.empty())
    return state.SkipWithError("gowalla/train.txt is in no folder of ASSAY_DATA");
  Learning learning(positives, bench::kGowallaItems, {}, {.batch_size = state.range(0)});
  std::vector<double> times;
  double loss = 0;
  for (auto _ : state) {
    times.push_back(milliseconds([&] {
      for (int64_t n = 0; n < kSteps; ++n) loss = learning.step();
    }));
  }
  state.counters["examples_per_s"] =
      1000 * static_cast<double>(kSteps * state.range(0)) / median(times);
  state.counters["loss"] = loss;
}

BENCHMARK(two_tower_gowalla)
    ->ArgNames({"b"})
    ->Arg(256)
    ->Arg(1024)
    ->Iterations(5)
    ->Unit(benchmark::kMillisecond);

// Users of 5 items at random, so that any row may be touched.
Lists random_log(int64_t users, int64_t items) {
  std::mt19937_64 random(1);
  Lists rows(static_cast<size_t>(users));
  for (auto& row : rows)
    for (int n = 0; n < 5; ++n) row.push_back(static_cast<int64_t>(random() % items));
  for (auto& row : rows) {
    std::ranges::sort(row);
    row.erase(std::ranges::unique(row).begin(), row.end());
  }
  return rows;
}

// Milliseconds of AdamW over a whole table, and of RowAdam over as many rows as a batch touches.
std::pair<double, double> update_ms(int64_t items, int64_t touched) {
  const at::Tensor table = at::zeros({items, 64}), gradient = at::full({items, 64}, 0.1);
  std::vector<at::Tensor> steps = {at::zeros({})}, mean = {at::zeros_like(table)},
                          square = {at::zeros_like(table)};
  extra::RowAdam adam(table, {});
  std::mt19937_64 random(2);
  const at::Tensor of_rows = at::randn({touched, 64}, chance());
  std::vector<double> whole, rows;
  for (int turn = 0; turn < 9; ++turn) {
    std::vector<int64_t> which;
    for (int64_t n = 0; n < touched; ++n)
      which.push_back(n * (items / touched) + static_cast<int64_t>(random() % (items / touched)));
    std::ranges::shuffle(which, random);
    whole.push_back(milliseconds([&] {
      at::_fused_adamw_({table}, {gradient}, mean, square, {}, {steps[0].add_(1)}, 1e-3, 0.9, 0.999,
                        0.01, 1e-8, false, false);
    }));
    const at::Tensor ids = at::tensor(which, at::kLong);
    rows.push_back(milliseconds([&] { adam.step(ids, of_rows); }));
  }
  return {median(whole), median(rows)};
}

// Steps over tables of 10k, 100k and 1M rows in turns. `million_by_100k` and `million_by_10k` are
// ratios of their times, `update_share` that of a table update to AdamW over the whole table.
void two_tower_tables(benchmark::State& state) {
  constexpr int64_t kUsers = 100000, kBatch = 1024;
  constexpr int64_t kTables[] = {10000, 100000, 1000000};
  std::vector<std::unique_ptr<Learning>> learning;
  for (const int64_t items : kTables) {
    learning.push_back(std::make_unique<Learning>(
        random_log(kUsers, items), items, two_tower::Settings{.history_length = 0},
        two_tower::Examples::Settings{.batch_size = kBatch, .negatives = kBatch}));
  }
  std::vector<std::vector<double>> times(3);
  for (auto _ : state)
    for (size_t table = 0; table < 3; ++table)
      times[table].push_back(milliseconds([&] { learning[table]->step(); }));
  learning.clear();
  const auto [whole, rows] = update_ms(kTables[2], 2 * kBatch);
  const double ms = median(times[2]);
  state.counters["million_ms"] = ms;
  state.counters["million_by_100k"] = ms / median(times[1]);
  state.counters["million_by_10k"] = ms / median(times[0]);
  state.counters["update_ms"] = rows;
  state.counters["fused_adamw_ms"] = whole;
  state.counters["update_share"] = rows / whole;
  state.counters["ratio"] = whole / rows;
}

BENCHMARK(two_tower_tables)->Iterations(100)->Unit(benchmark::kMillisecond);

}  // namespace
