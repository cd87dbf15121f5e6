#include "execution/data_scopes.h"

#include <gtest/gtest.h>

#include "error/error.h"

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

}  // namespace
}  // namespace assay::execution
