#include "stats/paired.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "error/error.h"
#include "oracle.h"
#include "samples.h"

namespace assay::stats {
namespace {

using Doubles = std::vector<double>;

PairedSample sample_of(Doubles differences) { return {std::move(differences), 0, {}, ""}; }

TEST(Paired, StudentTMatchesScipy) {
  const auto& one = ab_case("paired_t");
  const PairedSample sample = pair_up(numbers(one, "A"), numbers(one, "B"));
  const Difference result = paired_difference(sample, {.method = PairedMethod::student_t});
  expect_oracle(one, "mean_diff", *result.value);
  expect_oracle(one, "t", *result.value / *result.standard_error);
  expect_oracle(one, "df", *result.degrees_of_freedom);
  expect_oracle(one, "p_value", *result.p);
  expect_near(one, result.interval->low, one["expected"]["ci"][0]);
  expect_near(one, result.interval->high, one["expected"]["ci"][1]);
  EXPECT_EQ(result.method, "paired t");
}

TEST(Paired, StudentisedNormalIsNarrowerThanTAndMeetsItForManyRequests) {
  const PairedSample few = sample_of(normal_sample(10, 0.1, 1.0, 1));
  const PairedSample many = sample_of(normal_sample(30'000, 0.1, 1.0, 1));
  const auto width = [](const PairedSample& sample, PairedMethod method) {
    const Difference result = paired_difference(sample, {.method = method});
    return result.interval->high - result.interval->low;
  };
  const double ratio =
      width(few, PairedMethod::studentised_normal) / width(few, PairedMethod::student_t);
  EXPECT_NEAR(ratio, 1.959963985 / 2.262157163, 1e-8);  // z(.975) / t(.975, 9)
  EXPECT_NEAR(width(many, PairedMethod::studentised_normal) / width(many, PairedMethod::student_t),
              1.0, 1e-4);
}

TEST(Paired, BootstrapAgreesWithTOnANormalSample) {
  const PairedSample sample = sample_of(normal_sample(2'000, 0.03, 1.0, 3));
  const Difference boot = paired_difference(sample, {});
  const Difference t = paired_difference(sample, {.method = PairedMethod::student_t});
  EXPECT_EQ(*boot.value, *t.value);
  EXPECT_EQ(*boot.standard_error, *t.standard_error);
  EXPECT_NEAR(boot.interval->low, t.interval->low, 0.002);
  EXPECT_NEAR(boot.interval->high, t.interval->high, 0.002);
  EXPECT_NEAR(*boot.p, *t.p, 0.02);
  EXPECT_EQ(boot.method, "paired bootstrap, percentile, 10000 resamples");
}

TEST(Paired, BcaFollowsASkewedSample) {
  Doubles skewed;
  for (double x : normal_sample(60, 0.0, 1.0, 5)) skewed.push_back(std::exp(x));
  const Difference bca =
      paired_difference(sample_of(skewed), {.method = PairedMethod::bootstrap_bca});
  const Difference percentile = paired_difference(sample_of(skewed), {});
  EXPECT_GT(bca.interval->high, percentile.interval->high);
  EXPECT_GT(bca.interval->low, percentile.interval->low);
  EXPECT_EQ(bca.method, "paired bootstrap, BCa, 10000 resamples");
}

TEST(Paired, BcaIntervalAndPAgree) {
  for (uint32_t which = 0; which < 12; ++which) {
    const PairedSample sample = sample_of(normal_sample(60, 0.25, 1.0, which));
    const Difference result = paired_difference(
        sample, {.method = PairedMethod::bootstrap_bca, .bootstrap = {.resamples = 999}});
    EXPECT_EQ(*result.p <= 0.05, !result.interval->holds(0.0)) << "sample " << which;
  }
}

TEST(Paired, MethodFollowsSizeAndRole) {
  EXPECT_EQ(choose_method(943, true), PairedMethod::bootstrap_percentile);
  EXPECT_EQ(choose_method(20'000, true), PairedMethod::bootstrap_percentile);
  EXPECT_EQ(choose_method(20'001, true), PairedMethod::studentised_normal);
  EXPECT_EQ(choose_method(943, false), PairedMethod::student_t);
  EXPECT_EQ(choose_method(20'001, false), PairedMethod::studentised_normal);
}

TEST(Paired, RequestsMissingOnEitherSideAreLeftOutAndCounted) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> baseline{1, nan, 3, 4, nan};
  const std::vector<float> variant{2, 2, nan, 6, nan};
  const PairedSample sample = pair_up(baseline, variant);
  EXPECT_THAT(sample.differences, testing::ElementsAre(1.0, 2.0));
  EXPECT_EQ(sample.excluded, 3);
  EXPECT_EQ(paired_difference(sample, {}).excluded, 3);
}

TEST(Paired, SidesOfUnequalLengthAreNotPaired) {
  const Difference result = paired_difference(pair_up(Doubles{1, 2, 3}, Doubles{1, 2}), {});
  EXPECT_FALSE(result.value);
  EXPECT_FALSE(result.p);
  EXPECT_EQ(result.reason,
            "the baseline has 3 values and the variant 2; pairs need the same requests");
}

TEST(Paired, NoRequestGivesNothingWithAReason) {
  const Difference result = paired_difference(pair_up(Doubles{}, Doubles{}), {});
  EXPECT_FALSE(result.value);
  EXPECT_FALSE(result.interval);
  EXPECT_EQ(result.n, 0);
  EXPECT_EQ(result.reason, "there are no values");
}

TEST(Paired, OneRequestGivesAValueOnly) {
  const Difference result = paired_difference(pair_up(Doubles{0.25}, Doubles{0.5}), {});
  EXPECT_EQ(*result.value, 0.25);
  EXPECT_FALSE(result.interval);
  EXPECT_FALSE(result.p);
  EXPECT_FALSE(result.standard_error);
  EXPECT_EQ(result.reason, "a single pair shows no spread");
}

TEST(Paired, EqualPipelinesDifferByNothingWithCertainty) {
  const std::vector<float> values = float_sample(500, 0.3, 0.1, 1);
  for (auto method : {PairedMethod::bootstrap_percentile, PairedMethod::bootstrap_bca,
                      PairedMethod::student_t, PairedMethod::studentised_normal}) {
    const Difference result = paired_difference(pair_up(values, values), {.method = method});
    EXPECT_EQ(*result.value, 0.0);
    EXPECT_EQ(result.interval->low, 0.0);
    EXPECT_EQ(result.interval->high, 0.0);
    EXPECT_EQ(*result.p, 1.0);
    EXPECT_EQ(result.reason, "all 500 differences are 0");
  }
}

TEST(Paired, AConstantDifferenceNeedsNoDivisionByZero) {
  const Difference result =
      paired_difference(sample_of(Doubles(300, 0.25)), {.method = PairedMethod::student_t});
  EXPECT_EQ(*result.p, 0.0);
  EXPECT_EQ(result.interval->low, 0.25);
  EXPECT_EQ(result.reason, "all 300 differences are 0.25");
}

TEST(Paired, InfiniteValuesGiveAReason) {
  const double infinity = std::numeric_limits<double>::infinity();
  const Difference result =
      paired_difference(pair_up(Doubles{1, 2, 3}, Doubles{1, infinity, 3}), {});
  EXPECT_FALSE(result.value);
  EXPECT_EQ(result.reason, "1 of 3 values are infinite");
}

TEST(Paired, AlphaOutsideZeroToOneIsOurBug) {
  EXPECT_THROW(paired_difference(sample_of({1, 2}), {.alpha = 0.0}), error::InternalError);
}

}  // namespace
}  // namespace assay::stats
