#include <gmock/gmock.h>

#include "rerank/fitted_reranker.h"

namespace assay::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Texts = std::vector<std::string>;

Feature category(const std::string& name, const std::vector<int>& values, const Texts& labels) {
  return {.name = name,
          .type = FeatureType::category,
          .values = at::tensor(values, at::kInt),
          .cardinality = std::ssize(labels),
          .labels = labels};
}

Feature set(const std::string& name, const Lists& values, const Texts& labels) {
  return {.name = name,
          .type = FeatureType::set,
          .sets = ragged(values),
          .cardinality = std::ssize(labels),
          .labels = labels};
}

// Six films; user 1 has ruled out comedies and the film "e", user 2 nothing.
const Features& films() {
  static const Features made = [] {
    Features all;
    all.item = {6,
                {category("genre", {0, 0, 1, 1, 2, -1}, {"Drama", "Comedy", "Horror"}),
                 {.name = "year",
                  .type = FeatureType::number,
                  .values = matrix({{1980, 1995, 1990, 2005, 2010, kNaN}})[0].contiguous()},
                 set("tags", {{0}, {0, 1}, {1}, {}, {2}, {0, 2}}, {"calm", "loud", "gory"}),
                 category("decade", {0, 1, 1, 2, 2, 3}, {"1980", "1990", "2000", "unknown"}),
                 {.name = "sku", .type = FeatureType::text, .texts = {"a", "b", "c", "d", "e", ""}},
                 {.name = "cover", .type = FeatureType::vector, .values = at::ones({6, 2})}}};
    all.user = {
        3,
        {set("ruled_out", {{}, {0}, {}}, {"Comedy"}), set("hidden", {{}, {1}, {}}, {"x", "e"}),
         category("favourite", {0, 1, -1}, {"Horror", "Comedy"})}};
    return all;
  }();
  return made;
}

TrainingView data() { return training_of(Lists{{0}, {0}, {0}}, 6, &films()); }

std::vector<int64_t> served(const ParamMap& params, int64_t n = 6, int64_t user = 0) {
  const FittedReranker rules = fitted_reranker("rules", params, data());
  RequestBatch requests = requests_of({{}});
  requests.user = at::full({1}, user, at::kLong);
  return lists(
      rules.rerank(requests, candidates_of({{0, 1, 2, 3, 4, 5}}, {{1, 0.8, 0.6, 0.4, 0.2, 0}}), n)
          .item)[0];
}

std::vector<int64_t> left_by(const std::string& rule, int64_t user = 0) {
  std::vector<int64_t> left = served({{"filter", Texts{rule}}}, 6, user);
  std::erase(left, -1);
  return left;
}

std::string refusal(const ParamMap& params) { return refusal_of("rules", params, data()); }

TEST(Rules, WithoutRulesTheOrderStays) { EXPECT_THAT(served({}), ElementsAre(0, 1, 2, 3, 4, 5)); }

TEST(Rules, AFilterLeavesOutWhatItHoldsFor) {
  EXPECT_THAT(left_by("genre == \"Drama\" and year >= 1990"), ElementsAre(0, 2, 3, 4, 5));
  EXPECT_THAT(left_by("genre in [\"Comedy\", \"Horror\"] or year < 1990"), ElementsAre(1, 5));
  EXPECT_THAT(left_by("tags has \"loud\""), ElementsAre(0, 3, 4, 5));
  EXPECT_THAT(left_by("tags overlaps [\"gory\", \"loud\"]"), ElementsAre(0, 3));
  EXPECT_THAT(left_by("year in [1980, 2010]"), ElementsAre(1, 2, 3, 5));
  EXPECT_THAT(left_by("\"calm\" in tags"), ElementsAre(2, 3, 4));
  EXPECT_THAT(left_by("sku != \"a\""), ElementsAre(0, 5));
}

TEST(Rules, OfAMissingValueNothingHoldsButThatItIsMissing) {
  EXPECT_THAT(left_by("year != 1980"), ElementsAre(0, 5));
  EXPECT_THAT(left_by("not year == 1980"), ElementsAre(0));
  EXPECT_THAT(left_by("genre is missing or tags is missing"), ElementsAre(0, 1, 2, 4));
  EXPECT_THAT(left_by("year is not missing"), ElementsAre(5));
}

TEST(Rules, ItemsAndTopicsThatAUserHasRuledOutAreNeverServed) {
  const ParamMap rules = {{"filter", Texts{"genre in user.ruled_out", "sku in user.hidden"}},
                          {"pin", Texts{"genre == \"Comedy\""}},
                          {"boost", Texts{"sku == \"e\""}},
                          {"boost_by", 100.0}};
  EXPECT_THAT(served(rules, 6, 1), ElementsAre(0, 1, 5, -1, -1, -1));
  EXPECT_THAT(served(rules, 6, 2), ElementsAre(2, 4, 0, 1, 3, 5));
  EXPECT_THAT(served(rules, 6, -1), ElementsAre(2, 4, 0, 1, 3, 5));  // anonymous
}

