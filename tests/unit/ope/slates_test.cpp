#include "ope/slates.h"

#include <gmock/gmock.h>

#include <array>
#include <cmath>
#include <functional>

#include "world.h"

namespace assay::ope {
namespace {

using ::testing::HasSubstr;

constexpr int kPlaces = 2;
using Policy = std::array<double, 3>;  ///< P(a_1 = 1), P(a_2 = 1 | a_1 = 0), P(a_2 = 1 | a_1 = 1)
/// Reward of place k when the slate is (a, b).
using RewardOf = std::function<double(int k, int a, int b)>;

double probability(const Policy& policy, int place, int a, int b) {
  if (place == 0) return a == 1 ? policy[0] : 1.0 - policy[0];
  const double one = policy[1 + a];
  return b == 1 ? one : 1.0 - one;
}

double marginal(const Policy& policy, int place, int a, int b) {
  if (place == 0) return probability(policy, 0, a, b);
  return probability(policy, 0, 0, b) * probability(policy, 1, 0, b) +
         probability(policy, 0, 1, b) * probability(policy, 1, 1, b);
}

/// A log in which every slate of two places and two actions occurs as often as it is likely: means
/// over it are expectations over the logging policy.
struct EnumeratedLog {
  std::vector<int64_t> offsets = {0};
  std::vector<double> reward, propensity, policy, item_propensity, item_policy, q, value;
  double truth = 0.0;  ///< by enumeration over the judged policy

  /// @param log_policy  multiples of 1/4
  EnumeratedLog(const Policy& log_policy, const Policy& judged, const RewardOf& reward_of) {
    for (int a = 0; a < 2; ++a) {
      for (int b = 0; b < 2; ++b) {
        const double likely = probability(log_policy, 0, a, b) * probability(log_policy, 1, a, b);
        const double chosen = probability(judged, 0, a, b) * probability(judged, 1, a, b);
        truth += chosen * (reward_of(0, a, b) + reward_of(1, a, b));
        const auto count = static_cast<int>(std::lround(16.0 * likely));
        for (int copy = 0; copy < count; ++copy) add(log_policy, judged, reward_of, a, b);
      }
    }
  }

  void add(const Policy& log_policy, const Policy& judged, const RewardOf& reward_of, int a,
           int b) {
    for (int k = 0; k < kPlaces; ++k) {
      reward.push_back(reward_of(k, a, b));
      propensity.push_back(probability(log_policy, k, a, b));
      policy.push_back(probability(judged, k, a, b));
      item_propensity.push_back(marginal(log_policy, k, a, b));
      item_policy.push_back(marginal(judged, k, a, b));
      // A model that knows little: cascade-DR corrects it.
      q.push_back(0.4 + 0.1 * (k == 0 ? a : b));
      value.push_back(0.4 + 0.1 * probability(judged, k, k == 0 ? 1 : a, 1));
    }
    offsets.push_back(static_cast<int64_t>(reward.size()));
  }

