#include "tuning/asha.h"

#include <gtest/gtest.h>

#include "spaces.h"

namespace assay::tuning {
namespace {

const Space kSpace = {range("x", 0, 1)};

task::TuneSpec budget(int64_t trials) {
  task::TuneSpec spec;
  spec.method = task::TuneMethod::asha;
  spec.trials = trials;
  return spec;
}

Outcome at(int64_t number, int rung, std::optional<double> value, bool complete = false) {
  return {{number, rung, {0.5}}, value, complete, 1};
}

std::vector<std::pair<int64_t, int>> places(const std::vector<Step>& steps) {
  std::vector<std::pair<int64_t, int>> out;
  for (const Step& step : steps) out.emplace_back(step.number, step.rung);
  return out;
}

using Places = std::vector<std::pair<int64_t, int>>;

TEST(Asha, ARungValidatesThreeTimesAsOftenAsTheOneBelow) {
  EXPECT_EQ(rung_validations(0), 1);
  EXPECT_EQ(rung_validations(1), 3);
  EXPECT_EQ(rung_validations(3), 27);
  EXPECT_EQ(validations_at(task::TuneMethod::asha, 2), 9);
  EXPECT_EQ(validations_at(task::TuneMethod::tpe, 0), 0);
}

TEST(Asha, BeginsWithNewTrialsAtTheLowestRung) {
  EXPECT_EQ(places(asha_steps(budget(9), kSpace, {})), (Places{{0, 0}, {1, 0}, {2, 0}, {3, 0}}));
}

TEST(Asha, TheBestThirdIsPromotedBeforeNewTrialsBegin) {
  const std::vector<Outcome> four = {at(0, 0, 0.1), at(1, 0, 0.4), at(2, 0, 0.2), at(3, 0, 0.3)};
  EXPECT_EQ(places(asha_steps(budget(9), kSpace, four)), (Places{{1, 1}, {4, 0}, {5, 0}, {6, 0}}));
}

TEST(Asha, APromotedTrialKeepsItsValues) {
  const std::vector<Outcome> three = {at(0, 0, 0.1), at(1, 0, 0.4), at(2, 0, 0.2)};
  EXPECT_EQ(asha_steps(budget(3), kSpace, three).front().values, (Values{0.5}));
}

TEST(Asha, WhoWasPromotedIsNotPromotedAgainFromThatRung) {
  const std::vector<Outcome> done = {at(0, 0, 0.1), at(1, 0, 0.4), at(2, 0, 0.2), at(1, 1, 0.5)};
  EXPECT_EQ(places(asha_steps(budget(3), kSpace, done)), Places{});
}

TEST(Asha, TheHighestRungIsServedFirst) {
  // Nine at the bottom, three of them one up: of these the best goes on first.
  std::vector<Outcome> done;
  for (int64_t n = 0; n < 12; ++n) done.push_back(at(n, 0, 0.01 * static_cast<double>(n)));
  for (const int64_t n : {11, 10, 9}) done.push_back(at(n, 1, 0.1 * static_cast<double>(n)));
  EXPECT_EQ(places(asha_steps(budget(12), kSpace, done)), (Places{{11, 2}, {8, 1}}));
}

TEST(Asha, AFailedTrialCountsAtItsRungAndIsNeverPromoted) {
  const std::vector<Outcome> done = {at(0, 0, std::nullopt), at(1, 0, std::nullopt), at(2, 0, 0.2)};
  EXPECT_EQ(places(asha_steps(budget(3), kSpace, done)), (Places{{2, 1}}));
}

TEST(Asha, AFitThatEndedByItselfIsNotRunAgain) {
  const std::vector<Outcome> done = {at(0, 0, 0.1), at(1, 0, 0.4, true), at(2, 0, 0.2)};
  EXPECT_EQ(places(asha_steps(budget(3), kSpace, done)), Places{});
}

TEST(Asha, ACompleteTrialHoldsItsPlaceAgainstThoseThatWerePromoted) {
  // Trials 0, 3 and 6 lead; 0 is complete. One of the three goes to rung 2: the best of them there.
  std::vector<Outcome> done = {at(0, 0, 0.9, true)};
  for (int64_t n = 1; n < 9; ++n) done.push_back(at(n, 0, n % 3 == 0 ? 0.8 : 0.1));
  done.push_back(at(3, 1, 0.85));
  done.push_back(at(6, 1, 0.95));
  EXPECT_EQ(places(asha_steps(budget(9), kSpace, done)), (Places{{6, 2}}));
}

TEST(Asha, OneRungIsRandomSearchWhereNothingValidates) {
  std::vector<Outcome> done;
  while (true) {
    const auto steps = asha_steps(budget(10), kSpace, done);
    if (steps.empty()) break;
    for (const Step& step : steps) {
      EXPECT_EQ(step.values, random_values(1, kSpace, step.number));
      done.push_back({step, step.values[0].get<double>(), true, 1});
    }
  }
  EXPECT_EQ(done.size(), 10U);
}

TEST(Asha, TheMostStepsAreTheTrialsAndTheirPromotions) {
  EXPECT_EQ(most_steps(budget(27), kSpace), 27 + 9 + 3 + 1);
  task::TuneSpec tpe = budget(27);
  tpe.method = task::TuneMethod::tpe;
  EXPECT_EQ(most_steps(tpe, kSpace), 27);
}

}  // namespace
}  // namespace assay::tuning
