#include "exposure/exposure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "error/error.h"
#include "exposure/served_lists.h"
#include "metric_catalog/metric_definition.h"

namespace assay::exposure {
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

std::optional<double> value_of(const std::string& definition, const std::vector<int64_t>& counts) {
  return catalogue_value(definition, {counts, 2, 8});
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
    EXPECT_NEAR(*value_of(definition, counts), expected[name].get<double>(), 1e-9) << definition;
  }
}

TEST(Exposure, PoolsAgreeWithTheBeyondAccuracyOracle) {
  const Json file = oracle("beyond_accuracy");
  const Json inputs = case_named(file, "inputs"), expected = case_named(file, "expected")["values"];
  const std::vector<int64_t> shown = counts_of(inputs["lists"], inputs["n_items"], 0);
  ItemUsers known{counts_of(inputs["train"], inputs["n_items"], 0), 0};
  for (const int64_t count : known.counts) known.pairs += count;
  const Exposed exposed{.counts = shown, .lists = 40, .cutoff = 8, .known = &known};
  EXPECT_NEAR(*catalogue_value("pooled_novelty{unseen=skip}", exposed),
              expected["novelty_share_bits__unseen_items_skipped__pooled"].get<double>(), 1e-9);
  EXPECT_NEAR(*catalogue_value("pooled_popularity", exposed),
              expected["average_popularity__pooled"].get<double>(), 1e-9);
  // The head is 10 of 50 items (20 %); the oracle names them.
  const Json head = case_named(file, "cross_checks")["head_items"];
  double tail = 0;
  for (int64_t item = 0; item < 50; ++item)
    tail += shown[item] > 0 && std::ranges::count(head, Json(item)) == 0;
  EXPECT_NEAR(*catalogue_value("tail_coverage{head=20%}", exposed), tail / 40, 1e-12);
  EXPECT_THROW(catalogue_value("pooled_popularity", {.counts = shown}), error::InternalError);
}

TEST(Exposure, AgreesWithTheRecommendersFixture) {
  const Json one = case_named(oracle("ranking_metrics_small"), "recommenders_diversity_fixture");
  std::vector<int64_t> shown(5);
  ItemUsers known{std::vector<int64_t>(5), 0};
  for (const Json& row : one["input"]["reco_user_item_relevance"])
    ++shown[row[1].get<size_t>() - 1];
  for (const Json& row : one["input"]["train"]) {
    ++known.counts[row[1].get<size_t>() - 1];
    ++known.pairs;
  }
  const Json expected = one["expected"];
  EXPECT_NEAR(*item_coverage(shown), expected["catalog_coverage"].get<double>(), 1e-9);
  EXPECT_NEAR(*value_of("shannon_entropy{log=2}", shown),
              expected["distributional_coverage"].get<double>(), 1e-9);
  EXPECT_NEAR(*pooled_novelty(shown, known, false), expected["novelty"].get<double>(), 1e-9);
}

TEST(Exposure, AgreesWithThePublishedItemMatrix) {
  const Json one = case_named(oracle("ranking_metrics_small"), "recbole_item_matrix");
  const std::vector<int64_t> counts = counts_of(one["input"]["lists"], 8, 1);
  EXPECT_NEAR(*item_coverage(counts), one["expected"]["coverage"].get<double>(), 1e-9);
  EXPECT_NEAR(*gini(counts), one["expected"]["gini"].get<double>(), 1e-9);
  EXPECT_NEAR(*value_of("shannon_entropy{log=2}", counts),
              one["expected"]["entropy_bits"].get<double>(), 1e-9);
  EXPECT_NEAR(*shannon_entropy(counts), one["expected"]["entropy_nats"].get<double>(), 1e-9);
}

TEST(Exposure, NoListGivesNoValueInsteadOfZero) {
  const ItemUsers known{{4, 2, 0}, 6}, nothing;
  for (const std::string& definition : catalogue_definitions()) {
    const std::vector<int64_t> none = {0, 0, 0}, empty;
    EXPECT_FALSE(catalogue_value(definition, {none, 2, 8, nullptr, &known})) << definition;
    EXPECT_FALSE(catalogue_value(definition, {empty, 2, 8, nullptr, &nothing})) << definition;
  }
}

TEST(Exposure, ExtremesAreWhatTheirNamesSay) {
  const std::vector<int64_t> alike(10, 7), one_only = {0, 0, 0, 12}, single = {5};
  EXPECT_DOUBLE_EQ(*item_coverage(alike), 1);
  EXPECT_DOUBLE_EQ(*gini(alike), 0);
  EXPECT_DOUBLE_EQ(*value_of("shannon_entropy{log=N}", alike), 1);
  EXPECT_DOUBLE_EQ(*gini(one_only), 0.75);
  EXPECT_DOUBLE_EQ(*gini(one_only, true), 0);
  EXPECT_DOUBLE_EQ(*shannon_entropy(one_only), 0);
  EXPECT_DOUBLE_EQ(*value_of("shannon_entropy{log=N}", single), 0);
}

// The oracle leaves the three short lists out; a pair's overlap is shared items / 8.
TEST(Exposure, PersonalisationFollowsFromTheCountsExactly) {
  const Json file = oracle("beyond_accuracy");
  const Json inputs = case_named(file, "inputs");
  Json full = Json::array();
  for (const Json& list : inputs["lists"]) {
    if (list.size() == 8) full.push_back(list);
  }
  ASSERT_EQ(full.size(), 37u);
  const std::vector<int64_t> counts = counts_of(full, 50, 0);
  const Json expected = case_named(file, "expected")["values"];
  EXPECT_NEAR(*personalisation({counts, 37, 8}),
              expected["personalization__overlap_over_k__full_lists_only"].get<double>(), 1e-9);
  EXPECT_FALSE(personalisation({std::vector<int64_t>{1, 1}, 1, 2}));
}

