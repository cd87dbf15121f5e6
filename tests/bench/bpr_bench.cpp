/// bpr on Gowalla's training part: what tests/bench/bpr_against_implicit.py holds against implicit.
/// `reference_ms` is a plain loop over pairs in random order on one thread, without blocks and
/// without vector instructions of its own; `ratio` is reference / ours.

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>
#include <assay/kernels.h>
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <random>

#include "bench/public_logs.h"
#include "recall/bpr/pair_model.h"
#include "unit/plugins/tiny_data.h"

namespace {

using namespace assay;
using namespace assay::test;

constexpr int64_t kItems = assay::bench::kGowallaItems, kEpochs = 30;
constexpr double kRate = 0.05, kLambda = 0.01;

// The mean of -ln sigma(s_ui - s_uj) over all pairs (u, i) and an item j that a formula names.
double loss_of(const Lists& positives, const at::Tensor& users, const at::Tensor& items) {
  const int64_t width = users.size(1);
  const float* const x = users.const_data_ptr<float>();
  const float* const y = items.const_data_ptr<float>();
  double sum = 0;
  int64_t pairs = 0, number = 0;
  for (size_t user = 0; user < positives.size(); ++user) {
    for (const int64_t item : positives[user]) {
      const auto other = static_cast<int64_t>((uint64_t(++number) * 2654435761U) % kItems);
      if (std::ranges::binary_search(positives[user], other)) continue;
      double score = 0;
      for (int64_t d = 0; d < width; ++d)
        score += double(x[user * width + d]) * (y[item * width + d] - y[other * width + d]);
      sum += std::log1p(std::exp(-std::abs(score))) + std::max(-score, 0.0);
      ++pairs;
    }
  }
  return sum / static_cast<double>(pairs);
}

// An epoch of the plain loop: a pair at random, a negative at random, three rows moved.
void plain_epoch(const Lists& positives, const std::vector<std::pair<int64_t, int64_t>>& pairs,
                 std::vector<float>& users, std::vector<float>& items, int64_t width,
                 std::mt19937_64& random) {
  for (size_t n = 0; n < pairs.size(); ++n) {
    const auto [user, item] = pairs[random() % pairs.size()];
    const auto other = static_cast<int64_t>(random() % kItems);
    if (std::ranges::binary_search(positives[user], other)) continue;
    float* const x = users.data() + user * width;
    float* const y = items.data() + item * width;
    float* const z = items.data() + other * width;
    float score = 0;
    for (int64_t d = 0; d < width; ++d) score += x[d] * (y[d] - z[d]);
    const float step = 1 / (1 + std::exp(score));
    for (int64_t d = 0; d < width; ++d) {
      const float a = x[d];
      x[d] += float(kRate) * (step * (y[d] - z[d]) - float(kLambda) * a);
      y[d] += float(kRate) * (step * a - float(kLambda) * y[d]);
      z[d] += float(kRate) * (-step * a - float(kLambda) * z[d]);
    }
  }
}

double plain_ms(const Lists& positives, int64_t width) {
  std::vector<std::pair<int64_t, int64_t>> pairs;
  for (size_t user = 0; user < positives.size(); ++user)
    for (const int64_t item : positives[user]) pairs.emplace_back(user, item);
  std::mt19937_64 random(1);
  std::normal_distribution<float> normal(0, 0.1F);
  std::vector<float> users(positives.size() * width), items(kItems * width);
  for (std::vector<float>* table : {&users, &items})
    for (float& value : *table) value = normal(random);
  std::vector<double> times;
  for (int round = 0; round < 3; ++round) {
    const auto start = std::chrono::steady_clock::now();
    plain_epoch(positives, pairs, users, items, width, random);
    times.push_back(
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
            .count());
  }
  benchmark::DoNotOptimize(items.data());
  std::ranges::sort(times);
  return times[1];
}

// An iteration is an epoch; `loss` is that after all of them.
void bpr_gowalla(benchmark::State& state) {
  const Lists positives = assay::bench::gowalla();
  if (positives.empty())
    return state.SkipWithError("gowalla/train.txt is in no folder of ASSAY_DATA");
  const TrainingView data = training_of(positives, kItems);
  std::vector<std::vector<int32_t>> known;
  for (const auto& row : positives) known.emplace_back(row.begin(), row.end());
  bpr::PairModel model({.factors = state.range(0),
                        .learning_rate = kRate,
                        .lambda = kLambda,
                        .initial_deviation = 0.1,
                        .negatives = bpr::Negatives::popularity,
                        .bias = true});
  model.draw(data.users, data.items, at::detail::createCPUGenerator(1));
  extra::PairBlocks blocks(data, std::nullopt, 1);
  int64_t epoch = 0;
  std::vector<double> times;
  for (auto _ : state) {
    const auto start = std::chrono::steady_clock::now();
    model.learn(blocks, known, ++epoch);
    times.push_back(
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
            .count());
  }
  std::ranges::sort(times);
  const double ours = times[times.size() / 2];
  state.counters["samples_per_s"] = 1000 * static_cast<double>(blocks.pairs()) / ours;
  state.counters["loss"] = loss_of(positives, model.user_vectors(), model.item_vectors());
  state.counters["reference_ms"] = plain_ms(positives, state.range(0));
  state.counters["ratio"] = state.counters["reference_ms"] / ours;
}

BENCHMARK(bpr_gowalla)
    ->ArgNames({"f"})
    ->Arg(64)
    ->Iterations(kEpochs)
    ->Unit(benchmark::kMillisecond);

}  // namespace