TEST(Rules, FeaturesOfUsersAndItemsAreComparedByTheirNames) {
  // "Comedy" is 1 among genres and 1 among favourites, "Horror" 2 and 0.
  EXPECT_THAT(left_by("genre == user.favourite", 0), ElementsAre(0, 1, 2, 3, 5));
  EXPECT_THAT(left_by("genre == user.favourite", 1), ElementsAre(0, 1, 4, 5));
  EXPECT_THAT(left_by("genre == user.favourite", 2), ElementsAre(0, 1, 2, 3, 4, 5));
}

TEST(Rules, ACategoryWhoseNamesAreMostlyNumbersIsComparedAsOne) {
  EXPECT_THAT(left_by("decade >= 1990"), ElementsAre(0, 5));
  EXPECT_THAT(left_by("decade in [1980, 2000]"), ElementsAre(1, 2, 5));
  EXPECT_THAT(left_by("decade == \"1980\""), ElementsAre(1, 2, 3, 4, 5));
}

TEST(Rules, RulesMaySpeakOfTheRequest) {
  TrainingView training = data();
  training.context = {3, {category("device", {0, 1, 1}, {"phone", "desk"})}};
  const FittedReranker rules = fitted_reranker(
      "rules", {{"filter", Texts{"context.device == \"phone\" and year > 2000"}}}, training);
  RequestBatch requests = requests_of({{}, {}});
  requests.context = {2, {category("device", {0, 1}, {"phone", "desk"})}};
  const CandidateBatch given = candidates_of({{1, 3}, {1, 3}}, {{2, 1}, {2, 1}});
  EXPECT_THAT(lists(rules.loaded().rerank(requests, given, 2).item),
              ElementsAre(ElementsAre(1, -1), ElementsAre(1, 3)));
}

TEST(Rules, BoostsAndBuriesAreInUnitsOfRelevance) {
  EXPECT_THAT(served({{"boost", Texts{"genre == \"Comedy\"", "year == 2005"}}, {"boost_by", 0.25}}),
              ElementsAre(0, 3, 2, 1, 4, 5));
  EXPECT_THAT(served({{"bury", Texts{"genre == \"Drama\""}}, {"bury_by", 0.5}}),
              ElementsAre(2, 0, 3, 1, 4, 5));
}

TEST(Rules, PinsStandAtTheirPlaceInTheOrderOfTheRules) {
  const Texts pins = {"genre == \"Horror\"", "genre == \"Comedy\"", "year > 3000"};
  EXPECT_THAT(served({{"pin", pins}}), ElementsAre(4, 2, 0, 1, 3, 5));
  EXPECT_THAT(served({{"pin", pins}, {"pin_place", int64_t{3}}}), ElementsAre(0, 1, 4, 2, 3, 5));
  EXPECT_THAT(served({{"pin", pins}, {"pin_place", int64_t{3}}}, 2), ElementsAre(4, 2));
}

TEST(Rules, QuotasAreMetWithTheBestThereAre) {
  EXPECT_THAT(served({{"at_most", Texts{"1 of genre == \"Drama\""}}}, 3), ElementsAre(0, 2, 3));
  EXPECT_THAT(
      served({{"at_least", Texts{"1 of genre == \"Horror\"", "1 of tags has \"loud\""}}}, 2),
      ElementsAre(1, 4));
  EXPECT_THAT(served({{"at_least", Texts{"2 of year > 2000"}}}, 3), ElementsAre(0, 3, 4));
}

TEST(Rules, ASlateIsRatherShorterThanAgainstAQuota) {
  EXPECT_THAT(served({{"at_most", Texts{"1 of year > 0", "1 of year is missing"}}}, 4),
              ElementsAre(0, 5, -1, -1));
}

TEST(Rules, AQuotaThatNoSlateCanMeetIsRefusedInTheFit) {
  EXPECT_EQ(
      refusal({{"at_least", Texts{"2 of genre == \"Horror\""}}}),
      "rules: at_least[0] asks for 2 of genre == \"Horror\", but of 6 items only 1 is of that "
      "kind.");
  EXPECT_EQ(
      refusal({{"at_least", Texts{"2 of year > 1990"}}, {"at_most", Texts{"1 of year > 1990"}}}),
      "rules: at_least[0] asks for 2 of year > 1990, but rules: at_most[0] allows 1; lower the "
      "one or raise the other.");
}

