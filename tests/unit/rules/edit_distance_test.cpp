#include "rules/edit_distance.h"

#include <gtest/gtest.h>

#include <string>

namespace assay::rules {
namespace {

TEST(EditDistance, CountsEachKindOfEditOnce) {
  EXPECT_EQ(edit_distance("abc", "abc"), 0u);
  EXPECT_EQ(edit_distance("abc", "abcd"), 1u) << "a letter too many";
  EXPECT_EQ(edit_distance("abc", "ac"), 1u) << "a letter missing";
  EXPECT_EQ(edit_distance("abc", "axc"), 1u) << "a letter changed";
  EXPECT_EQ(edit_distance("abc", "acb"), 1u) << "two letters swapped";
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
}

TEST(EditDistance, NeverEditsWhatItHasSwapped) {
  EXPECT_EQ(edit_distance("ca", "abc"), 3u);  // 2 in Damerau's unrestricted distance
}

TEST(NearestName, IsAtMostAThirdOfTheNameAway) {
  const std::vector<std::string> known = {"shrinkage", "neighbours"};
  EXPECT_EQ(nearest_name("nieghbors", known), 1u);
  EXPECT_EQ(nearest_name("nbrs", known), std::nullopt);
  EXPECT_EQ(nearest_name("", known), std::nullopt);
}

TEST(NearestName, PrefersOfEquallyNearNamesTheOneThatBeginsAlike) {
  EXPECT_EQ(nearest_name("tiem", std::vector<std::string>{"item", "time"}), 1u);
  EXPECT_EQ(nearest_name("itme", std::vector<std::string>{"time", "item"}), 1u);
}

TEST(NearestName, IsTheFirstOfThoseThatAreAlikeInBoth) {
  EXPECT_EQ(nearest_name("alphaa", std::vector<std::string>{"alpha2", "alphab"}), 0u);
}

TEST(NearestName, TakesAnythingThatHasAName) {
  struct Named {
    std::string name;
  };
  const std::vector<Named> known = {{"genre"}, {"year"}};
  EXPECT_EQ(nearest_name("yaer", known, &Named::name), 1u);
}

}  // namespace
}  // namespace assay::rules
