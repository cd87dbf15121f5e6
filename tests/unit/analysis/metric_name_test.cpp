#include "analysis/metric_name.h"

#include <gtest/gtest.h>

#include "metric_catalog/metric_definition.h"

namespace assay::analysis {
namespace {

results::MetricRow row(const std::string& name, const std::string& definition) {
  results::MetricRow metric;
  metric.name = name;
  metric.definition = definition;
  return metric;
}

const std::vector<results::MetricRow>& metrics() {
  static const std::string miscalibration =
      metric_catalog::parse_metric("miscalibration{of=class}").id;
  static const std::vector<results::MetricRow> all{
      row("ndcg", metric_catalog::parse_metric("ndcg").id), row(miscalibration, miscalibration),
      row("genre_calibration{feature=class,library=76df97af14ba}",
          "genre_calibration{feature=class,library=76df97af14ba}"),
      row("beyond_charts", "beyond_charts{library=0123456789ab}")};
  return all;
}

std::string found(std::string_view name) {
  const results::MetricRow* metric = find_metric(metrics(), name);
  return metric ? metric->definition : "nothing";
}

TEST(FindMetric, KnowsShortNamesAndFullDefinitions) {
  EXPECT_EQ(found("ndcg"), metrics()[0].definition);
  EXPECT_EQ(found(metrics()[0].definition), metrics()[0].definition);
}

TEST(FindMetric, KnowsAMetricOfItsOwnAsTheExperimentSpellsIt) {
  EXPECT_EQ(found("miscalibration{of=class}"), metrics()[1].definition);
  EXPECT_EQ(found("miscalibration{of=genre}"), "nothing");
}

TEST(FindMetric, KnowsAMetricOfAPluginWithoutItsLibrary) {
  EXPECT_EQ(found("genre_calibration{feature=class}"), metrics()[2].definition);
  EXPECT_EQ(found("genre_calibration{feature=genre}"), "nothing");
  EXPECT_EQ(found("genre_calibration"), "nothing") << "it was not measured with the default";
}

TEST(FindMetric, AChoiceThatADefinitionLeavesOutIsItsDefault) {
  EXPECT_EQ(found("beyond_charts{charts=100}"), metrics()[3].definition);
}

TEST(FindMetric, FindsNothingForAMalformedName) {
  EXPECT_EQ(found("ndcg{"), "nothing");
  EXPECT_EQ(found(""), "nothing");
}

}  // namespace
}  // namespace assay::analysis
