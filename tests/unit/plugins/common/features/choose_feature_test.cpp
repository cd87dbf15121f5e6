#include <assay/error.h>
#include <assay/extra/features/choose_feature.h>
#include <gmock/gmock.h>

#include <string>

namespace assay::test {
namespace {

using namespace extra;

FeatureTable table() {
  FeatureTable items;
  items.columns = {{.name = "year", .type = FeatureType::number},
                   {.name = "words", .type = FeatureType::set},
                   {.name = "genre", .type = FeatureType::category}};
  return items;
}

WantedFeature wanted(std::vector<FeatureType> types, const std::string& name = "") {
  return {.who = "quota", .of = "item", .name = name, .types = std::move(types)};
}

std::string refusal(const WantedFeature& wanted) {
  try {
    choose_feature(table(), wanted);
  } catch (const InvalidInput& error) {
    return error.what();
  }
  return "";
}

TEST(ChooseFeature, TakesTheOneThatIsNamedOrTheOnlyOneThatFits) {
  EXPECT_EQ(
      choose_feature(table(), wanted({FeatureType::set, FeatureType::category}, "genre")).name,
      "genre");
  EXPECT_EQ(choose_feature(table(), wanted({FeatureType::category})).name, "genre");
}

TEST(ChooseFeature, TakesNoneOfSeveralThatFit) {
  EXPECT_EQ(refusal(wanted({FeatureType::category, FeatureType::set})),
            "quota: items have 2 features that fit (words, genre); set `feature` to one of them.");
}

TEST(ChooseFeature, SaysWhatFitsWhereTheNamedOneDoesNot) {
  EXPECT_EQ(refusal(wanted({FeatureType::category, FeatureType::set}, "year")),
            "quota: the item feature \"year\" is a number; name a category or set.");
  EXPECT_EQ(refusal(wanted({FeatureType::vector})),
            "quota: items have no vector feature; add a feature file for items.");
}

TEST(ChooseFeature, ListsTheNamesWhereOneIsUnknown) {
  EXPECT_THAT(refusal(wanted({FeatureType::category}, "gerne")), testing::HasSubstr("genre"));
}

}  // namespace
}  // namespace assay::test
