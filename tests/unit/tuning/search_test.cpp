#include "tuning/search.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <set>

#include "spaces.h"

namespace assay::tuning {
namespace {

using Objective = std::function<double(const Values&)>;

task::TuneSpec spec_of(task::TuneMethod method, int64_t trials, uint64_t seed = 1) {
  task::TuneSpec spec;
  spec.method = method;
  spec.trials = trials;
  spec.seed = seed;
  return spec;
}

std::vector<Outcome> searched(const task::TuneSpec& spec, const Space& space,
                              const Objective& value) {
  std::vector<Outcome> all;
  while (true) {
    const std::vector<Step> steps = next_steps(spec, space, all);
    if (steps.empty()) return all;
    for (const Step& step : steps) all.push_back({step, value(step.values), true, 1});
  }
}

// What is lost against the best, over seeds.
double mean_regret(task::TuneMethod method, const Space& space, const Objective& value) {
  double sum = 0;
  for (uint64_t seed = 1; seed <= 20; ++seed)
    sum -= *best_of(searched(spec_of(method, 40, seed), space, value))->value;
  return sum / 20;
}

const Space kMixed = {range("lr", 1e-5, 1, true), range("dropout", 0, 0.9),
                      range("layers", 1, 8, false, true),
                      choices("loss", {"bce", "softmax", "gbce"})};

double mixed(const Values& values) {
  const double lr = std::log10(values[0].get<double>()) + 3;
  const double dropout = values[1].get<double>() - 0.2;
  const double layers = values[2].get<double>() - 3;
  return -lr * lr - 4 * dropout * dropout - layers * layers / 4 -
         (values[3] == "softmax" ? 0.0 : 1.0);
}

TEST(Search, TpeEndsNearerTheBestThanRandomOnABowl) {
  const Space space = {range("x", -5, 5), range("y", -5, 5)};
  const auto bowl = [](const Values& v) {
    const double x = v[0].get<double>() - 1, y = v[1].get<double>() + 2;
    return -x * x - y * y;
  };
  EXPECT_LT(mean_regret(task::TuneMethod::tpe, space, bowl),
            0.5 * mean_regret(task::TuneMethod::random, space, bowl));
}

TEST(Search, TpeEndsNearerTheBestThanRandomWithScalesIntegersAndChoices) {
  EXPECT_LT(mean_regret(task::TuneMethod::tpe, kMixed, mixed),
            0.6 * mean_regret(task::TuneMethod::random, kMixed, mixed));
}

TEST(Search, EveryValueLiesInItsRange) {
  for (const auto method : {task::TuneMethod::tpe, task::TuneMethod::random}) {
    for (const Outcome& outcome : searched(spec_of(method, 60), kMixed, mixed)) {
      const Values& values = outcome.step.values;
      EXPECT_GE(values[0], 1e-5);
      EXPECT_LE(values[0], 1.0);
      EXPECT_GE(values[1], 0.0);
      EXPECT_LE(values[1], 0.9);
      EXPECT_TRUE(values[2].is_number_integer());
      EXPECT_GE(values[2], 1);
      EXPECT_LE(values[2], 8);
    }
  }
}

std::vector<Values> values_of(const std::vector<Outcome>& outcomes) {
  std::vector<Values> all;
  for (const Outcome& outcome : outcomes) all.push_back(outcome.step.values);
  return all;
}

TEST(Search, ASeedRepeatsAndAnotherDoesNot) {
  for (const auto method : {task::TuneMethod::tpe, task::TuneMethod::random}) {
    const auto once = values_of(searched(spec_of(method, 24), kMixed, mixed));
    EXPECT_EQ(once, values_of(searched(spec_of(method, 24), kMixed, mixed)));
    EXPECT_NE(once, values_of(searched(spec_of(method, 24, 2), kMixed, mixed)));
  }
}

TEST(Search, ALargerBudgetBeginsWithTheTrialsOfASmallerOne) {
  for (const auto method : {task::TuneMethod::tpe, task::TuneMethod::random}) {
    const auto few = values_of(searched(spec_of(method, 12), kMixed, mixed));
    auto many = values_of(searched(spec_of(method, 30), kMixed, mixed));
    many.resize(few.size());
    EXPECT_EQ(few, many);
  }
}

TEST(Search, TpeKeepsAwayFromWhatFailed) {
  const Space space = {choices("loss", {"good", "fails"})};
  std::vector<Outcome> all;
  const task::TuneSpec spec = spec_of(task::TuneMethod::tpe, 60);
  int failed_late = 0;
  while (true) {
    const auto steps = next_steps(spec, space, all);
    if (steps.empty()) break;
    for (const Step& step : steps) {
      const bool fails = step.values[0] == "fails";
      if (step.number >= 40) failed_late += fails;
      all.push_back({step, fails ? std::nullopt : std::optional(1.0), true, 1});
    }
  }
  EXPECT_LT(failed_late, 5);
}

TEST(Search, AGridTriesEveryCombinationOnce) {
  const Space space = {choices("a", {1, 2, 3}), choices("b", {"x", "y"})};
  const auto all =
      searched(spec_of(task::TuneMethod::grid, 30), space, [](const auto&) { return 1; });
  std::set<std::string> seen;
  for (const Values& values : values_of(all)) seen.insert(nlohmann::json(values).dump());
  EXPECT_EQ(all.size(), 6U);
  EXPECT_EQ(seen.size(), 6U);
}

TEST(Search, ATrialBudgetIsKeptToTheTrial) {
  EXPECT_EQ(searched(spec_of(task::TuneMethod::random, 6), kMixed, mixed).size(), 6U);
  EXPECT_EQ(searched(spec_of(task::TuneMethod::tpe, 13), kMixed, mixed).size(), 13U);
}

TEST(Search, ATimeBudgetEndsAfterTheRoundThatUsesItUp) {
  task::TuneSpec spec = spec_of(task::TuneMethod::random, 30);
  spec.seconds = 5;  // a second each
  EXPECT_EQ(searched(spec, kMixed, mixed).size(), 8U);
}

TEST(Search, ARoundTakesNoNoticeOfWhatItsOwnTrialsGive) {
  std::vector<Outcome> ten;
  const task::TuneSpec spec = spec_of(task::TuneMethod::tpe, 30);
  for (int round = 0; round < 3; ++round) {
    for (const Step& step : next_steps(spec, kMixed, ten))
      ten.push_back({step, mixed(step.values), true, 1});
  }
  const auto steps = next_steps(spec, kMixed, ten);
  ASSERT_EQ(steps.size(), 4U);
  EXPECT_EQ(steps[0].number, 12);
  EXPECT_NE(steps[0].values, steps[1].values);
}

TEST(Search, OfEqualValuesTheEarlierTrialIsChosen) {
  const std::vector<Outcome> all = {
      {{0, 0, {1}}, std::nullopt}, {{1, 0, {2}}, 0.5}, {{2, 0, {3}}, 0.5}};
  EXPECT_EQ(best_of(all)->step.number, 1);
  EXPECT_EQ(best_of(std::span(all).first(1)), nullptr);
}

}  // namespace
}  // namespace assay::tuning