TEST(Exposure, ConcentrationIsWhatTheMostShownItemsGet) {
  std::vector<int64_t> counts(100, 1);
  counts[7] = 51;
  EXPECT_DOUBLE_EQ(*concentration(counts, 1), 0.34);
  EXPECT_DOUBLE_EQ(*concentration(counts, 5), 55.0 / 150);
  EXPECT_DOUBLE_EQ(*concentration(std::vector<int64_t>{3, 1}, 1), 0.75) << "rounded up";
}

TEST(Exposure, ItemsShownIsCoverageAsACount) {
  EXPECT_EQ(*value_of("items_shown", {0, 2, 0, 1, 0, 9}), 3);
}

// Every definition of one value a catalogue, with every choice; features are called genre and
// gender.
std::vector<metric_catalog::MetricDefinition> catalogue_metrics() {
  std::vector<metric_catalog::MetricDefinition> out;
  for (const metric_catalog::MetricInfo& info : metric_catalog::metric_table()) {
    if (info.per_request) continue;
    std::vector<std::string> made = {info.name + "{"};
    for (const metric_catalog::MetricOption& option : info.options) {
      std::vector<std::string> choices = option.choices, longer;
      if (choices.empty()) choices = {option.name == "by" ? "gender" : "genre"};
      for (const std::string& text : made) {
        for (const std::string& choice : choices)
          longer.push_back(text + (text.ends_with('{') ? "" : ",") + option.name + "=" + choice);
      }
      made = longer;
    }
    for (const std::string& text : made) out.push_back(metric_catalog::parse_metric(text + "}"));
  }
  return out;
}

TEST(Exposure, KnowsEveryMetricOfCountsWithEveryChoice) {
  std::vector<std::string> wanted;
  for (const metric_catalog::MetricDefinition& definition : catalogue_metrics()) {
    if (definition.needs_any(metric_catalog::MetricNeed::exposure) &&
        !definition.needs_any(metric_catalog::MetricNeed::feature))
      wanted.push_back(definition.id);
  }
  EXPECT_THAT(catalogue_definitions(), ::testing::UnorderedElementsAreArray(wanted));
}

TEST(ServedLists, EveryMetricOfKeptListsHasAMeasure) {
  const Groups groups{2, {0, 1}, {0, 1, 2}};
  int made = 0;
  for (const metric_catalog::MetricDefinition& definition : catalogue_metrics()) {
    if (!definition.needs_any(metric_catalog::MetricNeed::lists)) continue;
    EXPECT_NO_THROW(make_lists_measure(definition.id, {2, 5, &groups})) << definition.id;
    EXPECT_FALSE(make_lists_measure(definition.id, {2, 5, &groups})->value())
        << definition.id << ": no list is no value";
    ++made;
  }
  EXPECT_GT(made, 40);
  EXPECT_THROW(make_lists_measure("worst_user_group{by=gender,quality=recall,least=10}", {2, 5}),
               error::InternalError);
  EXPECT_THROW(make_lists_measure("gini{catalogue=all}", {2, 5}), error::InternalError);
}

TEST(GroupExposure, IsTheCatalogueSharesAgainstWhatIsShown) {
  // Items 0 and 1 are of group 0, item 2 of both, item 3 of none, item 4 of group 1.
  const Groups groups{3, {0, 0, 0, 1, 1}, {0, 1, 2, 4, 4, 5}};
  const std::vector<int64_t> counts = {5, 1, 2, 9, 2};
  // shown: (7, 3) of 10; owned: (2.5, 1.5) of 4
  EXPECT_NEAR(*exposure_disparity(counts, groups), 0.7 - 0.625, 1e-12);
  EXPECT_NEAR(*worst_group_exposure(counts, groups), 0.3 / 0.375, 1e-12);
  EXPECT_EQ(*worst_group_exposure(std::vector<int64_t>{1, 0, 0, 0, 0}, groups), 0);
  EXPECT_FALSE(exposure_disparity(std::vector<int64_t>{0, 0, 0, 9, 0}, groups))
      << "what is shown has no group";
  EXPECT_EQ(*catalogue_value("exposure_disparity{of=genre}", {counts, 3, 8, &groups}),
            *exposure_disparity(counts, groups));
  EXPECT_EQ(*catalogue_value("worst_group_exposure{of=genre}", {counts, 3, 8, &groups}),
            *worst_group_exposure(counts, groups));
  EXPECT_FALSE(catalogue_value("exposure_disparity{of=genre}", {counts, 3, 8, nullptr}));
  EXPECT_EQ(*catalogue_value("shown_categories{of=genre}", {counts, 3, 8, &groups}), 1)
      << "group 2 has no item";
  EXPECT_EQ(*shown_groups(std::vector<int64_t>{1, 0, 0, 0, 0}, groups), 0.5);
  EXPECT_THROW(catalogue_value("disparity{of=genre}", Exposed{}), error::InternalError);
}

TEST(Exposure, AnUnknownDefinitionIsOurBug) {
  EXPECT_THROW(catalogue_value("gini", Exposed{}), error::InternalError);
}

}  // namespace
}  // namespace assay::exposure
