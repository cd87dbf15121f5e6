#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "load.h"

namespace assay::config {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kFile = ASSAY_SOURCE_DIR "/tests/golden/yaml/parts/bm25.run";

// A file whose one data set has this table of logged rows alone.
std::string alone(const std::string& table, const std::string& rest = "") {
  return "data: {source: {impressions: {path: " + kFile + ", " + table + "}}}\n" + rest +
         "variants: {control: {recall: [{plugin: popularity}]}}\n";
}

const std::string kClicks = "format: csv, labels: {click: {column: clicked, equals: 1}}";

TEST(Impressions, AreReadBesideALog) {
  const task::Experiment experiment = load_text(
      "data:\n  source:\n    path: " + kFile +
      "\n    format: csv\n    columns: {user: u, item: i, time: t}\n    impressions:\n      "
      "path: " +
      kFile +
      "\n      format: csv\n      columns: {request: rid, user: u, item: i, time: {name: at, unit: "
      "ms}, position: place, propensity: p, allowed: might}\n      labels: {click: {column: "
      "clicked, "
      "equals: 1}, kind: {column: what, equals: buy}, seconds: {column: watched}}\n      context: "
      "[hour, device]\nvariants: {control: {recall: [{plugin: popularity}]}}\n");
  ASSERT_TRUE(experiment.datasets[0].impressions);
  const task::ImpressionsSpec& spec = *experiment.datasets[0].impressions;
  EXPECT_EQ(spec.path, kFile);
  EXPECT_EQ(spec.columns.at("request"), "rid");
  EXPECT_EQ(spec.columns.at("time"), "at");
  EXPECT_EQ(spec.time.unit, "ms");
  ASSERT_EQ(spec.labels.size(), 3U);
  EXPECT_EQ(spec.labels[0].equals, 1.0);
  EXPECT_EQ(spec.labels[1].equals_text, "buy");
  EXPECT_FALSE(spec.labels[2].equals);
  EXPECT_THAT(spec.context, ElementsAre("hour", "device"));
  // The resolved text gives the same.
  EXPECT_EQ(load_text(experiment.resolved_text).resolved_text, experiment.resolved_text);
}

TEST(Impressions, MayBeAllThereIsOfADataSet) {
  const task::Experiment experiment = load_text(alone(
      "format: tsv, header: [label, a, b], item_from: [a, b], labels: {click: {column: label, "
      "at_least: 1}}"));
  const task::DatasetSpec& dataset = experiment.datasets[0];
  EXPECT_EQ(dataset.name, "bm25");
  EXPECT_EQ(dataset.path, "");
  EXPECT_THAT(dataset.impressions->header, ElementsAre("label", "a", "b"));
  EXPECT_THAT(dataset.impressions->item_from, ElementsAre("a", "b"));
  EXPECT_EQ(load_text(experiment.resolved_text).resolved_text, experiment.resolved_text);
}

TEST(Impressions, OfAPublishedDataSetNeedNoLabels) {
  const task::Experiment experiment = load_text(alone("format: mind"));
  EXPECT_THAT(experiment.datasets[0].impressions->labels, IsEmpty());
  EXPECT_EQ(load_text(experiment.resolved_text).resolved_text, experiment.resolved_text);
}

TEST(Impressions, SayAllThatIsWrongWithThem) {
  EXPECT_THAT(problems_of(alone("format: cvs, columns: {itm: i, user: u, item: u}, item_from: [a], "
                                "labels: {click: {equals: 1}}")),
              AllOf(HasSubstr("source.impressions.format is cvs"), HasSubstr("\"csv\""),
                    HasSubstr("columns.itm is not a key"), HasSubstr("\"item\""),
                    HasSubstr("one column has one role"),
                    HasSubstr("item_from is for tables without item ids"),
                    HasSubstr("labels.click.column is missing")));
  EXPECT_THAT(problems_of(alone("format: parquet, delimiter: \";\", header: [a], labels: {}")),
              AllOf(HasSubstr("delimiter is for csv only; this is parquet"),
                    HasSubstr("header is for csv and tsv only; this is parquet"),
                    HasSubstr("labels names no label")));
  EXPECT_THAT(problems_of(alone("format: csv, columns: {time: {unit: h}}, labels: {late: {column: "
                                "c, at_least: 3, at_most: 2}}")),
              AllOf(HasSubstr("columns.time.name is missing"),
                    HasSubstr("columns.time.unit is h; it must be s, ms, us, ns or day"),
                    HasSubstr("nothing is positive")));
}

TEST(LoggedTraffic, HasNoRecallWhereCandidatesAreLogged) {
  const std::string data = "data: {source: {impressions: {path: " + kFile + ", " + kClicks +
                           "}}}\ntraffic: {requests: logged, candidates: logged}\n";
  const task::Experiment experiment =
      load_text(data +
                "variants: {shown: {rank: []}, ranked: {rank: [{plugin: "
                "logistic_regression}]}}\n");
  const task::Chain& chain = experiment.variants[1].chain;
  ASSERT_EQ(chain.recall.size(), 1U);
  EXPECT_EQ(chain.recall[0].lists, task::kLoggedRows);
  EXPECT_EQ(chain.rank.size(), 1U);
  EXPECT_THAT(experiment.resolved_text, testing::Not(HasSubstr(std::string(task::kLoggedRows))));
  EXPECT_EQ(load_text(experiment.resolved_text).resolved_text, experiment.resolved_text);
  EXPECT_THAT(problems_of(data + "variants: {control: {recall: [{plugin: popularity}]}}\n"),
              HasSubstr("recall is not for traffic.candidates: logged"));
}

TEST(Impressions, APublishedTableOfLoggedRowsIsNoFormatOfALog) {
  for (const std::string format : {"open_bandit", "mind", "kuairand"})
    EXPECT_THAT(problems_of("data: {source: {path: " + kFile + ", format: " + format +
                            "}}\nvariants: {control: {recall: [{plugin: popularity}]}}\n"),
                HasSubstr("source.format is " + format +
                          ", a table of logged rows, which is named in impressions: source: "
                          "{impressions: {path: ..., format: " +
                          format + "}}"));
}

TEST(Impressions, FeaturesMayStandBesideRowsThatAreTheLog) {
  const std::string text = "data: {source: {impressions: {path: " + kFile + ", " + kClicks +
                           "}, features: [{of: item, path: " + kFile +
                           ", format: csv, id: sku, columns: {shelf: category}}]}}\n"
                           "variants: {control: {recall: [{plugin: popularity}]}}\n";
  const task::Experiment experiment = load_text(text);
  ASSERT_EQ(experiment.datasets[0].features.size(), 1U);
  EXPECT_EQ(experiment.datasets[0].features[0].id, "sku");
  EXPECT_THAT(experiment.resolved_text, HasSubstr("shelf"));
}

TEST(LoggedTraffic, NeedsLoggedRowsAndLoggedRequests) {
  const std::string variants = "variants: {control: {recall: [{plugin: popularity}]}}\n";
  EXPECT_THAT(problems_of("data: {source: gowalla}\ntraffic: {requests: logged}\n" + variants),
              HasSubstr("requests is logged, but data set gowalla has no logged rows"));
  EXPECT_THAT(
      problems_of(alone(kClicks, "traffic: {candidates: allowed}\n")),
      HasSubstr("candidates is allowed, which needs requests: logged; requests is per_user"));
}

}  // namespace
}  // namespace assay::config
