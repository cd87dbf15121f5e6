#include "stats/ratio.h"

#include <gmock/gmock.h>

#include "group_oracle.h"

namespace assay::stats {
namespace {

TEST(Ratio, MatchesGbstats) {
  int cases = 0;
  for (const auto& one : ab_cases()) {
    const std::string name = one["name"];
    if (!name.starts_with("ratio_metric") || name.find("sequential") != std::string::npos) continue;
    expect_difference(one, ratio_of(one));
    ++cases;
  }
  EXPECT_EQ(cases, 6);
}

TEST(Ratio, OfEqualDenominatorsIsThePlainMean) {
  const std::vector<double> a{1, 4, 2, 0}, b{3, 1, 5, 2}, ones{1, 1, 1, 1};
  EXPECT_DOUBLE_EQ(*ratio_difference({a, ones}, {b, ones}).p, *welch(a, b).p);
}

TEST(Ratio, WithoutDenominatorsHasAReason) {
  const std::vector<double> some{1, 2}, none{0, 0};
  EXPECT_EQ(ratio_difference({some, none}, {some, some}).reason,
            "the denominators of one side sum to 0");
  EXPECT_EQ(ratio_difference({{}, {}}, {some, some}).reason,
            "the denominators of one side sum to 0");
}

}  // namespace
}  // namespace assay::stats
