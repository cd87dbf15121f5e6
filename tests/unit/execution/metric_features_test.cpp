#include "execution/metric_features.h"

#include <gtest/gtest.h>

#include "error/error.h"

namespace assay::execution {
namespace {

PlannedData data_with(const nlohmann::json& features) {
  PlannedData data;
  data.spec.name = "shop";
  data.prepared.info = {
      {"features", {{"item", features}, {"user", {{{"name", "age"}, {"type", "number"}}}}}}};
  return data;
}

std::string problem_of(const std::string& definition, const nlohmann::json& features) {
  task::MetricsSpec metrics;
  metrics.served = {{"recall{den=R}", 10}, {definition, 10}, {definition, 20}};
  try {
    check_metric_features(metrics, {data_with(features)});
  } catch (const error::UserError& error) {
    return error.what();
  }
  return "";
}

TEST(MetricFeatures, AFeatureThatTheDataLackIsNamedOnceBeforeAnythingRuns) {
  const nlohmann::json features = {{{"name", "genres"}, {"type", "set"}},
                                   {{"name", "image"}, {"type", "vector"}},
                                   {{"name", "year"}, {"type", "number"}}};
  EXPECT_EQ(problem_of("category_coverage{of=genres}", features), "");
  EXPECT_EQ(problem_of("intra_list_distance{distance=cosine,of=image,single=skip}", features), "");
  EXPECT_EQ(problem_of("exposure_disparity{of=genre}", features),
            "metrics: exposure_disparity{of=genre}: shop has no item feature \"genre\"; did you "
            "mean \"genres\"?");
  EXPECT_EQ(problem_of("worst_user_group{by=agee}", features),
            "metrics: worst_user_group{by=agee,quality=recall,least=10}: shop has no user feature "
            "\"agee\"; did you mean \"age\"?");
  EXPECT_EQ(problem_of("worst_user_group{by=age}", features),
            "metrics: worst_user_group{by=age,quality=recall,least=10}: age of shop is a number "
            "feature; name one of type category or set");
  EXPECT_EQ(problem_of("category_entropy{of=year}", features),
            "metrics: category_entropy{of=year,log=2}: year of shop is a number feature; name one "
            "of type category or set");
  EXPECT_EQ(problem_of("subtopic_recall{of=genre}", nlohmann::json::array()),
            "metrics: subtopic_recall{of=genre}: shop has no item feature \"genre\"; it has none");
}

}  // namespace
}  // namespace assay::execution