  ExactSlates slates() const {
    ExactSlates slates;
    slates.offsets = offsets;
    slates.reward = reward;
    slates.propensity = propensity;
    slates.policy = policy;
    slates.item_propensity = item_propensity;
    slates.item_policy = item_policy;
    slates.q = q;
    slates.value = value;
    return slates;
  }
};

PolicyEstimate estimate(const ExactSlates& slates, SlateEstimator estimator,
                        const Options& options = quick()) {
  return evaluate_slates(slates, {&estimator, 1}, options).estimates.at(0);
}

double value(const EnumeratedLog& log, SlateEstimator estimator) {
  return estimate(log.slates(), estimator).value.value();
}

const Policy kLogged = {0.75, 0.5, 0.25};
const Policy kIndependent = {0.75, 0.25, 0.25};
const Policy kJudged = {0.4, 0.7, 0.9};

// Any reward of any place may depend on the whole slate.
double tangled(int k, int a, int b) { return 0.1 + 0.2 * k + 0.3 * (a != b) + 0.1 * a * b * k; }
// A place depends on what stands above it.
double cascade(int k, int a, int b) { return k == 0 ? 0.2 + 0.5 * a : 0.1 + 0.6 * (a != b); }
// A place depends on its own item.
double alone(int k, int a, int b) { return k == 0 ? 0.2 + 0.5 * a : 0.7 - 0.3 * b; }
// The sum is one of places, though no place is on its own.
double additive(int k, int a, int b) {
  return k == 0 ? 0.2 + 0.1 * a + 0.1 * b : 0.1 + 0.3 * a + 0.2 * b;
}

TEST(Slates, StandaloneIpsIsUnbiasedWhateverRewardsDependOn) {
  const EnumeratedLog log(kLogged, kJudged, tangled);
  EXPECT_NEAR(value(log, SlateEstimator::standalone_ips), log.truth, 1e-12);
  EXPECT_GT(std::abs(value(log, SlateEstimator::independent_ips) - log.truth), 1e-3);
  EXPECT_GT(std::abs(value(log, SlateEstimator::reward_interaction_ips) - log.truth), 1e-3);
}

TEST(Slates, RewardInteractionIpsAndCascadeDrAreUnbiasedWhereUsersScanDownwards) {
  const EnumeratedLog log(kLogged, kJudged, cascade);
  EXPECT_NEAR(value(log, SlateEstimator::reward_interaction_ips), log.truth, 1e-12);
  EXPECT_NEAR(value(log, SlateEstimator::cascade_dr), log.truth, 1e-12);
  EXPECT_GT(std::abs(value(log, SlateEstimator::independent_ips) - log.truth), 1e-3);
}

TEST(Slates, IndependentIpsIsUnbiasedWherePlacesAreOnTheirOwn) {
  const EnumeratedLog log(kLogged, kJudged, alone);
  EXPECT_NEAR(value(log, SlateEstimator::independent_ips), log.truth, 1e-12);
  EXPECT_NEAR(value(log, SlateEstimator::reward_interaction_ips), log.truth, 1e-12);
  EXPECT_NEAR(value(log, SlateEstimator::standalone_ips), log.truth, 1e-12);
}

TEST(Slates, PseudoInverseIsUnbiasedForAdditiveRewardsAndPlacesFilledIndependently) {
  const EnumeratedLog log(kIndependent, kJudged, additive);
  EXPECT_NEAR(value(log, SlateEstimator::pseudo_inverse), log.truth, 1e-12);
  EXPECT_GT(std::abs(value(log, SlateEstimator::independent_ips) - log.truth), 1e-3);
  const EnumeratedLog dependent(kLogged, kJudged, additive);
  EXPECT_GT(std::abs(value(dependent, SlateEstimator::pseudo_inverse) - dependent.truth), 1e-3);
}

TEST(Slates, AGivenPseudoInverseWeightTakesThePlaceOfTheClosedForm) {
  const EnumeratedLog log(kIndependent, kJudged, additive);
  const std::vector<double> ones(16, 1.0);
  ExactSlates slates = log.slates();
  slates.pseudo_inverse_weight = ones;
  const Evaluation got =
      evaluate_slates(slates, std::array{SlateEstimator::pseudo_inverse}, quick());
  EXPECT_NEAR(*got.estimates[0].value, *got.logged.value, 1e-12);
}

TEST(Slates, SelfNormalisedOnesAreExactForAConstantReward) {
  const EnumeratedLog log(kLogged, kJudged, [](int, int, int) { return 0.25; });
  for (const auto estimator : {SlateEstimator::standalone_snips, SlateEstimator::independent_snips,
                               SlateEstimator::reward_interaction_snips}) {
    EXPECT_NEAR(value(log, estimator), 0.5, 1e-12) << slate_estimator_name(estimator);
  }
}

TEST(Slates, SlatesOfOneUserCountOnce) {
  const EnumeratedLog log(kLogged, kJudged, cascade);
  ExactSlates slates = log.slates();
  const PolicyEstimate apart = estimate(slates, SlateEstimator::cascade_dr);
  std::vector<int32_t> user;
  for (int s = 0; s < 16; ++s) user.push_back(s / 2);
  slates.cluster = user;
  EXPECT_NE(*estimate(slates, SlateEstimator::cascade_dr).standard_error, *apart.standard_error);
  EXPECT_EQ(*estimate(slates, SlateEstimator::cascade_dr).value, *apart.value);
}

TEST(Slates, BootstrapAndNormalIntervalsAgreeOnManySlates) {
  const EnumeratedLog once(kLogged, kJudged, cascade);
  EnumeratedLog often = once;
  for (int copy = 0; copy < 60; ++copy) {
    using Column = std::vector<double> EnumeratedLog::*;
    for (const Column column :
         {&EnumeratedLog::reward, &EnumeratedLog::propensity, &EnumeratedLog::policy,
          &EnumeratedLog::item_propensity, &EnumeratedLog::item_policy, &EnumeratedLog::q,
          &EnumeratedLog::value}) {
      const auto& from = once.*column;
      (often.*column).insert((often.*column).end(), from.begin(), from.end());
    }
    for (int s = 0; s < 16; ++s) often.offsets.push_back(often.offsets.back() + kPlaces);
  }
  Options options = quick();
  options.bootstrap.resamples = 1'000;
  for (const SlateEstimator estimator : all_slate_estimators()) {
    const PolicyEstimate got = estimate(often.slates(), estimator, options);
    SCOPED_TRACE(got.name);
    const double width = got.normal->high - got.normal->low;
    EXPECT_NEAR(got.bootstrap->low, got.normal->low, 0.12 * width);
    EXPECT_NEAR(got.bootstrap->high, got.normal->high, 0.12 * width);
    EXPECT_TRUE(got.valid) << got.reason;
  }
}

TEST(Slates, MissingColumnsAreNamed) {
  const EnumeratedLog log(kLogged, kJudged, cascade);
  ExactSlates slates;
  slates.offsets = log.offsets;
  slates.reward = log.reward;
  EXPECT_THAT(estimate(slates, SlateEstimator::standalone_ips).reason, HasSubstr("propensity"));
  EXPECT_THAT(estimate(slates, SlateEstimator::pseudo_inverse).reason,
              HasSubstr("item_propensity"));
  slates.propensity = log.propensity;
  slates.policy = log.policy;
  EXPECT_THAT(estimate(slates, SlateEstimator::cascade_dr).reason, HasSubstr("reward model"));
}

TEST(Slates, NamesAreFoundAgain) {
  for (const SlateEstimator estimator : all_slate_estimators()) {
    EXPECT_EQ(slate_estimator_of_name(slate_estimator_name(estimator)), estimator);
  }
  EXPECT_FALSE(slate_estimator_of_name("sips"));
}

}  // namespace
}  // namespace assay::ope
