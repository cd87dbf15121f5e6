#include "error/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay::error {
namespace {

using testing::SizeIs;

const std::vector<std::string> kNames = {"neighbours", "shrinkage", "normalise"};

TEST(Problem, ShowsPlaceTextAndExcerpt) {
  EXPECT_EQ((Problem{"x.yaml:1:2", "k is 0", ""}).text(), "x.yaml:1:2: k is 0");
  EXPECT_EQ((Problem{"", "k is 0", ""}).text(), "k is 0");
  EXPECT_EQ((Problem{"x.yaml:1:2", "k is 0", "    1 | k: 0\n      |    ^"}).text(),
            "x.yaml:1:2: k is 0\n    1 | k: 0\n      |    ^");
}

TEST(UserError, ShowsAllItsProblemsInTheirOrder) {
  const UserError error({{"x:2", "second line", ""}, {"x:1", "first line", ""}});
  EXPECT_STREQ(error.what(), "x:2: second line\nx:1: first line");
  EXPECT_THAT(error.problems(), SizeIs(2));
}

TEST(UserError, TakesAPlaceOrNone) {
  EXPECT_STREQ(UserError("it is broken").what(), "it is broken");
  EXPECT_STREQ(UserError("a.csv:7", "is short").what(), "a.csv:7: is short");
}

TEST(InternalError, SaysThatItIsOurs) {
  EXPECT_STREQ(InternalError("no rows").what(), "internal error: no rows");
}

TEST(Require, ThrowsTheBrokenPromise) {
  EXPECT_NO_THROW(require(true, "fine"));
  EXPECT_THROW(require(false, "not fine"), InternalError);
}

TEST(WithContext, AddsALineOnTheWayUpInnermostFirst) {
  try {
    with_context("in run 7", [] {
      with_context("while fitting ease", [] { throw UserError("ratings", "are missing"); });
    });
    FAIL();
  } catch (const UserError& error) {
    EXPECT_STREQ(error.what(), "ratings: are missing\n  while fitting ease\n  in run 7");
    EXPECT_THAT(error.problems(), SizeIs(1)) << "context is no problem of its own";
  }
}

TEST(WithContext, GivesBackWhatTheBodyGives) {
  EXPECT_EQ(with_context("adding", [] { return 1 + 1; }), 2);
}

TEST(WithContext, LeavesOtherExceptionsAlone) {
  EXPECT_THROW(with_context("anywhere", []() -> int { throw std::out_of_range("x"); }),
               std::out_of_range);
}

TEST(NearName, FindsOneEditInThree) {
  EXPECT_EQ(near_name("neighbors", kNames), "neighbours") << "a letter missing";
  EXPECT_EQ(near_name("nieghbours", kNames), "neighbours") << "neighbouring letters swapped";
  EXPECT_EQ(near_name("shrinkages", kNames), "shrinkage") << "a letter too many";
  EXPECT_EQ(near_name("normalize", kNames), "normalise") << "a letter changed";
  EXPECT_EQ(near_name("factors", kNames), std::nullopt);
  EXPECT_EQ(near_name("", kNames), std::nullopt);
}

TEST(NearName, AllowsOneEditInShortNames) {
  const std::vector<std::string> names = {"k", "keep"};
  EXPECT_EQ(near_name("K", names), "k");
  EXPECT_EQ(near_name("kep", names), "keep");
  EXPECT_EQ(near_name("xy", names), std::nullopt);
}

TEST(NearName, DoesNotTellCapitalsFromSmallLetters) {
  const std::vector<std::string> names = {"ndcg", "mrr", "dcg", "MnzSum"};
  EXPECT_EQ(near_name("nDCG", names), "ndcg");
  EXPECT_EQ(near_name("NDCG", names), "ndcg");
  EXPECT_EQ(near_name("MRR", names), "mrr");
  EXPECT_EQ(near_name("NDGC", names), "ndcg");
  EXPECT_EQ(near_name("mnzsum", names), "MnzSum");
}

TEST(NearName, PrefersOfEquallyNearOnesTheOneThatBeginsAlike) {
  const std::vector<std::string> roles = {"item", "time"};
  EXPECT_EQ(near_name("tiem", roles), "time");
  EXPECT_EQ(near_name("itme", roles), "item");
}

TEST(NearName, TakesTheNearestAndOfEquallyNearOnesTheFirst) {
  const std::vector<std::string> names = {"alpha2", "alpha", "alphas"};
  EXPECT_EQ(near_name("alphaa", names), "alpha2");
  EXPECT_EQ(near_name("alpha", names), "alpha");
}

TEST(DidYouMean, OffersTheNearNameElseWhatIsKnown) {
  EXPECT_EQ(did_you_mean("neighbors", kNames), "; did you mean \"neighbours\"?");
  EXPECT_EQ(did_you_mean("factors", kNames), "; known: neighbours, shrinkage, normalise");
  EXPECT_EQ(did_you_mean("factors", {}), "");
}

TEST(DidYouMean, ListsTwelveAtMost) {
  std::vector<std::string> names;
  for (int i = 0; i < 13; ++i) names.push_back("name_of_plugin_" + std::to_string(i));
  const std::string text = did_you_mean("x", names);
  EXPECT_TRUE(text.ends_with("name_of_plugin_11, ...")) << text;
}

}  // namespace
}  // namespace assay::error
