#include "stats/letters.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "error/error.h"
#include "stats/philox_sequence.h"

namespace assay::stats {
namespace {

using testing::Each;
using testing::ElementsAre;
using Pairs = std::vector<DifferingPair>;

bool share(const std::string& a, const std::string& b) {
  return std::ranges::any_of(a, [&](char c) { return b.find(c) != std::string::npos; });
}

/// Letters must say exactly what the pairs say.
void expect_faithful(const std::vector<std::string>& letters, const Pairs& differing) {
  std::set<std::pair<size_t, size_t>> differ;
  for (auto [a, b] : differing) differ.insert(std::minmax(a, b));
  for (size_t a = 0; a < letters.size(); ++a) {
    EXPECT_FALSE(letters[a].empty());
    for (size_t b = a + 1; b < letters.size(); ++b) {
      EXPECT_EQ(share(letters[a], letters[b]), !differ.contains({a, b})) << a << " and " << b;
    }
  }
}

TEST(Letters, NothingDiffersGivesOneLetter) {
  EXPECT_THAT(compact_letters(3, {}), ElementsAre("a", "a", "a"));
}

TEST(Letters, AllDifferGivesALetterEach) {
  EXPECT_THAT(compact_letters(3, Pairs{{0, 1}, {0, 2}, {1, 2}}), ElementsAre("a", "b", "c"));
}

TEST(Letters, TheMiddleOneSharesWithBothSides) {
  EXPECT_THAT(compact_letters(3, Pairs{{2, 0}}), ElementsAre("a", "ab", "b"));
}

// Four groups in which nothing differs: {0 1 2 5}, {0 2 3}, {0 3 4}, {1 2 5 6 7}. Thing 2 meets all
// of the first group in others, so it does without an "a".
TEST(Letters, OverlappingGroupsAreShownWithoutSuperfluousLetters) {
  const Pairs differing{{0, 6}, {0, 7}, {1, 3}, {1, 4}, {2, 4}, {3, 5},
                        {3, 6}, {3, 7}, {4, 5}, {4, 6}, {4, 7}};
  const auto letters = compact_letters(8, differing);
  expect_faithful(letters, differing);
  EXPECT_THAT(letters, ElementsAre("abc", "ad", "bd", "bc", "c", "ad", "d", "d"));
}

TEST(Letters, SayWhatThePairsSayForAnyPairs) {
  for (uint32_t trial = 0; trial < 200; ++trial) {
    PhiloxSequence random(1, 1, trial);
    const size_t count = 2 + trial % 9;
    const double density = random.next_uniform();
    Pairs differing;
    for (size_t a = 0; a < count; ++a) {
      for (size_t b = a + 1; b < count; ++b) {
        if (random.next_uniform() < density) differing.push_back({a, b});
      }
    }
    expect_faithful(compact_letters(count, differing), differing);
  }
}

TEST(Letters, AHundredVariantsTakeNoTime) {
  // Like a sorted leaderboard: differing where the places are at least 20 apart.
  Pairs differing;
  for (size_t a = 0; a < 100; ++a) {
    for (size_t b = a + 20; b < 100; ++b) differing.push_back({a, b});
  }
  const auto letters = compact_letters(100, differing);
  EXPECT_TRUE(letters.front().starts_with("a"));
  EXPECT_EQ(letters.size(), 100u);
}

TEST(Letters, AfterTheAlphabetsComeNumbers) {
  Pairs differing;
  for (size_t a = 0; a < 54; ++a) {
    for (size_t b = a + 1; b < 54; ++b) differing.push_back({a, b});
  }
  const auto letters = compact_letters(54, differing);
  EXPECT_EQ(letters[26], "A");
  EXPECT_EQ(letters[52], "a2");
  EXPECT_EQ(letters[53], "b2");
}

TEST(Letters, NoThingsGiveNoLettersAndWrongPairsAreOurBug) {
  EXPECT_TRUE(compact_letters(0, {}).empty());
  EXPECT_THROW(compact_letters(2, Pairs{{0, 2}}), error::InternalError);
  EXPECT_THROW(compact_letters(2, Pairs{{1, 1}}), error::InternalError);
}

}  // namespace
}  // namespace assay::stats
