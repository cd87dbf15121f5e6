#include "ope/estimators.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "error/error.h"
#include "world.h"

namespace assay::ope {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// The values of one estimator over repeated logs of a world, and how often its interval held the
/// truth.
struct Repeated {
  double mean = 0.0, error_of_mean = 0.0;
  double coverage = 0.0;
};

using PickInterval = std::function<const std::optional<stats::Interval>&(const PolicyEstimate&)>;

Repeated repeated(const World& world, Estimator estimator, int repetitions, int rounds,
                  const PickInterval& pick, const Options& options = quick(),
                  std::optional<double> parameter = {}) {
  double sum = 0.0, squares = 0.0, held = 0.0;
  for (int r = 0; r < repetitions; ++r) {
    const Log log = sampled_log(world, rounds, 100 + static_cast<uint64_t>(r));
    const Choice choice{estimator, parameter};
    const auto estimate = evaluate(log.rounds(), {&choice, 1}, options).estimates.at(0);
    const double value = estimate.value.value();
    sum += value;
    squares += value * value;
    held += pick(estimate).value().holds(world.truth()) ? 1.0 : 0.0;
  }
  const double n = repetitions;
  const double variance = (squares - sum * sum / n) / (n - 1.0);
  return {sum / n, std::sqrt(variance / n), held / n};
}

const std::optional<stats::Interval>& normal_of(const PolicyEstimate& one) { return one.normal; }

TEST(Estimators, UnbiasedOnesHitTheTruthOfAWorldAndTheirIntervalsCoverIt) {
  World world;
  for (auto& row : world.model) std::ranges::fill(row, 0.3);  // a wrong model
  for (const Estimator estimator :
       {Estimator::ips, Estimator::snips, Estimator::dr, Estimator::sndr}) {
    SCOPED_TRACE(estimator_name(estimator));
    const Repeated got = repeated(world, estimator, 400, 1'000, normal_of);
    EXPECT_NEAR(got.mean, world.truth(), 4.0 * got.error_of_mean);
    EXPECT_GT(got.coverage, 0.92);
    EXPECT_LT(got.coverage, 0.98);
  }
}

TEST(Estimators, TheDirectMethodIsAsWrongAsItsModelAndSaysSo) {
  World world;
  for (auto& row : world.model) std::ranges::fill(row, 0.3);
  const PolicyEstimate dm = estimate_of(sampled_log(world, 1'000, 1).rounds(), Estimator::dm);
  EXPECT_NEAR(*dm.value, 0.3, 1e-12);
  EXPECT_THAT(dm.note, HasSubstr("do not cover the error of the reward model"));
  EXPECT_TRUE(dm.valid);
}

TEST(Estimators, ARightModelMakesDoublyRobustEstimatesNarrower) {
  const World world;
  Log log = sampled_log(world, 2'000, 3);
  log.reward = log.q;  // the model knows all that can be known
  const PolicyEstimate dr = estimate_of(log.rounds(), Estimator::dr);
  const PolicyEstimate ips = estimate_of(log.rounds(), Estimator::ips);
  EXPECT_LT(*dr.standard_error, 0.5 * *ips.standard_error);
}

TEST(Estimators, DoublyRobustIsRightWithWrongPropensitiesWhereTheModelIsRight) {
  const World world;
  Log log = sampled_log(world, 100'000, 5);
  for (double& p : log.propensity) p = std::min(1.0, 1.3 * p);
  const PolicyEstimate dr = estimate_of(log.rounds(), Estimator::dr);
  const PolicyEstimate ips = estimate_of(log.rounds(), Estimator::ips);
  EXPECT_NEAR(*dr.value, world.truth(), 4.0 * *dr.standard_error);
  EXPECT_GT(std::abs(*ips.value - world.truth()), 10.0 * *ips.standard_error);
  EXPECT_FALSE(ips.valid);
  EXPECT_THAT(ips.reason, HasSubstr("the propensities are not those"));
}

TEST(Estimators, BootstrapBernsteinAndSequencesCoverTheTruth) {
  const World world;
  Options options = quick();
  options.bootstrap.resamples = 400;
  options.largest_weight = 30.0;
  const Repeated bootstrap = repeated(
      world, Estimator::snips, 100, 300, [](const auto& e) -> auto& { return e.bootstrap; },
      options);
  EXPECT_GT(bootstrap.coverage, 0.88);
  const Repeated bernstein = repeated(
      world, Estimator::ips, 200, 300, [](const auto& e) -> auto& { return e.bernstein; }, options);
  EXPECT_GT(bernstein.coverage, 0.99);
  const Repeated sequence = repeated(
      world, Estimator::dr, 200, 300, [](const auto& e) -> auto& { return e.sequence; }, quick());
  EXPECT_GT(sequence.coverage, 0.98);
}

TEST(Estimators, LookingAgainAndAgainAtASequenceRaisesNoFalseAlarm) {
  const World world;
  int sequence_alarms = 0, normal_alarms = 0;
  for (uint64_t run = 0; run < 100; ++run) {
    const Log log = sampled_log(world, 2'000, 900 + run);
    bool by_sequence = false, by_normal = false;
    for (size_t n = 100; n <= 2'000; n += 100) {
      ExactRounds part = log.rounds();
      for (auto* column : {&part.reward, &part.propensity, &part.policy, &part.q, &part.value}) {
        *column = column->first(n);
      }
      const PolicyEstimate dr = estimate_of(part, Estimator::dr);
      by_sequence |= !dr.sequence->holds(world.truth());
      by_normal |= !dr.normal->holds(world.truth());
    }
    sequence_alarms += by_sequence;
    normal_alarms += by_normal;
  }
  EXPECT_LE(sequence_alarms, 5);
  EXPECT_GT(normal_alarms, 12);
}

TEST(Estimators, LimitsOfAFamilyAreTheEstimatorsBetweenWhichItLies) {
  const Log log = sampled_log({}, 500, 7);
  const auto value = [&](Estimator estimator, std::optional<double> parameter = {}) {
    const Choice choice{estimator, parameter};
    return *evaluate(log.rounds(), {&choice, 1}, quick()).estimates[0].value;
  };
  constexpr double kInfinite = std::numeric_limits<double>::infinity();
  const double dr = value(Estimator::dr), dm = value(Estimator::dm), ips = value(Estimator::ips);
  EXPECT_NEAR(value(Estimator::dros, 0.0), dm, 1e-12);
  EXPECT_NEAR(value(Estimator::dros, kInfinite), dr, 1e-12);
  EXPECT_NEAR(value(Estimator::switch_dr, 0.0), dm, 1e-12);
  EXPECT_NEAR(value(Estimator::switch_dr, kInfinite), dr, 1e-12);
  EXPECT_NEAR(value(Estimator::clipped_dr, kInfinite), dr, 1e-12);
  EXPECT_NEAR(value(Estimator::clipped_ips, kInfinite), ips, 1e-12);
  EXPECT_NEAR(value(Estimator::sg_ips, 0.0), ips, 1e-12);
  EXPECT_NEAR(value(Estimator::sg_dr, 0.0), dr, 1e-12);
}

TEST(Estimators, HowALogIsCutIntoStretchesChangesNoBit) {
  const Log log = sampled_log({}, 5'000, 11);
  const std::vector<Choice> choices = {{Estimator::dr, {}}, {Estimator::dros, {}}};
  const Evaluation whole = evaluate(log.rounds(), choices, quick());
  for (const size_t stretch : {size_t{1}, size_t{7}, size_t{511}, size_t{4'999}}) {
    const RoundSource<double> source = [&](const std::function<void(const ExactRounds&)>& take) {
      for (size_t at = 0; at < 5'000; at += stretch) {
        ExactRounds part = log.rounds();
        const size_t n = std::min(stretch, 5'000 - at);
        for (auto* column : {&part.reward, &part.propensity, &part.policy, &part.q, &part.value}) {
          *column = column->subspan(at, n);
        }
        part.first_row = 1 + static_cast<int64_t>(at);
        take(part);
      }
    };
    const Evaluation cut = evaluate(source, choices, quick());
    for (size_t i = 0; i < choices.size(); ++i) {
      EXPECT_EQ(*cut.estimates[i].value, *whole.estimates[i].value);
      EXPECT_EQ(*cut.estimates[i].standard_error, *whole.estimates[i].standard_error);
    }
    EXPECT_EQ(cut.overlap.largest_weight_row, whole.overlap.largest_weight_row);
    EXPECT_EQ(cut.overlap.histogram, whole.overlap.histogram);
  }
}

TEST(Estimators, FloatColumnsGiveTheSumsOfDoubles) {
  const Log log = sampled_log({}, 3'001, 13);
  std::vector<std::vector<float>> columns;
  for (const auto* column : {&log.reward, &log.propensity, &log.policy, &log.q, &log.value}) {
    columns.emplace_back(column->begin(), column->end());
  }
  Rounds rounds;
  rounds.reward = columns[0];
  rounds.propensity = columns[1];
  rounds.policy = columns[2];
  rounds.q = columns[3];
  rounds.value = columns[4];
  const std::vector<Choice> choices = all_choices();
  const Evaluation floats = evaluate(rounds, choices, quick());
  const Evaluation doubles = evaluate(log.rounds(), choices, quick());
  for (size_t i = 0; i < choices.size(); ++i) {
    ASSERT_EQ(floats.estimates[i].value.has_value(), doubles.estimates[i].value.has_value());
    if (!doubles.estimates[i].value) continue;
    EXPECT_NEAR(*floats.estimates[i].value, *doubles.estimates[i].value, 1e-7);
    EXPECT_NEAR(*floats.estimates[i].standard_error, *doubles.estimates[i].standard_error, 1e-7);
  }
}

// Sums of squares alone would lose such a spread.
TEST(Estimators, RewardsFarFromZeroKeepTheirSpread) {
  Log log = sampled_log({}, 2'000, 17);
  const auto value_of = [&](Estimator estimator) {
    Options options = quick();
    options.reward_range.reset();
    return estimate_of(log.rounds(), estimator, options);
  };
  const double before = *value_of(Estimator::dr).standard_error;
  const double ratio_before = *value_of(Estimator::snips).standard_error;
  for (auto* column : {&log.reward, &log.q, &log.value}) {
    for (double& x : *column) x += 1e9;
  }
  EXPECT_NEAR(*value_of(Estimator::dr).standard_error, before, 1e-6 * before);
  EXPECT_NEAR(*value_of(Estimator::snips).standard_error, ratio_before, 1e-6 * ratio_before);
}

TEST(Estimators, RoundsOfOneUserCountOnce) {
  const Log once = sampled_log({}, 500, 19);
  Log often;
  for (size_t i = 0; i < once.reward.size(); ++i) {
    for (int copy = 0; copy < 9; ++copy) {
      often.add({}, once.context[i], once.action[i], once.reward[i]);
      often.cluster.push_back(static_cast<int32_t>(i));
    }
  }
  Options options = quick();
  options.bootstrap.resamples = 500;
  for (const Estimator estimator : {Estimator::ips, Estimator::snips, Estimator::sndr}) {
    const PolicyEstimate one = estimate_of(once.rounds(), estimator, options);
    const PolicyEstimate many = estimate_of(often.rounds(), estimator, options);
    EXPECT_NEAR(*many.value, *one.value, 1e-12);
    EXPECT_NEAR(*many.standard_error, *one.standard_error, 1e-9);
    EXPECT_NEAR(many.bootstrap->low, one.bootstrap->low, 1e-6);
    EXPECT_NEAR(*many.plain_standard_error, *one.plain_standard_error / 3.0, 2e-4);
    EXPECT_THAT(many.note, HasSubstr("rounds of one cluster depend on each other"));
  }
}

TEST(Estimators, ScatteredUsersGiveTheSameAsUsersOneAfterTheOther) {
  Log together = sampled_log({}, 600, 23);
  for (int i = 0; i < 600; ++i) together.cluster.push_back(i / 3);
  Log scattered;
  for (int part = 0; part < 3; ++part) {
    for (int user = 0; user < 200; ++user) {
      const int i = 3 * user + part;
      scattered.add({}, together.context[i], together.action[i], together.reward[i]);
      scattered.cluster.push_back(user);
    }
  }
  const PolicyEstimate a = estimate_of(together.rounds(), Estimator::dr);
  const PolicyEstimate b = estimate_of(scattered.rounds(), Estimator::dr);
  EXPECT_NEAR(*a.standard_error, *b.standard_error, 1e-12);
}

TEST(Estimators, RoundsThatStandAloneAreUnitsAmongClusters) {
  Log numbered = sampled_log({}, 600, 41);
  for (int i = 0; i < 600; ++i) numbered.cluster.push_back(i < 300 ? i / 3 : i);
  Log alone = numbered;
  std::fill(alone.cluster.begin() + 300, alone.cluster.end(), -1);
  Options resampled = quick();
  resampled.bootstrap.resamples = 200;
  for (const Options& options : {quick(), resampled}) {
    const PolicyEstimate a = estimate_of(numbered.rounds(), Estimator::dr, options);
    const PolicyEstimate b = estimate_of(alone.rounds(), Estimator::dr, options);
    EXPECT_NEAR(*b.standard_error, *a.standard_error, 1e-15);
    EXPECT_EQ(b.bootstrap.has_value(), a.bootstrap.has_value());
    if (!a.bootstrap) continue;
    EXPECT_EQ(b.bootstrap->low, a.bootstrap->low);
  }
}

TEST(Estimators, SayWhereTheHeaviestRowsNeverHadAReward) {
  Log log;
  for (int i = 0; i < 900; ++i) log.add({}, 0, 0, i % 9 == 0 ? 1.0 : 0.0);
  for (double& propensity : log.propensity) propensity = 0.9;
  for (double& policy : log.policy) policy = 0.5;
  for (int i = 0; i < 100; ++i) {
    log.add({}, 0, 0, 0.0);
    log.propensity.back() = 0.1;
    log.policy.back() = 0.5;
  }
  const auto noted = [](const Log& of, Estimator estimator) {
    return estimate_of(of.rounds(), estimator).note;
  };
  EXPECT_THAT(noted(log, Estimator::dr), HasSubstr("50 % of the weight lies on rows that weigh"));
  EXPECT_THAT(noted(log, Estimator::dm), Not(HasSubstr("of the weight")));
  log.reward.back() = 1.0;
  EXPECT_THAT(noted(log, Estimator::dr), Not(HasSubstr("of the weight")));
}

TEST(Estimators, GivenWeightsServeMipsAndBalancedIps) {
  Log log = sampled_log({}, 400, 29);
  std::vector<double> weights;
  for (size_t i = 0; i < log.policy.size(); ++i) {
    weights.push_back(log.policy[i] / log.propensity[i]);
  }
  const PolicyEstimate ips = estimate_of(log.rounds(), Estimator::ips);
  ExactRounds rounds;
  rounds.reward = log.reward;
  rounds.marginal_weight = weights;
  rounds.balanced_weight = weights;
  for (const Estimator estimator : {Estimator::mips, Estimator::balanced_ips}) {
    const PolicyEstimate given = estimate_of(rounds, estimator);
    EXPECT_NEAR(*given.value, *ips.value, 1e-12);
    EXPECT_NEAR(*given.standard_error, *ips.standard_error, 1e-12);
    EXPECT_TRUE(given.valid) << given.reason;
  }
  EXPECT_THAT(estimate_of(rounds, Estimator::ips).reason, HasSubstr("logged propensities"));
}

TEST(Estimators, MrdrIsDoublyRobustWithAModelOfItsOwn) {
  const Log log = sampled_log({}, 400, 31);
  ExactRounds rounds = log.rounds();
  EXPECT_THAT(estimate_of(rounds, Estimator::mrdr).reason, HasSubstr("mrdr_q and mrdr_value"));
  std::swap(rounds.q, rounds.mrdr_q);
  std::swap(rounds.value, rounds.mrdr_value);
  EXPECT_EQ(*estimate_of(rounds, Estimator::mrdr).value,
            *estimate_of(log.rounds(), Estimator::dr).value);
}

TEST(Estimators, ReplayAveragesTheRoundsThatADeterministicPolicyWouldHaveServed) {
  World world;
  for (int x = 0; x < kContexts; ++x) {
    world.log_policy[x].assign(kActions, 1.0 / kActions);
    world.judged[x].assign(kActions, 0.0);
    world.judged[x][x] = 1.0;
  }
  const Log log = sampled_log(world, 2'000, 37);
  double matches = 0.0, rewards = 0.0;
  for (size_t i = 0; i < log.reward.size(); ++i) {
    if (log.action[i] != log.context[i]) continue;
    matches += 1.0;
    rewards += log.reward[i];
  }
  const PolicyEstimate replay = estimate_of(log.rounds(), Estimator::replay);
  EXPECT_NEAR(*replay.value, rewards / matches, 1e-12);
  EXPECT_NEAR(replay.weights.effective_size, matches, 1e-9);
  EXPECT_TRUE(replay.valid) << replay.reason;
  EXPECT_THAT(estimate_of(sampled_log({}, 200, 1).rounds(), Estimator::replay).reason,
              HasSubstr("deterministic"));
}

TEST(Estimators, TunedOnesChooseFromTheirGridAndSayWhat) {
  const Log log = sampled_log({}, 2'000, 41);
  for (const Choice& choice : all_choices()) {
    if (!has_parameter(choice.estimator)) continue;
    const PolicyEstimate got = estimate_of(log.rounds(), choice.estimator);
    SCOPED_TRACE(got.name);
    EXPECT_TRUE(got.tuned);
    EXPECT_NE(got.unlimited, got.parameter.has_value());
    EXPECT_THAT(got.note, HasSubstr("do not cover the choice of the parameter"));
    const double parameter = got.parameter.value_or(std::numeric_limits<double>::infinity());
    EXPECT_EQ(*estimate_of(log.rounds(), choice.estimator, parameter).value, *got.value);
  }
}

TEST(Estimators, NamesAreFoundAgain) {
  EXPECT_EQ(all_choices().size(), estimator_names().size());
  for (const Choice& choice : all_choices()) {
    EXPECT_EQ(estimator_of_name(estimator_name(choice.estimator)), choice.estimator);
  }
  EXPECT_FALSE(estimator_of_name("ipw"));
}

TEST(Estimators, ParametersOutOfRangeAreOurMistake) {
  const Log log = sampled_log({}, 50, 1);
  EXPECT_THROW(estimate_of(log.rounds(), Estimator::dr, 1.0), error::InternalError);
  EXPECT_THROW(estimate_of(log.rounds(), Estimator::sg_dr, 1.5), error::InternalError);
  EXPECT_THROW(estimate_of(log.rounds(), Estimator::dros, -1.0), error::InternalError);
}

}  // namespace
}  // namespace assay::ope
