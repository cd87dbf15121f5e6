#include "execution/data_scopes.h"

#include <gtest/gtest.h>

#include "error/error.h"
#include "task/feature_spec.h"

namespace assay::execution {
namespace {

/// What is wrong with a stage that sees so much of a shop.
std::string problem_of(const task::DataScope& sees, const nlohmann::json& types) {
  PlannedData data;
  data.spec.name = "shop";
  data.prepared.info = {
      {"event_types", types},
      {"features",
       {{"user", nlohmann::json::array()}, {"item", {{{"name", "genres"}, {"type", "set"}}}}}}};
  task::VariantSpec variant;
  variant.chain.recall.emplace_back();
  variant.chain.recall.front().sees = sees;
  variant.chain.rank = variant.chain.recall;  // said once
  task::Experiment experiment;
  experiment.variants = {variant};
  try {
    check_data_scopes(experiment, {data});
  } catch (const error::UserError& error) {
    return error.what();
  }
  return "";
}

const nlohmann::json kTypes = {{{"name", "cart"}, {"events", 1200}},
                               {{"name", "purchase"}, {"events", 30}},
                               {{"name", "refund"}, {"events", 0}}};

TEST(DataScopes, AnEventTypeThatDoesNotOccurIsNamedWithThoseThatDo) {
  EXPECT_EQ(problem_of({.learn_from = {{"cart", 1, ""}}}, kTypes), "");
  EXPECT_EQ(
      problem_of({.learn_from = {{"cart", 1, ""}, {"purchases", 1, "exp.yaml:9:20"}}}, kTypes),
      "exp.yaml:9:20: learn_from names \"purchases\", and no event of shop has that type; "
      "its types, with their events, are cart (1,200), purchase (30); did you mean "
      "\"purchase\"?");
  EXPECT_EQ(problem_of({.learn_from = {{"refund", 1, "exp.yaml:9:20"}}}, kTypes),
            "exp.yaml:9:20: learn_from names \"refund\", and no event of shop has that type; its "
            "types, with their events, are cart (1,200), purchase (30)");
}

TEST(DataScopes, EventsWithoutTypesCannotBeChosen) {
  EXPECT_EQ(problem_of({.learn_from = {{"cart", 1, "exp.yaml:9:20"}}}, nlohmann::json::array()),
            "exp.yaml:9:20: learn_from names \"cart\", but the events of shop have no types; name "
            "their column with source.columns.event");
}

TEST(DataScopes, AFeatureThatIsNotThereIsNamedWithNearNames) {
  EXPECT_EQ(problem_of({.features = {{"item", {{"genres", ""}}}}}, kTypes), "");
  EXPECT_EQ(problem_of({.features = {{"item", {{"genre", "exp.yaml:5:3"}}}}}, kTypes),
            "exp.yaml:5:3: features.item names \"genre\", which shop does not have; did you mean "
            "\"genres\"?");
  EXPECT_EQ(problem_of({.features = {{"user", {{"age", "exp.yaml:5:3"}}}}}, kTypes),
            "exp.yaml:5:3: features.user names \"age\", which shop does not have; it has no user "
            "features");
}

/// What is wrong with a rank stage behind two recall stages whose candidates have this feature, and
/// with the file alone.
std::string candidate_problem(const task::CandidateFeature& feature, bool times = true,
                              bool of_file = false) {
  PlannedData data;
  data.spec.name = "shop";
  data.spec.format = "csv";
  if (times) data.spec.columns["time"] = "at";
  data.spec.features = {{.of = "item",
                         .path = "items.csv",
                         .format = "csv",
                         .id = "sku",
                         .columns = {{"genres", "set"}, {"price", "number"}}}};
  data.prepared.info = {
      {"has_times", times},
      {"context", {"device"}},
      {"features",
       {{"user", nlohmann::json::array()},
        {"item",
         {{{"name", "genres"}, {"type", "set"}}, {{"name", "price"}, {"type", "number"}}}}}}};
  task::VariantSpec variant;
  variant.chain.recall.resize(2);
  variant.chain.rank.emplace_back().features =
      std::make_shared<const task::FeatureSetSpec>(task::FeatureSetSpec{{feature}});
  task::Experiment experiment;
  experiment.variants = {variant};
  experiment.datasets = {data.spec};
  try {
    of_file ? check_written_features(experiment) : check_data_scopes(experiment, {data});
  } catch (const error::UserError& error) {
    return error.what();
  }
  return "";
}

task::CandidateFeature feature_of(const std::string& source) {
  return {.of = {source}, .where = "exp.yaml:7:9"};
}

TEST(CandidateScopes, AFeatureThatIsNotThereIsNamedWithNearNames) {
  for (const bool of_file : {false, true}) {
    EXPECT_EQ(candidate_problem(feature_of("item:genres"), true, of_file), "");
    EXPECT_EQ(candidate_problem(feature_of("item:genre"), true, of_file),
              "exp.yaml:7:9: features.item names \"genre\", which shop does not have; did you mean "
              "\"genres\"?");
    EXPECT_EQ(
        candidate_problem(feature_of("affinity:gneres"), true, of_file),
        "exp.yaml:7:9: features.item names \"gneres\", which shop does not have; did you mean "
        "\"genres\"?");
    EXPECT_EQ(candidate_problem(feature_of("user:age"), true, of_file),
              "exp.yaml:7:9: features.user names \"age\", which shop does not have; it has no user "
              "features");
  }
  EXPECT_EQ(candidate_problem({.form = task::FeatureForm::cross,
                               .of = {"item:genres", "item:color"},
                               .size = 64,
                               .where = "exp.yaml:7:9"}),
            "exp.yaml:7:9: features.item names \"color\", which shop does not have; known: genres, "
            "price");
}

TEST(CandidateScopes, AFormThatIsNotForATypeIsNamed) {
  for (const bool of_file : {false, true}) {
    EXPECT_EQ(candidate_problem(
                  {.form = task::FeatureForm::log, .of = {"item:genres"}, .where = "exp.yaml:7:9"},
                  true, of_file),
              "exp.yaml:7:9: features.candidate names item:genres, a set, and log takes numbers");
    EXPECT_EQ(
        candidate_problem(feature_of("interest:price"), true, of_file),
        "exp.yaml:7:9: features.candidate names interest:price, which needs an item feature of "
        "categories, and that is a number");
  }
}

TEST(CandidateScopes, StatisticsNeedTimes) {
  for (const bool of_file : {false, true}) {
    EXPECT_EQ(candidate_problem(feature_of("item_rate"), true, of_file), "");
    EXPECT_EQ(candidate_problem(feature_of("item_rate"), false, of_file),
              "exp.yaml:7:9: features.candidate names item_rate, which needs the times of events, "
              "and shop has none");
    EXPECT_EQ(candidate_problem(feature_of("item:genres"), false, of_file), "");
  }
}

TEST(CandidateScopes, ContextIsWhatIsLoggedWithRequests) {
  EXPECT_EQ(candidate_problem(feature_of("context:device")), "");
  EXPECT_EQ(candidate_problem(feature_of("context:devise")),
            "exp.yaml:7:9: features.candidate names context:devise, which shop does not have; did "
            "you mean \"device\"?");
  EXPECT_EQ(candidate_problem(feature_of("context:device"), true, true),
            "exp.yaml:7:9: features.candidate names context:device, which shop does not have; no "
            "context is logged with its requests");
}

TEST(CandidateScopes, ScoresAreThoseOfTheRecallStagesThatThereAre) {
  EXPECT_EQ(candidate_problem(feature_of("source:1")), "");
  EXPECT_EQ(candidate_problem(feature_of("source:2")),
            "exp.yaml:7:9: features.candidate names source:2, and there are 2 recall stages; the "
            "first one is source:0");
  EXPECT_EQ(candidate_problem(feature_of("source:99999999999999999999")),
            "exp.yaml:7:9: features.candidate names source:99999999999999999999, and there are 2 "
            "recall stages; the first one is source:0");
}

}  // namespace
}  // namespace assay::execution
