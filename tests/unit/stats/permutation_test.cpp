#include "stats/permutation.h"

#include <gmock/gmock.h>

#include "oracle.h"
#include "samples.h"
#include "stats/two_samples.h"

namespace assay::stats {
namespace {

TEST(Permutation, AllRelabelingsMatchTheEnumeration) {
  const auto& one = ab_case("permutation_two_sample_exact");
  const RelabelingResult got = permutation_test(numbers(one, "A"), numbers(one, "B"));
  EXPECT_TRUE(got.exact);
  EXPECT_EQ(got.method, "two-sample permutation, all 1716");
  expect_oracle(one, "diff", got.mean);
  expect_oracle(one, "p_two_sided", got.p_two_sided);
  expect_oracle(one, "p_greater", got.p_greater);
  expect_oracle(ab_case("permutation_two_sample_exact_scipy_two_sided"),
                "p_value_twice_smaller_tail", got.p_twice_smaller_tail());
}

TEST(Permutation, RandomRelabelingsComeNearTheT) {
  const std::vector<double> a = normal_sample(60, 0.0, 1.0, 1);
  const std::vector<double> b = normal_sample(80, 0.3, 1.0, 2);
  const RelabelingResult got = permutation_test(a, b, {.resamples = 20'000});
  EXPECT_FALSE(got.exact);
  EXPECT_NEAR(got.p_two_sided, *welch(a, b).p, 0.01);
  EXPECT_EQ(got.p_two_sided, permutation_test(a, b, {.resamples = 20'000}).p_two_sided);
}

TEST(Permutation, ASideWithoutValuesProvesNothing) {
  EXPECT_EQ(permutation_test({}, std::vector<double>{1.0}).p_two_sided, 1.0);
  EXPECT_EQ(permutation_test(std::vector<double>{2, 2}, std::vector<double>{2}).p_two_sided, 1.0);
}

}  // namespace
}  // namespace assay::stats
