#include "cli/feature_params.h"

#include <gmock/gmock.h>

#include "error/error.h"

namespace assay::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

task::PluginCatalog catalog() {
  task::PluginInfo mmr;
  mmr.name = "mmr";
  mmr.kind = PluginKind::rerank;
  ParamSpec feature;
  feature.name = "feature";
  feature.type = ParamType::text;
  feature.default_value = std::string();
  feature.feature_of = "item";
  feature.feature_types = {"category", "set"};
  mmr.schema.params = {feature};
  return task::PluginCatalog({mmr}, {});
}

/// An experiment of one variant whose mmr names a feature.
task::Experiment experiment_with(const std::string& feature) {
  task::StageSpec stage;
  stage.kind = PluginKind::rerank;
  stage.plugin = "mmr";
  stage.params["feature"] = feature;
  stage.where = "exp.yaml:5:20";
  task::VariantSpec variant;
  variant.name = "diverse";
  variant.chain.rerank = {stage};
  task::Experiment experiment;
  experiment.variants = {variant};
  return experiment;
}

const std::map<std::string, std::vector<ingest::KnownFeature>> kShop = {
    {"shop",
     {{"item", "category", "category"}, {"item", "price", "number"}, {"user", "age", "number"}}}};

std::vector<std::string> problems(const task::Experiment& experiment) {
  std::vector<std::string> texts;
  try {
    check_feature_params(experiment, catalog(), kShop);
  } catch (const error::UserError& error) {
    for (const error::Problem& problem : error.problems()) texts.push_back(problem.text());
  }
  return texts;
}

TEST(FeatureParams, OfWhatTheDataHaveAreFine) {
  EXPECT_THAT(problems(experiment_with("category")), IsEmpty());
  EXPECT_THAT(problems(experiment_with("")), IsEmpty()) << "none is named";
}

TEST(FeatureParams, OfWhatTheyDoNotHaveAreProblemsWithNearNames) {
  EXPECT_THAT(problems(experiment_with("categry")),
              ElementsAre("exp.yaml:5:20: variants.diverse.rerank[0].params.feature is categry, "
                          "which is no item feature of shop; did you mean \"category\"?"));
}

TEST(FeatureParams, OfAnotherTypeAreProblems) {
  EXPECT_THAT(
      problems(experiment_with("price")),
      ElementsAre("exp.yaml:5:20: variants.diverse.rerank[0].params.feature is price, which "
                  "is a number of shop; mmr takes item features of type category or set"));
}

TEST(FeatureParams, OfOtherThingsAreProblems) {
  ASSERT_EQ(problems(experiment_with("age")).size(), 1U) << "a feature of users";
}

TEST(FeatureParams, ThatTheStageDoesNotSeeAreProblems) {
  task::Experiment experiment = experiment_with("category");
  experiment.variants[0].chain.rerank[0].sees.features["item"] = {{"price", ""}};
  EXPECT_THAT(
      problems(experiment),
      ElementsAre("exp.yaml:5:20: variants.diverse.rerank[0].params.feature is category, but "
                  "by `features` the stage sees price only"));
}

TEST(FeatureParams, FeaturesThatAStageShallSeeAreAmongThoseOfTheData) {
  task::Experiment experiment = experiment_with("");
  experiment.variants[0].chain.rerank[0].sees.features = {
      {"item", {{"category", "exp.yaml:6:40"}, {"prise", "exp.yaml:6:50"}}}};
  EXPECT_THAT(problems(experiment),
              ElementsAre("exp.yaml:6:50: features.item names \"prise\", which shop does not have; "
                          "did you mean \"price\"?"));
}

TEST(FeatureParams, OfTheMembersOfAGridAreSaidOnce) {
  task::Experiment experiment = experiment_with("colour");
  experiment.variants.push_back(experiment.variants.front());
  EXPECT_EQ(problems(experiment).size(), 1U);
}

TEST(FeatureParams, OfDataThatAreNotKnownAreNotJudged) {
  EXPECT_NO_THROW(check_feature_params(experiment_with("colour"), catalog(), {}));
}

}  // namespace
}  // namespace assay::cli
