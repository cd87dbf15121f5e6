// A pipeline against itself: of many A/A comparisons a share alpha may come out significant, for
// every method that a verdict can rest on. Values are like those of ranking metrics: most
// differences 0, the others in steps.

#include <gmock/gmock.h>

#include <cmath>

#include "samples.h"
#include "stats/latency.h"
#include "stats/paired.h"
#include "stats/rank_tests.h"
#include "stats/sign_flip.h"
#include "stats/two_samples.h"

namespace assay::stats {
namespace {

constexpr double kAlpha = 0.05;

/// Differences of a ranking metric between two equal pipelines, symmetric around 0.
PairedSample a_a_sample(int n, std::uint32_t which) {
  PhiloxSequence random(2024, 1, which);
  PairedSample sample;
  for (int i = 0; i < n; ++i) {
    const double size = random.next_uniform() < 0.6 ? 0.0 : 1.0 / (1 + random.next_word() % 10);
    sample.differences.push_back(random.next_uniform() < 0.5 ? size : -size);
  }
  return sample;
}

/// `alarms` of `trials` must fit a chance of alpha within three standard deviations.
void expect_calibrated(int alarms, int trials) {
  const double deviation = std::sqrt(trials * kAlpha * (1.0 - kAlpha));
  EXPECT_NEAR(alarms, trials * kAlpha, 3.0 * deviation);
}

template <typename P>
int alarms_of(int trials, int n, P p_of) {
  int alarms = 0;
  for (int trial = 0; trial < trials; ++trial) {
    alarms += p_of(a_a_sample(n, static_cast<std::uint32_t>(trial))) <= kAlpha;
  }
  return alarms;
}

int alarms_of_method(int trials, PairedMethod method) {
  return alarms_of(trials, 250, [&](const PairedSample& sample) {
    return *paired_difference(sample, {.method = method, .bootstrap = {.resamples = 999}}).p;
  });
}

TEST(Calibration, PairedBootstrapKeepsItsLevel) {
  expect_calibrated(alarms_of_method(600, PairedMethod::kBootstrapPercentile), 600);
}

TEST(Calibration, PairedTKeepsItsLevel) {
  expect_calibrated(alarms_of_method(2'000, PairedMethod::kStudentT), 2'000);
}

TEST(Calibration, StudentisedNormalKeepsItsLevel) {
  expect_calibrated(alarms_of_method(2'000, PairedMethod::kStudentisedNormal), 2'000);
}

TEST(Calibration, SignFlipsKeepTheirLevel) {
  const int alarms = alarms_of(600, 250, [](const PairedSample& sample) {
    return sign_flip_test(sample.differences, {.resamples = 999}).p_two_sided;
  });
  expect_calibrated(alarms, 600);
}

TEST(Calibration, WilcoxonKeepsItsLevel) {
  const int alarms = alarms_of(1'000, 250, [](const PairedSample& sample) {
    return wilcoxon_signed_rank(sample.differences).p_two_sided;
  });
  expect_calibrated(alarms, 1'000);
}

TEST(Calibration, WelchKeepsItsLevelUnderUnequalSpread) {
  int alarms = 0;
  for (std::uint32_t trial = 0; trial < 2'000; ++trial) {
    alarms +=
        *welch(normal_sample(20, 0.0, 1.0, 2 * trial), normal_sample(60, 0.0, 3.0, 2 * trial + 1))
             .p <= kAlpha;
  }
  expect_calibrated(alarms, 2'000);
}

TEST(Calibration, QuantileDifferencesOfEqualServicesAreRarelySignificant) {
  int alarms = 0;
  constexpr int kTrials = 300;
  for (std::uint32_t trial = 0; trial < kTrials; ++trial) {
    alarms += *quantile_difference(float_sample(500, 10.0, 1.0, 2 * trial),
                                   float_sample(500, 10.0, 1.0, 2 * trial + 1), 0.9, kAlpha,
                                   {.resamples = 399})
                   .p <= kAlpha;
  }
  EXPECT_LE(alarms, kTrials * 0.09);
}

}  // namespace
}  // namespace assay::stats
