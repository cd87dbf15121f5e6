#include "metric_catalog/metric_definition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "error/error.h"

namespace assay::metric_catalog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string problem_of(const std::string& text) {
  try {
    parse_metric(text);
  } catch (const error::UserError& error) {
    return error.what();
  }
  return "no problem";
}

std::vector<std::string> names(const std::vector<MetricColumn>& columns) {
  std::vector<std::string> out;
  for (const MetricColumn& column : columns)
    out.push_back(display_name(column) + (column.pool ? " pool" : ""));
  return out;
}

TEST(MetricDefinition, BareNameIsTheDefaultOfEveryChoice) {
  EXPECT_EQ(parse_metric("recall").id, "recall{den=R}");
  EXPECT_EQ(parse_metric("ndcg").id, "ndcg{gain=binary,discount=log2(r+1),ideal=min(R,k)}");
  EXPECT_EQ(parse_metric("map").id, "map{norm=min(R,k)}");
  EXPECT_EQ(parse_metric("mrr").id, "mrr");
  EXPECT_EQ(parse_metric("intra_list_distance").id,
            "intra_list_distance{distance=cooccurrence,single=skip}");
  EXPECT_EQ(parse_metric("novelty").id, "novelty{share=pairs,unseen=skip}");
}

TEST(MetricDefinition, BracesPickAVariantAndLeaveTheRest) {
  EXPECT_EQ(parse_metric("ndcg{ideal=R}").id, "ndcg{gain=binary,discount=log2(r+1),ideal=R}");
  EXPECT_EQ(parse_metric(" ndcg { ideal = R , discount=max(1,log2(r)) } ").id,
            "ndcg{gain=binary,discount=max(1,log2(r)),ideal=R}");
  EXPECT_EQ(parse_metric("intra_list_distance{distance=jaccard,of=genre}").id,
            "intra_list_distance{distance=jaccard,of=genre,single=skip}");
}

TEST(MetricDefinition, EveryDefaultIdParsesToItself) {
  for (const MetricInfo& info : metric_table()) {
    const MetricDefinition definition = parse_metric(example_of(info));
    const bool bare = example_of(info) == info.name;
    EXPECT_EQ(definition.is_default, bare) << info.name;
    EXPECT_EQ(parse_metric(definition.id), definition);
    EXPECT_EQ(parse_metric(definition.id).is_default, bare) << info.name;
    EXPECT_EQ(definition.unit, info.unit);
  }
}

TEST(MetricDefinition, OnlyAVariantCarriesItsBracesInPrint) {
  EXPECT_EQ(display_name(parse_metric("recall{den=R}")), "recall");
  EXPECT_EQ(display_name(parse_metric("recall{den=min(R,k)}")), "recall{den=min(R,k)}");
  EXPECT_EQ(display_name(parse_metric_column("ndcg@10")), "ndcg@10");
}

TEST(MetricDefinition, AVariantHasItsOwnUnitAndNeeds) {
  EXPECT_EQ(parse_metric("shannon_entropy").unit, "bits");
  EXPECT_EQ(parse_metric("shannon_entropy{log=e}").unit, "nats");
  EXPECT_EQ(parse_metric("intra_list_distance{distance=hamming,of=genre}").unit, "categories");
  EXPECT_TRUE(parse_metric("intra_list_distance").needs_any(MetricNeed::cooccurrence));
  EXPECT_THAT(parse_metric("intra_list_distance{distance=cosine,of=image}").needs,
              ElementsAre(MetricNeed::feature));
}

TEST(MetricDefinition, ProblemsSayWhatWasFoundAndWhatIsNear) {
  EXPECT_EQ(problem_of("ndgc"), "\"ndgc\" is not a metric; did you mean \"ndcg\"?");
  EXPECT_EQ(problem_of("recall{dem=R}"), "recall has no choice \"dem\"; did you mean \"den\"?");
  EXPECT_EQ(problem_of("recall{den=r}"), "recall{den=r}: den must be R or min(R,k)");
  EXPECT_EQ(problem_of("mrr{k=1}"), "mrr has no choice \"k\"; it has none");
  EXPECT_EQ(problem_of("recall{den}"), "recall{den}: expected choice=value, found \"den\"");
  EXPECT_EQ(problem_of("map{norm=R,norm=k}"), "map{norm=R,norm=k}: norm is given twice");
  EXPECT_EQ(
      problem_of("recall{den=R"),
      "\"recall{den=R\" is not a metric: expected name{choice=value,...} with one pair of braces");
  EXPECT_EQ(
      problem_of("intra_list_distance{distance=jaccard}"),
      "intra_list_distance{distance=jaccard}: name the item feature it compares, as in of=genre");
  EXPECT_EQ(problem_of("intra_list_distance{of=genre}"),
            "intra_list_distance{distance=cooccurrence}: it compares no feature; leave out of=");
  EXPECT_THAT(problem_of(""), HasSubstr("\"\" is not a metric; known: recall, precision"));
}