TEST(Rules, AQuotaThatTheCandidatesCannotMeetFailsOrIsFilledAsToldTo) {
  ParamMap params = {{"at_least", Texts{"2 of genre == \"Drama\""}}};
  const CandidateBatch given = candidates_of({{4, 3, 1}}, {{3, 2, 1}});
  try {
    fitted_reranker("rules", params, data()).rerank(given, 2);
    FAIL() << "nothing was refused";
  } catch (const InvalidInput& problem) {
    EXPECT_STREQ(problem.what(),
                 "rules: at_least[0] asks for 2 of genre == \"Drama\", but a request has only 1 "
                 "among its 3 candidates for 2 places. Raise k of the stages before, lower the "
                 "quota, or set unmet: fill.");
  }
  params["unmet"] = std::string("fill");
  EXPECT_THAT(lists(fitted_reranker("rules", params, data()).rerank(given, 2).item),
              ElementsAre(ElementsAre(4, 1)));
}

TEST(Rules, AQuotaForARequestWithoutCandidatesSaysWhatIsMissing) {
  ParamMap params = {{"at_least", Texts{"1 of genre == \"Drama\""}}};
  const CandidateBatch none = candidates_of({{}}, {{}});
  try {
    fitted_reranker("rules", params, data()).rerank(none, 2);
    FAIL() << "nothing was refused";
  } catch (const InvalidInput& problem) {
    EXPECT_STREQ(problem.what(),
                 "rules: at_least[0] asks for 1 of genre == \"Drama\", but a request has no "
                 "candidate at all. Give recall a source that knows every request (`unknown: "
                 "{plugin: popularity}`), or set unmet: fill.");
  }
}

TEST(Rules, ATextThatNothingHasIsAWarningWithNearNames) {
  const ParamMap params = {
      {"filter", Texts{"genre == \"Horor\" or tags has \"loud\"", "sku in [\"a\", \"zz\"]"}},
      {"boost", Texts{"user.favourite == \"Opera\"", "\"gori\" in tags", "decade >= 1990"}}};
  EXPECT_EQ(fitted_reranker("rules", params, data()).notes.at("warning"),
            "filter[0] asks for genre \"Horor\", which no item has (did you mean \"Horror\"?); "
            "filter[1] asks for sku \"zz\", which no item has; boost[0] asks for favourite "
            "\"Opera\", which no user has; boost[1] asks for tags \"gori\", which no item has (did "
            "you mean \"gory\"?)");
  const ParamMap known = {{"filter", Texts{"genre in [\"Horror\", \"Drama\"]", "decade == 1990"}}};
  EXPECT_FALSE(fitted_reranker("rules", known, data()).notes.contains("warning"));
}

TEST(Rules, ARuleThatCannotBeReadIsNamed) {
  EXPECT_EQ(
      refusal({{"bury", Texts{"year > 1990", "year >> 1990"}}}),
      "rules: bury[1]: expected a feature, a number, a text in quotes, or a list in [ ], found "
      "\">\"\n"
      "  year >> 1990\n"
      "        ^");
}

TEST(Rules, UnknownFeaturesGetNearNames) {
  EXPECT_EQ(
      refusal({{"filter", Texts{"genr == \"Drama\""}}}),
      "rules: filter[0]: the items have no feature \"genr\"; known: genre, year, tags, decade, "
      "sku, cover; did you mean \"genre\"?\n"
      "  genr == \"Drama\"\n"
      "  ^^^^");
  EXPECT_THAT(
      refusal({{"pin", Texts{"user.ruled == \"a\""}}}),
      HasSubstr("the users have no feature \"ruled\"; known: ruled_out, hidden, favourite"));
  EXPECT_THAT(refusal({{"pin", Texts{"context.device == \"a\""}}}),
              HasSubstr("the requests have no feature \"device\"; they have none at all"));
}

TEST(Rules, RelationsThatDoNotFitTheTypesAreRefused) {
  EXPECT_EQ(refusal({{"filter", Texts{"tags == \"loud\""}}}),
            "rules: filter[0]: this compares single values; of a set write has, in or overlaps, "
            "found tags, a set, and a text\n"
            "  tags == \"loud\"\n"
            "       ^^");
  EXPECT_THAT(refusal({{"filter", Texts{"genre > 3"}}}),
              HasSubstr("compares numbers, found genre"));
  EXPECT_THAT(refusal({{"filter", Texts{"cover == 3"}}}), HasSubstr("is a vector"));
  EXPECT_THAT(refusal({{"filter", Texts{"year in [\"a\"]"}}}),
              HasSubstr("looks for a single value"));
}

}  // namespace
}  // namespace assay::test
