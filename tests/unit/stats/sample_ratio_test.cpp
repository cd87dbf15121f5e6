#include "stats/sample_ratio.h"

#include <gmock/gmock.h>

#include "error/error.h"
#include "oracle.h"

namespace assay::stats {
namespace {

TEST(SampleRatio, MatchesGbstatsAndScipy) {
  int cases = 0;
  for (const auto& one : ab_cases()) {
    if (!one["name"].get<std::string>().starts_with("srm_")) continue;
    const auto counts = one["input"]["counts"].get<std::vector<int64_t>>();
    const SampleRatio got = sample_ratio(counts, numbers(one, "weights"));
    expect_oracle(one, "chi2", got.chi2);
    expect_oracle(one, "df", static_cast<double>(got.degrees_of_freedom));
    expect_oracle(one, "p_value", *got.p);
    ++cases;
  }
  EXPECT_EQ(cases, 7);
}

TEST(SampleRatio, OneInAThousandIsTheAlarm) {
  const std::vector<double> even{1, 1};
  EXPECT_TRUE(sample_ratio(std::vector<int64_t>{1000, 1200}, even).mismatch());
  EXPECT_FALSE(sample_ratio(std::vector<int64_t>{1000, 1100}, even).mismatch());
}

TEST(SampleRatio, NothingAssignedHasAReason) {
  const std::vector<double> even{1, 1};
  EXPECT_EQ(sample_ratio(std::vector<int64_t>{0, 0}, even).reason, "nothing was assigned");
  EXPECT_THROW(sample_ratio(std::vector<int64_t>{1}, even), error::InternalError);
}

}  // namespace
}  // namespace assay::stats
