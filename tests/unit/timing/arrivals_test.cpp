#include "timing/arrivals.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace assay::timing {
namespace {

TEST(Arrivals, OneSeedGivesTheSameOnesAndAnotherOthers) {
  EXPECT_EQ(poisson_arrivals(100, 5, 7), poisson_arrivals(100, 5, 7));
  EXPECT_NE(poisson_arrivals(100, 5, 7), poisson_arrivals(100, 5, 8));
}

TEST(Arrivals, ALongerScenarioBeginsLikeAShorterOne) {
  const auto little = poisson_arrivals(100, 1, 7);
  auto much = poisson_arrivals(100, 3, 7);
  ASSERT_GT(much.size(), little.size());
  much.resize(little.size());
  EXPECT_EQ(much, little);
}

TEST(Arrivals, AreAscendingAndWithinTheDuration) {
  const auto arrivals = poisson_arrivals(1000, 2, 1);
  EXPECT_TRUE(std::ranges::is_sorted(arrivals));
  EXPECT_GE(arrivals.front(), 0);
  EXPECT_LT(arrivals.back(), 2'000'000'000);
}

// A Poisson process has as many arrivals a second as its rate, with a variance of the same size,
// and exponential gaps: their standard deviation is their mean.
TEST(Arrivals, HaveTheRateAndTheGapsOfAPoissonProcess) {
  const double rate = 500, seconds = 200;
  const auto arrivals = poisson_arrivals(rate, seconds, 3);
  const double expected = rate * seconds;
  EXPECT_NEAR(arrivals.size(), expected, 5 * std::sqrt(expected));
  double sum = 0, squares = 0;
  for (size_t i = 1; i < arrivals.size(); ++i) {
    const double gap = static_cast<double>(arrivals[i] - arrivals[i - 1]) * 1e-9;
    sum += gap;
    squares += gap * gap;
  }
  const double n = static_cast<double>(arrivals.size() - 1);
  const double mean = sum / n;
  EXPECT_NEAR(std::sqrt(squares / n - mean * mean) / mean, 1, 0.02);
}

TEST(Arrivals, MayBeNone) { EXPECT_THAT(poisson_arrivals(0.001, 0.001, 1), testing::IsEmpty()); }

}  // namespace
}  // namespace assay::timing