TEST(MetricColumn, CutoffIsAWholeNumberOfAtLeastOne) {
  EXPECT_EQ(parse_metric_column("recall{den=min(R,k)}@20").cutoff, 20);
  for (const char* wrong :
       {"ndcg@0", "ndcg@", "ndcg@ten", "ndcg@-3", "ndcg@1.5", "ndcg@99999999999999999999"}) {
    EXPECT_THROW(parse_metric_column(wrong), error::UserError) << wrong;
  }
  try {
    parse_metric_column("ndcg");
    FAIL();
  } catch (const error::UserError& error) {
    EXPECT_STREQ(error.what(), "\"ndcg\" lacks a cutoff; write ndcg@10 for the first ten");
  }
}

TEST(MetricGroups, TheyAreThoseOfTheTableAndThePool) {
  EXPECT_THAT(metric_groups(),
              ElementsAre("accuracy", "coverage", "diversity", "novelty", "popularity",
                          "calibration", "fairness", "list_quality", "pool"));
  try {
    check_metric_group("acuracy");
    FAIL();
  } catch (const error::UserError& error) {
    EXPECT_STREQ(error.what(), "\"acuracy\" is not a group of metrics; did you mean \"accuracy\"?");
  }
}

TEST(MetricPlan, GroupsNamesAndPoolBecomeColumnsInOrder) {
  const MetricPlan plan = expand({.groups = {"popularity", "list_quality"},
                                  .names = {"recall{den=min(R,k)}", "mrr@50", "gini"},
                                  .cutoffs = {10, 20},
                                  .pool_cutoffs = {100},
                                  .primary = "ndcg@10"});
  EXPECT_THAT(
      names(plan.columns),
      ElementsAre("average_popularity@10", "average_popularity@20", "popularity_lift@10",
                  "popularity_lift@20", "long_tail_share@10", "long_tail_share@20", "short_list@10",
                  "short_list@20", "unfilled@10", "unfilled@20", "repeats@10", "repeats@20",
                  "baseline_overlap@10", "baseline_overlap@20", "baseline_rbo@10",
                  "baseline_rbo@20", "baseline_kendall@10", "baseline_kendall@20",
                  "baseline_kendall_distance@10", "baseline_kendall_distance@20",
                  "recall{den=min(R,k)}@10", "recall{den=min(R,k)}@20", "mrr@50", "gini@10",
                  "gini@20", "ndcg@10", "recall@100 pool", "ndcg@100 pool"));
  EXPECT_EQ(display_name(plan.primary), "ndcg@10");
}

TEST(MetricPlan, MetricsOfWholeListsHaveNoCutoffAndStandInThePool) {
  const MetricPlan plan = expand({.groups = {"pool"},
                                  .names = {"kept"},
                                  .cutoffs = {10, 20},
                                  .pool_cutoffs = {},
                                  .primary = "ndcg@10"});
  EXPECT_THAT(names(plan.columns),
              ElementsAre("recall_ceiling pool", "kept pool", "lost pool", "source_only pool",
                          "source_share pool", "source_overlap pool", "ndcg@10"));
  EXPECT_EQ(plan.columns[0].cutoff, 0);
  EXPECT_EQ(problem_of("kept"), "no problem");
  EXPECT_THROW(parse_metric_column("kept@10"), error::UserError);
  EXPECT_THROW(parse_metric_column("kept"), error::UserError);
}

TEST(MetricPlan, AllProblemsComeTogetherWithTheirPlace) {
  try {
    expand({.groups = {"accuracy", "covrage"},
            .names = {"recal"},
            .cutoffs = {10, 0},
            .pool_cutoffs = {},
            .primary = "gini@10"});
    FAIL();
  } catch (const error::UserError& error) {
    EXPECT_STREQ(
        error.what(),
        "cutoffs[1]: 0 is not a cutoff; it must be at least 1\ngroups[1]: \"covrage\" is not a "
        "group of metrics; did you mean \"coverage\"?\nnames[0]: \"recal\" is not a metric; did "
        "you mean \"recall\"?\nprimary: gini@10 is one value for all requests together; a primary "
        "metric has one value a request, so that variants can be compared request by request");
  }
}

