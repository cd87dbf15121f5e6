// Off-policy estimates of a log in memory, float columns, one core. The counter `ratio` says how
// many times faster assay is than the loop that one writes first, in the same process; `rounds/s`
// is what docs/statistics.md promises.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <vector>

#include "ope/estimators.h"

namespace {

using assay::ope::Choice;
using assay::ope::Estimator;
using assay::ope::Rounds;

/// A log with rare rewards, as clicks are.
struct Log {
  std::vector<float> reward, propensity, policy, q, value;

  explicit Log(int64_t rounds) {
    std::mt19937_64 random(1);
    std::uniform_real_distribution<float> uniform(0.0F, 1.0F);
    for (int64_t i = 0; i < rounds; ++i) {
      reward.push_back(uniform(random) < 0.02F ? 1.0F : 0.0F);
      propensity.push_back(0.02F + 0.5F * uniform(random));
      policy.push_back(0.5F * uniform(random));
      q.push_back(0.04F * uniform(random));
      value.push_back(0.02F + 0.01F * uniform(random));
    }
  }
  Rounds rounds() const {
    Rounds rounds;
    rounds.reward = reward;
    rounds.propensity = propensity;
    rounds.policy = policy;
    rounds.q = q;
    rounds.value = value;
    return rounds;
  }
};

template <typename Body>
double seconds(Body&& body) {
  const auto start = std::chrono::steady_clock::now();
  body();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// IPS, SNIPS, DR and effective sample size, with the squares that their errors need.
double plain_loop(const Log& log) {
  double weights = 0.0, weight_squares = 0.0, gains = 0.0, gain_squares = 0.0;
  double robust = 0.0, robust_squares = 0.0;
  for (size_t i = 0; i < log.reward.size(); ++i) {
    const double w = static_cast<double>(log.policy[i]) / static_cast<double>(log.propensity[i]);
    const double gain = w * static_cast<double>(log.reward[i]);
    const double part = static_cast<double>(log.value[i]) +
                        w * (static_cast<double>(log.reward[i]) - static_cast<double>(log.q[i]));
    weights += w;
    weight_squares += w * w;
    gains += gain;
    gain_squares += gain * gain;
    robust += part;
    robust_squares += part * part;
  }
  return gains / weights + weights * weights / weight_squares + gain_squares + robust +
         robust_squares;
}

assay::ope::Options without_resamples(bool histogram) {
  assay::ope::Options options;
  options.bootstrap.resamples = 0;
  options.histogram = histogram;
  return options;
}

void measure(benchmark::State& state, const std::vector<Choice>& choices, bool histogram) {
  const Log log(state.range(0));
  const auto options = without_resamples(histogram);
  double best = 1e300;
  for (auto _ : state) {
    best =
        std::min(best, seconds([&] {
                   benchmark::DoNotOptimize(assay::ope::evaluate(log.rounds(), choices, options));
                 }));
  }
  double plain = 1e300;
  for (int repeat = 0; repeat < 3; ++repeat) {
    plain = std::min(plain, seconds([&] { benchmark::DoNotOptimize(plain_loop(log)); }));
  }
  state.counters["rounds/s"] = static_cast<double>(state.range(0)) / best;
  state.counters["ratio"] = plain / best;
}

const std::vector<Choice> kFour = {
    {Estimator::ips, {}}, {Estimator::snips, {}}, {Estimator::dr, {}}};

void IpsSnipsDrAndEffectiveSize(benchmark::State& state) { measure(state, kFour, false); }
BENCHMARK(IpsSnipsDrAndEffectiveSize)->Arg(4'000'000)->Unit(benchmark::kMillisecond);

void TheSameWithTheOverlapPicture(benchmark::State& state) { measure(state, kFour, true); }
BENCHMARK(TheSameWithTheOverlapPicture)->Arg(4'000'000)->Unit(benchmark::kMillisecond);

void EveryEstimatorTuned(benchmark::State& state) {
  measure(state, assay::ope::all_choices(), true);
}
BENCHMARK(EveryEstimatorTuned)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

}  // namespace
