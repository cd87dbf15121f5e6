#include "tuning/parzen.h"

#include <gtest/gtest.h>

#include <cmath>

namespace assay::tuning {
namespace {

double total(const Parzen& density, const Interval& interval) {
  constexpr int kSteps = 20'000;
  double sum = 0;
  for (int i = 0; i < kSteps; ++i) {
    const double at = interval.low + (i + 0.5) / kSteps * interval.width();
    sum += std::exp(density.log_density(at)) * interval.width() / kSteps;
  }
  return sum;
}

TEST(Parzen, ItsDensityIsOneOverTheInterval) {
  const Interval interval = {-2, 5};
  const std::vector<double> places = {-1.9, 0, 0.1, 4.8}, weights = {1, 1, 1, 1};
  EXPECT_NEAR(total(Parzen(interval, places, weights), interval), 1, 1e-3);
}

TEST(Parzen, WithoutObservationsThePriorIsWideAndEven) {
  const Parzen prior({0, 1}, {}, {});
  EXPECT_LT(std::exp(prior.log_density(0.5) - prior.log_density(0.01)), 1.2);
}

TEST(Parzen, ObservationsDrawItsMass) {
  const std::vector<double> places = {0.2, 0.21, 0.19}, weights = {1, 1, 1};
  const Parzen density({0, 1}, places, weights);
  EXPECT_GT(density.log_density(0.2), density.log_density(0.8) + 0.5);
}

TEST(Parzen, DrawsStayWithinTheInterval) {
  const std::vector<double> places = {0, 1}, weights = {1, 1};
  const Parzen density({0, 1}, places, weights);
  for (int i = 1; i < 100; ++i) {
    for (const double within : {1e-9, 0.5, 1 - 1e-9}) {
      const double drawn = density.draw(i / 100.0, within);
      EXPECT_GE(drawn, 0);
      EXPECT_LE(drawn, 1);
    }
  }
}

TEST(Parzen, TheWholeIntervalHasProbabilityOne) {
  const std::vector<double> places = {3, 4}, weights = {1, 0.5};
  EXPECT_NEAR(Parzen({1, 9}, places, weights).log_probability(1, 9), 0, 1e-12);
}

TEST(Parzen, OfManyTrialsTheOldestWeighLess) {
  EXPECT_EQ(observation_weights(3), (std::vector<double>{1, 1, 1}));
  const std::vector<double> weights = observation_weights(50);
  EXPECT_DOUBLE_EQ(weights.front(), 0.02);
  EXPECT_DOUBLE_EQ(weights[24], 1);
  EXPECT_DOUBLE_EQ(weights.back(), 1);
}

}  // namespace
}  // namespace assay::tuning