TEST(MetricDefinition, TheTableHasAtLeastSixtyDefinitions) {
  size_t definitions = 0;
  for (const MetricInfo& info : metric_table()) {
    size_t variants = 1;
    for (const MetricOption& option : info.options)
      variants *= std::max<size_t>(1, option.choices.size());
    definitions += variants;
    EXPECT_FALSE(info.formula.empty() || info.unit.empty() || info.empty_case.empty()) << info.name;
  }
  EXPECT_GE(definitions, 60u);
}

TEST(MetricDefinition, AGroupLeavesOutWhatIsAskedForByName) {
  for (const MetricDefinition& definition : metrics_of_group("diversity"))
    EXPECT_NE(definition.name, "category_entropy");
  EXPECT_TRUE(metrics_of_group("calibration").empty());
  try {
    expand({.groups = {"calibration"},
            .names = {},
            .cutoffs = {10},
            .pool_cutoffs = {},
            .primary = "ndcg@10"});
    FAIL();
  } catch (const error::UserError& error) {
    EXPECT_STREQ(error.what(),
                 "groups[0]: the metrics of the group calibration must be named one by one, as in "
                 "names: [\"miscalibration{of=genre}\"]");
  }
  EXPECT_EQ(problem_of("category_entropy"),
            "category_entropy: name the item feature it compares, as in of=genre");
}

TEST(MetricDefinition, GroupsOfUsersAreNamed) {
  EXPECT_EQ(parse_metric("worst_user_group{by=gender}").id,
            "worst_user_group{by=gender,quality=recall,least=10}");
  EXPECT_EQ(problem_of("worst_user_group"),
            "worst_user_group: name the user feature that makes the groups, as in by=gender");
  EXPECT_EQ(problem_of("user_group_gap{by=}"),
            "user_group_gap{by=}: expected the name of a user feature");
}

TEST(MetricDefinition, WhatAChoiceAsksOfTheScoresIsANeed) {
  EXPECT_TRUE(parse_metric("log_loss").needs_any(MetricNeed::probability));
  EXPECT_FALSE(parse_metric("log_loss{link=logit}").needs_any(MetricNeed::probability));
  EXPECT_TRUE(parse_metric("personalisation").needs_any(MetricNeed::exposure));
  EXPECT_TRUE(parse_metric("personalisation{similarity=cosine}").needs_any(MetricNeed::lists));
  EXPECT_FALSE(parse_metric("personalisation{similarity=cosine}").needs_any(MetricNeed::exposure));
}

TEST(MetricDefinition, OfAPluginIsKnownByItsLibrary) {
  const MetricDefinition own = parse_metric("my_own{power=0.5,library=0123456789ab}");
  EXPECT_EQ(own.id, "my_own{power=0.5,library=0123456789ab}");
  EXPECT_TRUE(own.needs_any(MetricNeed::plugin));
  EXPECT_EQ(display_name(own), own.id);
  EXPECT_EQ(display_name(parse_metric_column("my_own{library=0123456789ab}@5")), "my_own@5");
  EXPECT_THAT(problem_of("my_own{power=0.5}"), ::testing::HasSubstr("is not a metric"));
}

TEST(MetricDefinition, GradesAreNeededWhereTheGainHasThem) {
  EXPECT_FALSE(parse_metric("ndcg").needs_any(MetricNeed::judged));
  EXPECT_TRUE(parse_metric("ndcg{gain=exponential}").needs_any(MetricNeed::judged));
  EXPECT_EQ(problem_of("ndcg{gain=linear,ideal=k}"),
            "ndcg{gain=linear,ideal=k}: the ideal list of k items has no grades; use "
            "ideal=min(R,k) or gain=binary");
}

TEST(MetricPlan, MissingPrimaryIsAProblem) {
  EXPECT_THROW(expand({.groups = {"accuracy"},
                       .names = {},
                       .cutoffs = {10},
                       .pool_cutoffs = {},
                       .primary = ""}),
               error::UserError);
}

// ASSAY_WRITE_DOCS=1 writes the page anew.
TEST(MetricsPage, DocsAreAsTheTableSays) {
  const std::string path = std::string(ASSAY_SOURCE_DIR) + "/docs/metrics.md";
  if (std::getenv("ASSAY_WRITE_DOCS") != nullptr) std::ofstream(path) << metrics_page();
  std::ostringstream page;
  page << std::ifstream(path).rdbuf();
  EXPECT_EQ(page.str(), metrics_page())
      << "docs/metrics.md is stale: run test_metric_catalog with ASSAY_WRITE_DOCS=1";
}

}  // namespace
}  // namespace assay::metric_catalog
