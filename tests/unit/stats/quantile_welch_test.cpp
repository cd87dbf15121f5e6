#include "stats/quantile_welch.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "group_oracle.h"
#include "samples.h"

namespace assay::stats {
namespace {

Moments quantile_in(const nlohmann::json& side) {
  return quantile_moments(side["n"], side["quantile_hat"], side["quantile_lower"],
                          side["quantile_upper"], side["n_star"].get<double>());
}

TEST(QuantileWelch, MatchesGbstatsOnItsSummaries) {
  int cases = 0;
  for (const auto& one : ab_cases()) {
    const std::string name = one["name"];
    if (!name.starts_with("quantile_test")) continue;
    const Moments a = quantile_in(one["input"]["A"]), b = quantile_in(one["input"]["B"]);
    expect_oracle(one, "variance_A", a.variance);
    expect_oracle(one, "variance_B", b.variance);
    expect_difference(one, welch(a, b, options_in(name)));
    ++cases;
  }
  EXPECT_EQ(cases, 4);
}

TEST(QuantileWelch, MatchesGbstatsFromTheRawValues) {
  const auto& raw = ab_case("quantile_differences");
  for (const char* q : {"0.5", "0.9"}) {
    const auto& one = ab_case(std::string("quantile_test_") + q + "_absolute");
    expect_difference(one, quantile_test(numbers(raw, "A"), numbers(raw, "B"), std::stod(q)));
  }
}

TEST(QuantileWelch, InterpolatesAsNumpy) {
  const auto& one = ab_case("quantile_differences");
  std::vector<double> a = numbers(one, "A"), b = numbers(one, "B");
  std::ranges::sort(a);
  std::ranges::sort(b);
  for (const auto& [name, want] : one["expected"].items()) {
    const double q = std::stod(name.substr(1));
    expect_near(one, interpolated_quantile(a, q), want["A"]);
    expect_near(one, interpolated_quantile(b, q), want["B"]);
  }
}

TEST(QuantileWelch, TooFewValuesBeyondTheQuantileHaveAReason) {
  const std::vector<double> some = normal_sample(120, 0.0, 1.0, 1);
  EXPECT_EQ(quantile_test(some, some, 0.99).reason,
            "p99 needs at least 1000 values a side, there are 120");
  EXPECT_FALSE(quantile_test(some, some, 0.99).value);
  EXPECT_EQ(*quantile_test(some, some, 0.5).value, 0.0);
}

}  // namespace
}  // namespace assay::stats
