#include <assay/error.h>
#include <assay/features.h>
#include <gmock/gmock.h>

namespace assay {
namespace {

std::string refusal(const FeatureTable& table, const std::string& name) {
  try {
    table.at(name);
  } catch (const InvalidInput& error) {
    return error.what();
  }
  return "found";
}

TEST(FeatureTable, AMissingFeatureListsTheKnownOnes) {
  FeatureTable table;
  EXPECT_EQ(refusal(table, "genre"),
            "the data have no feature \"genre\"; they have no features of this kind");
  table.columns = {{.name = "year"}, {.name = "title"}};
  EXPECT_EQ(table.find("year"), &table.columns[0]);
  EXPECT_EQ(table.find("genre"), nullptr);
  EXPECT_EQ(&table.at("title"), &table.columns[1]);
  EXPECT_EQ(refusal(table, "genre"), "the data have no feature \"genre\"; known: year, title");
  EXPECT_EQ(refusal(table, "yaer"),
            "the data have no feature \"yaer\"; known: year, title; did you mean \"year\"?");
}

TEST(FeatureTable, OffersOfEquallyNearFeaturesTheOneThatBeginsAlike) {
  FeatureTable table;
  table.columns = {{.name = "item"}, {.name = "time"}};
  EXPECT_THAT(refusal(table, "tiem"), testing::EndsWith("; did you mean \"time\"?"));
}

}  // namespace
}  // namespace assay
