// Each pair of benchmarks is one job done by assay and by a plain loop, in the same process; the
// counter `ratio` says how many times faster assay is.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <random>
#include <vector>

#include "stats/bootstrap.h"
#include "stats/latency.h"
#include "stats/sign_flip.h"

namespace {

using assay::stats::BootstrapOptions;

constexpr int kResamples = 10'000;
constexpr int kReferenceResamples = 500;  // the plain loops are extrapolated from these

std::vector<double> differences(int64_t n) {
  std::mt19937_64 random(1);
  std::normal_distribution<double> normal(0.01, 0.2);
  std::vector<double> values(static_cast<size_t>(n));
  for (double& value : values) value = normal(random);
  return values;
}

template <typename Body>
double seconds(Body&& body) {
  const auto start = std::chrono::steady_clock::now();
  body();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// The loop that one writes first.
double plain_bootstrap(const std::vector<double>& values, int resamples) {
  std::mt19937_64 random(1);
  std::uniform_int_distribution<size_t> place(0, values.size() - 1);
  double largest = -1e300;
  for (int r = 0; r < resamples; ++r) {
    double sum = 0.0;
    for (size_t i = 0; i < values.size(); ++i) sum += values[place(random)];
    largest = std::max(largest, sum);
  }
  return largest;
}

/// numpy's form: a matrix of signs, times the differences, in slices of 100 rows.
double plain_sign_flips(const std::vector<double>& values, int resamples) {
  std::mt19937_64 random(1);
  const size_t n = values.size();
  std::vector<signed char> signs(100 * n);
  double largest = -1e300;
  for (int done = 0; done < resamples; done += 100) {
    for (size_t i = 0; i < signs.size(); i += 64) {
      uint64_t bits = random();
      for (size_t j = i; j < std::min(i + 64, signs.size()); ++j, bits >>= 1) {
        signs[j] = bits & 1u ? 1 : -1;
      }
    }
    for (size_t row = 0; row < 100; ++row) {
      double sum = 0.0;
      for (size_t i = 0; i < n; ++i) sum += signs[row * n + i] * values[i];
      largest = std::max(largest, sum);
    }
  }
  return largest;
}

double plain_quantiles(const std::vector<float>& times, int resamples) {
  std::mt19937_64 random(1);
  std::uniform_int_distribution<size_t> place(0, times.size() - 1);
  const auto rank = static_cast<ptrdiff_t>(0.99 * static_cast<double>(times.size()));
  std::vector<float> drawn(times.size());
  double sum = 0.0;
  for (int r = 0; r < resamples; ++r) {
    for (float& time : drawn) time = times[place(random)];
    std::ranges::nth_element(drawn, drawn.begin() + rank);
    sum += static_cast<double>(drawn[static_cast<size_t>(rank)]);
  }
  return sum;
}

/// Runs `ours` for the benchmark, and `plain` once to compare with.
template <typename Ours, typename Plain>
void compare(benchmark::State& state, Ours ours, Plain plain) {
  double best = 1e300;
  for (auto _ : state) best = std::min(best, seconds(ours));
  const double reference = seconds(plain) * kResamples / kReferenceResamples;
  state.counters["ratio"] = reference / best;
  state.counters["plain_s"] = reference;
}

void PairedBootstrap(benchmark::State& state) {
  const std::vector<double> values = differences(state.range(0));
  compare(
      state, [&] { benchmark::DoNotOptimize(assay::stats::resampled_means(values, {kResamples})); },
      [&] { benchmark::DoNotOptimize(plain_bootstrap(values, kReferenceResamples)); });
}
BENCHMARK(PairedBootstrap)->Arg(943)->Arg(6040)->Arg(20'000)->Unit(benchmark::kMillisecond);

void SignFlips(benchmark::State& state) {
  const std::vector<double> values = differences(state.range(0));
  compare(
      state, [&] { benchmark::DoNotOptimize(assay::stats::sign_flip_test(values, {kResamples})); },
      [&] { benchmark::DoNotOptimize(plain_sign_flips(values, kReferenceResamples)); });
}
BENCHMARK(SignFlips)->Arg(943)->Arg(6040)->Arg(20'000)->Unit(benchmark::kMillisecond);

/// Little-endian doubles of the file that ASSAY_BENCH_VALUES names, so that another program can be
/// timed on the same input (tests/bench/stats_against_scipy.py); without one, our own.
std::vector<double> values_of_file() {
  const char* const path = std::getenv("ASSAY_BENCH_VALUES");
  if (path == nullptr) return differences(30'000);
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  std::vector<double> values(static_cast<size_t>(file.tellg()) / sizeof(double));
  file.seekg(0);
  file.read(reinterpret_cast<char*>(values.data()),
            static_cast<std::streamsize>(values.size() * sizeof(double)));
  return values;
}

void BootstrapOfFile(benchmark::State& state) {
  const std::vector<double> values = values_of_file();
  for (auto _ : state) {
    benchmark::DoNotOptimize(assay::stats::resampled_means(values, {kResamples}));
  }
}
BENCHMARK(BootstrapOfFile)->Unit(benchmark::kMillisecond);

void SignFlipsOfFile(benchmark::State& state) {
  const std::vector<double> values = values_of_file();
  for (auto _ : state) {
    benchmark::DoNotOptimize(assay::stats::sign_flip_test(values, {kResamples}));
  }
}
BENCHMARK(SignFlipsOfFile)->Unit(benchmark::kMillisecond);

void QuantileBootstrap(benchmark::State& state) {
  std::vector<float> times;
  for (double x : differences(state.range(0))) times.push_back(static_cast<float>(std::exp(x)));
  compare(
      state,
      [&] {
        benchmark::DoNotOptimize(
            assay::stats::quantile_difference(times, times, 0.99, 0.05, {kResamples}));
      },
      [&] {
        benchmark::DoNotOptimize(plain_quantiles(times, kReferenceResamples));
        benchmark::DoNotOptimize(plain_quantiles(times, kReferenceResamples));
      });
}
BENCHMARK(QuantileBootstrap)->Arg(6040)->Unit(benchmark::kMillisecond);

}  // namespace
