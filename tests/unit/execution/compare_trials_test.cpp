#include "execution/compare_trials.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

namespace assay::execution {
namespace {

results::Slates slates(std::vector<int32_t> items, std::vector<float> scores, int size = 3) {
  results::Slates made;
  made.size = size;
  made.requests = static_cast<int64_t>(items.size()) / size;
  made.items = std::move(items);
  made.scores = std::move(scores);
  return made;
}

TEST(CompareLists, EqualListsAreEqualWhateverTheLastBitsOfScores) {
  const auto difference =
      compare_lists(slates({1, 2, 3}, {3, 2, 1}), slates({1, 2, 3}, {3, 2, 1.000001F}));
  EXPECT_EQ(difference.lists, 1);
  EXPECT_EQ(difference.swapped + difference.different, 0);
}

TEST(CompareLists, TiedItemsMaySwap) {
  const auto difference =
      compare_lists(slates({1, 2, 3}, {3, 2.00001F, 2}), slates({1, 3, 2}, {3, 2.00001F, 2}));
  EXPECT_EQ(difference.swapped, 1);
  EXPECT_EQ(difference.different, 0);
}

TEST(CompareLists, AnItemThatTiesWithTheLastMayFallOff) {
  const auto difference = compare_lists(slates({1, 2, 3}, {3, 2, 1}), slates({1, 2, 4}, {3, 2, 1}));
  EXPECT_EQ(difference.swapped, 1);
  EXPECT_EQ(compare_lists(slates({1, 2, 3}, {3, 2, 1}), slates({1, 4, 3}, {3, 2, 1})).different, 1);
}

TEST(CompareLists, OthersAreDifferentAndTheFirstIsNamed) {
  const auto difference = compare_lists(slates({1, 2, 3, 1, 2, 3}, {3, 2, 1, 3, 2, 1}),
                                        slates({1, 2, 3, 2, 1, 3}, {3, 2, 1, 3, 2, 1}));
  EXPECT_EQ(difference.different, 1);
  EXPECT_EQ(difference.first_different, 1);
}

TEST(CompareLists, OtherNumbersOfListsAreDifferent) {
  EXPECT_EQ(compare_lists(slates({1, 2, 3}, {3, 2, 1}), slates({}, {})).different, 1);
}

TEST(SpecDifference, NamesWhatChangedByItsPlace) {
  const std::string kept = R"({"data": "aa", "served": "x", "chain": [
      {"place": "recall[0]", "stage": {"plugin": "ease", "library": "1111", "params": {"l2": 5}}}]})";
  const std::string now = R"({"data": "aa", "served": "y", "chain": [
      {"place": "recall[0]", "stage": {"plugin": "ease", "library": "2222", "params": {"l2": 7}}}]})";
  EXPECT_EQ(spec_difference(kept, now),
            "recall[0].library was 1111, is 2222; recall[0].params.l2 was 5, is 7");
  EXPECT_EQ(spec_difference(R"({"served": "x"})", R"({"served": "y"})"),
            "the sizes of its lists, or what its stages learn from, have changed");
}

std::string spec(int numerics, const std::string& library, const std::string& params) {
  return fmt::format(R"({{"numerics": {0}, "served": "{0}{1}", "data": "d", "chain": [{{"place":
      "recall[0]", "stage": {{"plugin": "ease", "library": "{1}", "params": {2},
      "inputs": {{"like": "{1}"}}}}}}]}})",
                     numerics, library, params);
}

TEST(SpecDifference, AnotherVersionOfTheNumericsIsSaidInWords) {
  EXPECT_EQ(spec_difference(spec(1, "a", "{}"), spec(2, "a", "{\"l2\": 5}")),
            "numbers are made by numerics version 2; this run was made by 1: see "
            "docs/upgrading.md; recall[0].params.l2 was absent, is 5");
}

TEST(SpecDifference, ATrialOfAnotherVersionCanBeComputedAgainWhereNothingElseDiffers) {
  const std::string kept = spec(1, "a", "{\"l2\": 5}");
  EXPECT_TRUE(same_but_for_numerics(kept, spec(2, "b", "{\"l2\": 5}"))) << "with its libraries";
  EXPECT_TRUE(same_but_for_numerics(kept, spec(2, "b", "{\"l2\": 5, \"repeats\": \"once\"}")))
      << "a parameter that is new";
  EXPECT_FALSE(same_but_for_numerics(kept, spec(2, "b", "{\"l2\": 6}")));
  EXPECT_FALSE(same_but_for_numerics(kept, spec(1, "b", "{\"l2\": 5}")))
      << "libraries of one version are compared by their bytes";
}

// As version 0.1 stored it.
constexpr const char* kStored =
    R"({"chain":[{"candidates":250,"place":"recall[0]","stage":{"inputs":{},"library":"aa",)"
    R"("params":{"lambda":250.0},"plugin":"ease"}},{"method":"union","place":"merge"}],)"
    R"("data":"d","numerics":1,"served":"s","size":10})";

std::string stored_now(const std::string& kind, const std::string& library = "bb") {
  nlohmann::json spec = nlohmann::json::parse(kStored);
  spec["numerics"] = 2;
  spec["served"] = "t";
  spec["chain"][0]["stage"]["library"] = library;
  spec["chain"][0]["stage"]["kind"] = kind;
  spec["chain"][0]["stage"]["params"]["repeats"] = "once";
  return spec.dump();
}

TEST(SpecDifference, AStageThatWasStoredWithoutItsKindIsTheSame) {
  EXPECT_TRUE(same_but_for_numerics(kStored, stored_now("recall")));
  EXPECT_EQ(spec_difference(kStored, stored_now("recall", "aa")),
            "numbers are made by numerics version 2; this run was made by 1: see "
            "docs/upgrading.md; recall[0].params.repeats was absent, is once");
}

TEST(SpecDifference, AnotherKindThanTheOneThatWasStoredIsNamed) {
  EXPECT_THAT(spec_difference(stored_now("recall"), stored_now("rank")),
              testing::HasSubstr("recall[0].kind was recall, is rank"));
}

}  // namespace
}  // namespace assay::execution
