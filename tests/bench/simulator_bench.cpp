// Events a second that one core simulates: a taste, the policy's scores of all eligible items, a
// draw with its propensity, a click. `ratio` says how many times faster it is than a plain loop with
// std::exp and std::mt19937_64 that does nothing but score the items and draw one of them and its
// click. On one thread.

#include <benchmark/benchmark.h>

#include <chrono>
#include <cmath>
#include <random>
#include <vector>

#include "simulator/logging.h"

namespace {

using assay::simulator::log_day;
using assay::simulator::LogRows;
using assay::simulator::World;

constexpr int kEvents = 50'000;
constexpr size_t kFactors = 8;

assay::task::SimulatorSpec spec_of(int64_t allowed, assay::task::LoggingKind policy) {
  assay::task::SimulatorSpec spec;
  spec.users = 100'000;
  spec.items = 10'000;
  spec.days = 1;
  spec.events = kEvents;
  spec.allowed = allowed;
  spec.logging.policy = policy;
  return spec;
}

double plain_seconds(size_t allowed) {
  std::mt19937_64 engine(1);
  std::normal_distribution<double> normal;
  std::uniform_real_distribution<double> uniform;
  std::vector<double> items(allowed * kFactors), user(kFactors), sums(allowed);
  for (double& factor : items) factor = normal(engine);
  int clicks = 0;
  const auto start = std::chrono::steady_clock::now();
  for (int event = 0; event < kEvents; ++event) {
    for (double& factor : user) factor = normal(engine);
    double sum = 0;
    for (size_t i = 0; i < allowed; ++i) {
      double score = 0;
      for (size_t f = 0; f < kFactors; ++f) score += items[i * kFactors + f] * user[f];
      sums[i] = sum += std::exp(score / 3);
    }
    const double chosen = uniform(engine) * sum;
    size_t item = 0;
    while (item + 1 < allowed && sums[item] < chosen) ++item;
    clicks += uniform(engine) < 0.1;
  }
  benchmark::DoNotOptimize(clicks);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void simulate(benchmark::State& state, assay::task::LoggingKind policy) {
  const World world(spec_of(state.range(0), policy));
  double seconds = 0;
  for (auto _ : state) {
    const auto start = std::chrono::steady_clock::now();
    int64_t clicks = 0;
    log_day(world, 0, 1 << 16, [&](const LogRows& rows) {
      for (const uint8_t click : rows.click) clicks += click;
    });
    benchmark::DoNotOptimize(clicks);
    seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }
  state.SetItemsProcessed(state.iterations() * kEvents);
  state.counters["ratio"] = plain_seconds(static_cast<size_t>(state.range(0))) *
                            static_cast<double>(state.iterations()) / seconds;
}

BENCHMARK_CAPTURE(simulate, softmax, assay::task::LoggingKind::softmax)->Arg(20)->Arg(100);
BENCHMARK_CAPTURE(simulate, epsilon_greedy, assay::task::LoggingKind::epsilon_greedy)->Arg(100);
BENCHMARK_CAPTURE(simulate, uniform, assay::task::LoggingKind::uniform)->Arg(100);

}  // namespace
