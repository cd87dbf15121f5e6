#include "exposure/exposure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "error/error.h"
#include "task/metric_definition.h"

namespace assay {
namespace {

using Json = nlohmann::json;

Json oracle(const std::string& name) {
  return Json::parse(
      std::ifstream(std::string(ASSAY_SOURCE_DIR) + "/tests/golden/oracles/" + name + ".json"));
}

Json case_named(const Json& file, const std::string& name) {
  for (const Json& one : file["cases"]) {
    if (one["name"] == name) return one;
  }
  throw std::runtime_error("no case " + name);
}

// How many lists hold each item; ids begin with `first`.
std::vector<int64_t> counts_of(const Json& lists, int64_t items, int64_t first) {
  std::vector<int64_t> counts(items);
  for (const Json& list : lists) {
    for (const int64_t item : list) ++counts[item - first];
  }
  return counts;
}

TEST(Exposure, AgreesWithTheBeyondAccuracyOracle) {
  const Json file = oracle("beyond_accuracy");
  const Json inputs = case_named(file, "inputs"), expected = case_named(file, "expected")["values"];
  const std::vector<int64_t> counts = counts_of(inputs["lists"], inputs["n_items"], 0);
  const std::pair<const char*, const char*> names[] = {
      {"item_coverage{catalogue=all}", "coverage"},
      {"gini{catalogue=all}", "gini"},
      {"gini{catalogue=recommended}", "gini_over_recommended_items_only"},
      {"shannon_entropy{log=2}", "entropy_bits"},
      {"shannon_entropy{log=e}", "entropy_nats"},
      {"shannon_entropy{log=N}", "entropy_normalised"},
  };
  for (const auto& [definition, name] : names) {
    EXPECT_NEAR(*catalogue_value(definition, counts), expected[name].get<double>(), 1e-9)
        << definition;
  }
}

TEST(Exposure, AgreesWithThePublishedItemMatrix) {
  const Json one = case_named(oracle("ranking_metrics_small"), "recbole_item_matrix");
  const std::vector<int64_t> counts = counts_of(one["input"]["lists"], 8, 1);
  EXPECT_NEAR(*item_coverage(counts), one["expected"]["coverage"].get<double>(), 1e-9);
  EXPECT_NEAR(*gini(counts), one["expected"]["gini"].get<double>(), 1e-9);
  EXPECT_NEAR(*catalogue_value("shannon_entropy{log=2}", counts),
              one["expected"]["entropy_bits"].get<double>(), 1e-9);
  EXPECT_NEAR(*shannon_entropy(counts), one["expected"]["entropy_nats"].get<double>(), 1e-9);
}

TEST(Exposure, NoListGivesNoValueInsteadOfZero) {
  for (const std::string& definition : catalogue_definitions()) {
    EXPECT_FALSE(catalogue_value(definition, std::vector<int64_t>{0, 0, 0})) << definition;
    EXPECT_FALSE(catalogue_value(definition, std::vector<int64_t>{})) << definition;
  }
}

TEST(Exposure, ExtremesAreWhatTheirNamesSay) {
  const std::vector<int64_t> alike(10, 7), one_only = {0, 0, 0, 12}, single = {5};
  EXPECT_DOUBLE_EQ(*item_coverage(alike), 1);
  EXPECT_DOUBLE_EQ(*gini(alike), 0);
  EXPECT_DOUBLE_EQ(*catalogue_value("shannon_entropy{log=N}", alike), 1);
  EXPECT_DOUBLE_EQ(*gini(one_only), 0.75);
  EXPECT_DOUBLE_EQ(*gini(one_only, true), 0);
  EXPECT_DOUBLE_EQ(*shannon_entropy(one_only), 0);
  EXPECT_DOUBLE_EQ(*catalogue_value("shannon_entropy{log=N}", single), 0);
}

TEST(Exposure, KnowsEveryCatalogueMetricOfTheTableWithEveryChoice) {
  std::vector<std::string> wanted;
  for (const MetricInfo& info : metric_table()) {
    if (info.per_request) continue;
    ASSERT_EQ(info.options.size(), 1u) << info.name;
    for (const std::string& choice : info.options[0].choices) {
      wanted.push_back(
          parse_metric(info.name + "{" + info.options[0].name + "=" + choice + "}").id);
    }
  }
  EXPECT_THAT(catalogue_definitions(), ::testing::UnorderedElementsAreArray(wanted));
}

TEST(Exposure, AnUnknownDefinitionIsOurBug) {
  EXPECT_THROW(catalogue_value("gini", std::vector<int64_t>{1}), InternalError);
}

}  // namespace
}  // namespace assay
