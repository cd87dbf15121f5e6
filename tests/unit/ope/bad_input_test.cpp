#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "error/error.h"
#include "ope/estimators.h"
#include "ope/slates.h"
#include "world.h"

namespace assay::ope {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinite = std::numeric_limits<double>::infinity();

/// The text of the UserError of an evaluation; "" where there is none.
std::string error_of(const ExactRounds& rounds, Options options = quick()) {
  options.source = "men.csv";
  try {
    evaluate(rounds, all_choices(), options);
  } catch (const error::UserError& error) {
    return error.what();
  }
  return "";
}

class BadInput : public ::testing::Test {
 protected:
  Log log_ = sampled_log({}, 1'000, 1);
};

TEST_F(BadInput, PropensitiesThatCannotBeAreNamedWithTheirRows) {
  log_.propensity[6] = 0.0;
  log_.propensity[700] = 0.0;
  log_.propensity[8] = 1.5;
  log_.propensity[9] = kNaN;
  EXPECT_THAT(error_of(log_.rounds()),
              AllOf(HasSubstr("men.csv: propensity is 0 or below in 2 rows (row 7, 701): found 0"),
                    HasSubstr("propensity is above 1 in 1 row (row 9): found 1.5"),
                    HasSubstr("propensity is missing in 1 row (row 10): found missing (NaN)")));
}

TEST_F(BadInput, OfManyRowsTheFirstFiveAreNamed) {
  std::fill(log_.propensity.begin(), log_.propensity.end(), -0.5);
  EXPECT_THAT(error_of(log_.rounds()),
              HasSubstr("in 1000 rows (row 1, 2, 3, 4, 5, ...): found -0.5 first"));
}

TEST_F(BadInput, RowsAreCountedFromTheStretchTheyAreIn) {
  log_.propensity[3] = 0.0;
  ExactRounds rounds = log_.rounds();
  rounds.first_row = 5'001;
  EXPECT_THAT(error_of(rounds), HasSubstr("(row 5004)"));
}

TEST_F(BadInput, PolicyProbabilitiesOutsideOfZeroToOneAreErrors) {
  for (const double bad : {-0.1, 1.01, kNaN, kInfinite}) {
    Log log = log_;
    log.policy[4] = bad;
    EXPECT_THAT(error_of(log.rounds()), HasSubstr("the policy's probability is missing or not from "
                                                  "0 to 1 in 1 row (row 5)"));
  }
}

TEST_F(BadInput, RewardsOutOfTheDeclaredRangeAreErrorsAndWithoutOneOnlyMissingOnesAre) {
  log_.reward[1] = 3.0;
  EXPECT_THAT(error_of(log_.rounds()),
              HasSubstr("reward is out of range (0 to 1) in 1 row (row 2): found 3"));
  Options open = quick();
  open.reward_range.reset();
  EXPECT_EQ(error_of(log_.rounds(), open), "");
  log_.reward[1] = kNaN;
  EXPECT_THAT(error_of(log_.rounds(), open), HasSubstr("reward is missing in 1 row (row 2)"));
  log_.reward[1] = kInfinite;
  EXPECT_THAT(error_of(log_.rounds(), open), HasSubstr("reward is out of range (finite numbers)"));
}

TEST_F(BadInput, ModelsThatAreNotFiniteAreErrors) {
  log_.q[2] = kNaN;
  log_.value[3] = kInfinite;
  EXPECT_THAT(error_of(log_.rounds()),
              AllOf(HasSubstr("q is missing or infinite in 1 row (row 3)"),
                    HasSubstr("value is missing or infinite in 1 row (row 4)")));
}

TEST_F(BadInput, ProbabilitiesThatDoNotSumToOneAreErrors) {
  std::vector<double> total(1'000, 1.0);
  total[10] = 0.9;
  ExactRounds rounds = log_.rounds();
  rounds.policy_total = total;
  EXPECT_THAT(error_of(rounds), HasSubstr("the policy's probabilities do not sum to 1 in 1 row "
                                          "(row 11): found 0.9"));
}

TEST_F(BadInput, WeightsBelowZeroAreErrors) {
  std::vector<double> weights(1'000, 1.0);
  weights[10] = -2.0;
  ExactRounds rounds = log_.rounds();
  rounds.marginal_weight = weights;
  EXPECT_THAT(error_of(rounds), HasSubstr("marginal_weight is below 0, missing or infinite in 1 "
                                          "row (row 11): found -2"));
}

TEST_F(BadInput, BadRowsAreFoundAtTheEndOfALogThatIsNoMultipleOfFour) {
  Log log = sampled_log({}, 1'027, 1);
  log.propensity[1'026] = 0.0;
  EXPECT_THAT(error_of(log.rounds()), HasSubstr("(row 1027)"));
}

TEST_F(BadInput, WithoutOverlapThereIsNoNumber) {
  std::fill(log_.policy.begin(), log_.policy.end(), 0.0);
  const Evaluation got = evaluate(log_.rounds(), all_choices(), quick());
  for (const PolicyEstimate& estimate : got.estimates) {
    if (estimate.name == "dm") continue;
    EXPECT_FALSE(estimate.value) << estimate.name;
    EXPECT_FALSE(estimate.valid) << estimate.name;
    EXPECT_NE(estimate.reason, "");
  }
  EXPECT_EQ(got.overlap.unused_share, 1.0);
}

TEST_F(BadInput, ALogWithoutRoundsHasReasonsInsteadOfNumbers) {
  const Evaluation got = evaluate(ExactRounds{}, all_choices(), quick());
  EXPECT_EQ(got.logged.reason, "the log has no rounds");
  for (const PolicyEstimate& estimate : got.estimates) {
    EXPECT_EQ(estimate.reason, "the log has no rounds");
  }
}

TEST_F(BadInput, OneRoundHasAValueAndNoSpread) {
  const Log one = sampled_log({}, 1, 1);
  const PolicyEstimate ips = estimate_of(one.rounds(), Estimator::ips);
  EXPECT_TRUE(ips.value);
  EXPECT_FALSE(ips.standard_error || ips.normal || ips.bootstrap || ips.bernstein || ips.sequence);
  EXPECT_THAT(ips.note, HasSubstr("a single round shows no spread"));
  EXPECT_FALSE(ips.valid);
}

TEST_F(BadInput, RoundsOfASingleUserShowNoSpread) {
  log_.cluster.assign(log_.reward.size(), 7);
  Options options = quick();
  options.bootstrap.resamples = 50;
  const PolicyEstimate ips = estimate_of(log_.rounds(), Estimator::ips, options);
  EXPECT_TRUE(ips.value);
  EXPECT_FALSE(ips.standard_error || ips.normal || ips.bootstrap || ips.bernstein || ips.sequence);
  EXPECT_THAT(ips.note, HasSubstr("a single cluster shows no spread"));
}

TEST_F(BadInput, APolicyOutsideOfTheSupportIsInvalidWhetherItSaysSoOrWeightsShowIt) {
  World world;
  for (int x = 0; x < kContexts; ++x) {
    const double kept = 1.0 - world.log_policy[x][2];
    for (double& p : world.log_policy[x]) p /= kept;
    world.log_policy[x][2] = 0.0;
  }
  const Log log = sampled_log(world, 20'000, 3);
  ExactRounds rounds = log.rounds();
  const PolicyEstimate silent = estimate_of(rounds, Estimator::ips);
  EXPECT_FALSE(silent.valid);
  EXPECT_THAT(silent.reason, HasSubstr("the policy acts where the log has no support"));
  std::vector<double> outside;
  for (const int x : log.context) outside.push_back(world.judged[x][2]);
  rounds.outside_support = outside;
  EXPECT_THAT(estimate_of(rounds, Estimator::dr).reason,
              HasSubstr("of its probability to actions that the log never shows"));
  EXPECT_TRUE(estimate_of(rounds, Estimator::dm).valid);
}

TEST_F(BadInput, OneRoundThatDecidesIsNamed) {
  log_.propensity[321] = 1e-3;
  log_.policy[321] = 0.9;
  Options options = quick();
  options.limits.effective_size = 1.0;
  const PolicyEstimate ips = estimate_of(log_.rounds(), Estimator::ips, options);
  EXPECT_FALSE(ips.valid);
  EXPECT_THAT(ips.reason, AllOf(HasSubstr("one round (row 322) holds"), Not(HasSubstr("inf"))));
}

TEST_F(BadInput, TheOverlapPictureCountsEveryWeightAboveZeroOnce) {
  log_.policy[0] = 0.0;
  const Overlap overlap = evaluate(log_.rounds(), {}, quick()).overlap;
  int64_t counted = 0, between_one_and_two = 0;
  for (const int64_t n : overlap.histogram) counted += n;
  for (size_t i = 0; i < log_.policy.size(); ++i) {
    const double w = log_.policy[i] / log_.propensity[i];
    between_one_and_two += w >= 1.0 && w < 2.0;
  }
  EXPECT_EQ(counted, 999);
  EXPECT_EQ(overlap_bin_low(16), 1.0);
  EXPECT_EQ(overlap.histogram[16], between_one_and_two);
}

TEST_F(BadInput, BernsteinIntervalsAreLeftOutWhereNothingBoundsTheWeights) {
  const PolicyEstimate ips = estimate_of(log_.rounds(), Estimator::ips);
  EXPECT_FALSE(ips.bernstein);
  EXPECT_THAT(ips.note, HasSubstr("the largest possible weight is not known"));
  EXPECT_TRUE(estimate_of(log_.rounds(), Estimator::clipped_ips, 5.0).bernstein);
  Options wrong = quick();
  wrong.largest_weight = 1.0;
  EXPECT_THAT(estimate_of(log_.rounds(), Estimator::ips, wrong).note,
              HasSubstr("is above the largest possible one"));
}

TEST_F(BadInput, SlatesNameTheirRowsToo) {
  const std::vector<int64_t> offsets = {0, 2, 2, 4};
  const std::vector<double> reward = {0, 1, 0, 2}, propensity = {0.5, 0.0, 0.5, 0.5},
                            policy = {0.5, 0.5, 0.5, 0.5};
  ExactSlates slates;
  slates.offsets = offsets;
  slates.reward = reward;
  slates.propensity = propensity;
  slates.policy = policy;
  try {
    evaluate_slates(slates, all_slate_estimators(), quick());
    FAIL() << "no error";
  } catch (const error::UserError& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("propensity is 0 or below in 1 row (row 2)"),
                                    HasSubstr("reward is out of range (0 to 1) in 1 row (row 4)"),
                                    HasSubstr("a slate is empty in 1 row (row 3)")));
  }
}

}  // namespace
}  // namespace assay::ope
