#include "stats/sign_flip.h"

#include <gmock/gmock.h>

#include "oracle.h"
#include "samples.h"
#include "stats/paired.h"

namespace assay::stats {
namespace {

TEST(SignFlip, EnumeratesAllFlipsOfASmallSample) {
  const auto& one = ab_case("permutation_sign_flip_exact");
  const PermutationResult result = sign_flip_test(numbers(one, "diff"));
  expect_oracle(one, "mean", result.mean);
  expect_oracle(one, "p_two_sided", result.p_two_sided);
  expect_oracle(one, "p_greater", result.p_greater);
  EXPECT_TRUE(result.exact);
  EXPECT_EQ(result.method, "sign flips, all 4096");
}

TEST(SignFlip, RandomFlipsAgreeWithAllOfThem) {
  const auto& one = ab_case("permutation_sign_flip_exact");
  std::vector<double> differences = numbers(one, "diff");
  // Zeros change no mean, but make the sample too large to enumerate.
  differences.resize(40, 0.0);
  const PermutationResult result = sign_flip_test(differences, {.resamples = 40'000});
  EXPECT_FALSE(result.exact);
  EXPECT_NEAR(result.p_two_sided, expected(one, "p_two_sided"), 0.008);
  EXPECT_NEAR(result.p_greater, expected(one, "p_greater"), 0.006);
  EXPECT_EQ(result.method, "sign flips, 40000 resamples");
}

TEST(SignFlip, AgreesWithTOnALargeNormalSample) {
  const std::vector<double> differences = normal_sample(1'003, 0.06, 1.0, 4);
  const Difference t =
      paired_difference({differences, 0, {}, ""}, {.method = PairedMethod::student_t});
  const PermutationResult result = sign_flip_test(differences, {.resamples = 20'000});
  EXPECT_NEAR(result.p_two_sided, *t.p, 0.01);
}

TEST(SignFlip, TiedMeansCountAsExtreme) {
  // Of the 8 flips of .1, .2, .3 two have a mean as large in size: all plus and all minus.
  EXPECT_DOUBLE_EQ(sign_flip_test(std::vector<double>{0.1, 0.2, 0.3}).p_two_sided, 0.25);
  // |mean| of (-.1, -.2, .3) is 0 up to rounding: every flip is as extreme.
  EXPECT_DOUBLE_EQ(sign_flip_test(std::vector<double>{-0.1, -0.2, 0.3}).p_two_sided, 1.0);
}

TEST(SignFlip, NoDifferenceAndNoDataGiveCertainty) {
  EXPECT_EQ(sign_flip_test(std::vector<double>{}).p_two_sided, 1.0);
  EXPECT_EQ(sign_flip_test(std::vector<double>{1.0}).p_two_sided, 1.0);
  EXPECT_EQ(sign_flip_test(std::vector<double>(10, 0.0)).p_two_sided, 1.0);
  EXPECT_EQ(sign_flip_test(std::vector<double>(100, 0.0)).p_two_sided, 1.0);
}

TEST(SignFlip, PIsNeverZero) {
  const PermutationResult result =
      sign_flip_test(std::vector<double>(500, 1.0), {.resamples = 999});
  EXPECT_DOUBLE_EQ(result.p_two_sided, 0.001);
}

TEST(SignFlip, EqualSeedsGiveEqualResults) {
  const std::vector<double> differences = normal_sample(300, 0.1, 1.0, 9);
  EXPECT_EQ(sign_flip_test(differences, {.seed = 3}).p_two_sided,
            sign_flip_test(differences, {.seed = 3}).p_two_sided);
  EXPECT_NE(sign_flip_test(differences, {.seed = 3}).p_two_sided,
            sign_flip_test(differences, {.seed = 4}).p_two_sided);
}

}  // namespace
}  // namespace assay::stats
