#include "assignment/interleaving.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>

#include "assignment/optimised.h"
#include "error/error.h"
#include "stats/philox_sequence.h"

namespace assay::assignment {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::IsEmpty;

/// Sums `value` over every sequence of up to `coins` fair coins, each as likely as any other.
std::vector<double> expectation(int coins,
                                const std::function<std::vector<double>(const Draw&)>& value) {
  std::vector<double> sum;
  for (int bits = 0; bits < (1 << coins); ++bits) {
    int next = 0;
    const std::vector<double> one = value([&] { return (bits >> next++ & 1) != 0 ? 0.75 : 0.25; });
    EXPECT_LE(next, coins) << "more coins are needed";
    sum.resize(one.size());
    for (size_t i = 0; i < one.size(); ++i) sum[i] += one[i] / (1 << coins);
  }
  return sum;
}

/// Every way to click on n items.
std::vector<std::vector<char>> all_clicks(size_t n) {
  std::vector<std::vector<char>> all;
  for (int bits = 0; bits < (1 << n); ++bits) {
    std::vector<char> clicks;
    for (size_t i = 0; i < n; ++i) clicks.push_back(static_cast<char>(bits >> i & 1));
    all.push_back(clicks);
  }
  return all;
}

const RankedList kA{1, 2, 3, 4};
const RankedList kB{2, 3, 4, 1};  // kA, shifted

TEST(Interleaving, BalancedTakesTurnsFromTheOneThatBegins) {
  EXPECT_THAT(balanced(kA, kB, 4, [] { return 0.25; }).items, ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(balanced(kA, kB, 4, [] { return 0.75; }).items, ElementsAre(2, 1, 3, 4));
  EXPECT_THAT(balanced({1}, {1, 5, 6}, 9, [] { return 0.25; }).items, ElementsAre(1, 5, 6));
}

TEST(Interleaving, BalancedCreditCountsDownToTheLowestClick) {
  // The lowest click, 3, is second of b: what both have down to there is {1, 2} and {2, 3}.
  EXPECT_THAT(balanced_credit(kA, kB, {1, 2, 3, 4}, std::vector<char>{1, 0, 1, 0}),
              ElementsAre(1, 1));
  EXPECT_THAT(balanced_credit(kA, kB, {1, 2, 3, 4}, std::vector<char>{0, 0, 0, 0}),
              ElementsAre(0, 0));
}

TEST(Interleaving, BalancedFavoursTheShiftedListOfAUserWhoClicksAnywhere) {
  // What team draft was made for (Radlinski, Kurup & Joachims 2008, section 4.2).
  Preference preference;
  for (const double begins : {0.25, 0.75}) {
    const Interleaved shown = balanced(kA, kB, 4, [&] { return begins; });
    for (size_t clicked = 0; clicked < 4; ++clicked) {
      std::vector<char> clicks(4, 0);
      clicks[clicked] = 1;
      preference.add(balanced_credit(kA, kB, shown.items, clicks));
    }
  }
  EXPECT_GT(preference.advantage_of_b(), 0);
}

TEST(Interleaving, TeamDraftGivesEqualListsEqualCreditWhateverIsClicked) {
  const std::vector<RankedList> lists{kA, kA};
  for (const auto& clicks : all_clicks(4)) {
    const auto credit = expectation(
        4, [&](const Draw& draw) { return team_credit(team_draft(lists, 4, draw), 2, clicks); });
    EXPECT_DOUBLE_EQ(credit[0], credit[1]);
  }
}

TEST(Interleaving, TeamDraftGivesNobodyTheClicksOfAUserWhoClicksAnywhere) {
  const std::vector<RankedList> lists{kA, kB};
  for (const auto& clicks : all_clicks(4)) {
    const auto credit = expectation(
        4, [&](const Draw& draw) { return team_credit(team_draft(lists, 4, draw), 2, clicks); });
    EXPECT_DOUBLE_EQ(credit[0], credit[1]);
  }
}

TEST(Interleaving, TeamDraftCreditsTheListThatHasTheRelevantItemFirst) {
  const std::vector<RankedList> lists{{1, 2, 3, 4}, {4, 1, 2, 3}};
  const auto credit = expectation(4, [&](const Draw& draw) {
    const Interleaved shown = team_draft(lists, 2, draw);
    std::vector<char> clicks;
    for (const int64_t item : shown.items) clicks.push_back(item == 4 ? 1 : 0);
    return team_credit(shown, 2, clicks);
  });
  EXPECT_THAT(credit, ElementsAre(0, 1));
}

TEST(Interleaving, MultileavingShowsEveryRankerOnceARound) {
  const std::vector<RankedList> lists{{1, 2, 3}, {4, 5, 6}, {7, 8, 9}};
  stats::PhiloxSequence random(1, 2, 3);
  std::map<int, int> first;
  constexpr int kLists = 3000;
  for (int i = 0; i < kLists; ++i) {
    const Interleaved shown = team_draft(lists, 6, [&] { return random.next_uniform(); });
    std::vector<int> round(shown.team.begin(), shown.team.begin() + 3);
    ++first[round.front()];
    std::ranges::sort(round);
    EXPECT_THAT(round, ElementsAre(0, 1, 2));
  }
  for (const auto& [ranker, count] : first) EXPECT_NEAR(count, kLists / 3, 150) << ranker;
}

TEST(Interleaving, ProbabilisticCreditsEqualListsAlikeOnEveryListThatCanComeOut) {
  const std::vector<RankedList> lists{kA, kA, kA};
  RankedList shown = kA;
  do {
    for (const auto& clicks : all_clicks(4)) {
      const auto credit = probabilistic_credit(lists, shown, clicks);
      EXPECT_THAT(credit, testing::Each(DoubleNear(credit[0], 1e-12)));
    }
  } while (std::ranges::next_permutation(shown).found);
}

TEST(Interleaving, ProbabilisticCreditIsThatOfTheTeamsOnAverage) {
  const std::vector<RankedList> lists{kA, kB};
  stats::PhiloxSequence random(7, 1, 1);
  constexpr int kLists = 40'000;
  double teams = 0, expected = 0;
  for (int i = 0; i < kLists; ++i) {
    const Interleaved shown = probabilistic(lists, 3, [&] { return random.next_uniform(); });
    std::vector<char> clicks;
    for (const int64_t item : shown.items) clicks.push_back(item <= 2 ? 1 : 0);
    teams += team_credit(shown, 2, clicks)[0] / kLists;
    expected += probabilistic_credit(lists, shown.items, clicks)[0] / kLists;
  }
  EXPECT_NEAR(teams, expected, 0.02);
}

TEST(Interleaving, ProbabilisticEndsWhereAllListsAreShown) {
  const std::vector<RankedList> lists{{1}, {1, 2}};
  const Interleaved shown = probabilistic(lists, 5, [] { return 0.0; });
  EXPECT_THAT(shown.items, ElementsAre(1, 2));
}

TEST(Interleaving, OptimisedIsFairToAUserWhoClicksAnywhereAmongTheFirst) {
  RankedList b = kA;
  do {
    const auto made = optimised(kA, b, 4);
    ASSERT_TRUE(made) << b[0] << b[1] << b[2] << b[3];
    double all = 0;
    std::vector<double> bias(4, 0.0);
    for (size_t list = 0; list < made->lists.size(); ++list) {
      all += made->probabilities[list];
      double sum = 0;
      for (size_t k = 0; k < 4; ++k) {
        sum += made->credit[list][k];
        bias[k] += made->probabilities[list] * sum;
      }
    }
    EXPECT_NEAR(all, 1, 1e-9);
    EXPECT_THAT(bias, testing::Each(DoubleNear(0, 1e-9)));
  } while (std::ranges::next_permutation(b).found);
}

TEST(Interleaving, OptimisedShowsOnlyWhatEitherRankerWouldShowNext) {
  const auto made = optimised({1, 2, 3}, {3, 2, 1}, 2);
  ASSERT_TRUE(made);
  EXPECT_THAT(made->lists, testing::UnorderedElementsAre(RankedList{1, 2}, RankedList{1, 3},
                                                         RankedList{3, 1}, RankedList{3, 2}));
  const RankedList& shown = made->drawn([] { return 0.999; });
  EXPECT_EQ(shown.size(), 2);
}

TEST(Interleaving, ALinearProgramWithoutAnswerHasNone) {
  EXPECT_FALSE(solve_linear_program({{1, 1}, {1, 1}}, {1, 2}, {1, 0}));
  const auto best = solve_linear_program({{1, 1, 1}}, {1}, {1, 3, 2});
  ASSERT_TRUE(best);
  EXPECT_THAT(*best, ElementsAre(0, 1, 0));
}

TEST(Interleaving, PreferenceIsTheSignTestOfItsLists) {
  Preference preference;
  for (int i = 0; i < 9; ++i) preference.add(std::vector<double>{0, 1});
  preference.add(std::vector<double>{1, 0});
  preference.add(std::vector<double>{1, 1});
  EXPECT_EQ(preference.ties, 1);
  EXPECT_NEAR(preference.advantage_of_b(), 9.5 / 11 - 0.5, 1e-12);
  EXPECT_NEAR(preference.p(), 2 * 11.0 / 1024, 1e-12);  // scipy binomtest(1, 10)
  EXPECT_DOUBLE_EQ(Preference().advantage_of_b(), 0);
}

TEST(Interleaving, OneRankerAloneIsOurBug) {
  const std::vector<RankedList> one{kA};
  EXPECT_THROW(team_draft(one, 4, [] { return 0.0; }), error::InternalError);
}

}  // namespace
}  // namespace assay::assignment
