#include "task/experiment.h"

#include <gtest/gtest.h>

#include "struct_members.h"
#include "task/feature_spec.h"
#include "task/feature_spec.h"

namespace assay::task {
namespace {

using nlohmann::json;

constexpr const char* kHeader = "task/experiment.h";

template <typename T>
void expect_round_trip(const T& value, const char* name) {
  const json written = value;
  expect_all_members(written, kHeader, name);
  EXPECT_EQ(json(written.get<T>()), written) << name;
  EXPECT_EQ(json(json::parse(written.dump()).get<T>()), written) << name << ", through text";
  EXPECT_NE(written, json(T{})) << name << ": the sample is the default, which shows nothing";
}

StageSpec stage(const std::string& plugin) {
  StageSpec spec;
  spec.kind = PluginKind::rank;
  spec.index = 3;
  spec.plugin = plugin;
  spec.library = "/p/x.so";
  spec.library_sha256 = "ab";
  spec.version = "2.0";
  spec.params = {{"k", 3}, {"layers", {64, 32}}};
  spec.file_sha256 = {{"model", "cd"}};
  spec.lists = "bm25";
  spec.k = 200;
  for (const NamedTrait& trait : named_traits()) spec.traits.*trait.member = true;
  spec.functions.memory = true;
  spec.parts = {{"counts", {"k"}}};
  spec.refit = false;
  spec.where = "x.yaml:1:2";
  return spec;
}

Chain chain() {
  return {.recall = {stage("a"), stage("b")},
          .merge = {MergeMethod::quota, {{"k0", 20}}, 50},
          .rank = {stage("c")},
          .rerank = {stage("d")}};
}

TEST(ExperimentJson, KeepsAStage) {
  StageSpec full = stage("x");
  full.unknown = std::make_shared<const StageSpec>(stage("popularity"));
  const FeatureSetSpec features{{{.of = {"hour"}}}};
  full.features = std::make_shared<const FeatureSetSpec>(features);
  expect_round_trip(full, "StageSpec");
}

TEST(ExperimentJson, KeepsAChain) {
  expect_round_trip(chain(), "Chain");
  expect_round_trip(chain().merge, "MergeSpec");
}

TEST(ExperimentJson, KeepsInputsWithWhatComesBeforeThem) {
  StageSpec user = stage("user");
  user.inputs.push_back({"teacher", stage("als"), nullptr});
  user.inputs.push_back({"judge", stage("linear"), std::make_shared<const Chain>(chain())});
  const json written = user;
  expect_all_members(written.at("inputs").at(0), kHeader, "InputSpec");
  const StageSpec again = written.get<StageSpec>();
  EXPECT_EQ(json(again), written);
  EXPECT_EQ(again.inputs[0].upstream, nullptr);
  ASSERT_NE(again.inputs[1].upstream, nullptr);
  EXPECT_EQ(again.inputs[1].upstream->recall.size(), 2u);
}

TEST(ExperimentJson, KeepsDataSettings) {
  expect_round_trip(TargetSpec{"click", "rating", 4.0, std::nullopt, 5.0, "buy"}, "TargetSpec");
  expect_round_trip(CleanSpec{true, true, 1.0, 5.0, 100, 60, 0.5, true}, "CleanSpec");
  expect_round_trip(FilterSpec{1, 2, 3, FilterScope::all}, "FilterSpec");
  expect_round_trip(SplitSpec{SplitMethod::given, 0.2, 0.3, 0.4, SplitBoundary::row,
                              SplitOver::positives, "a", "b", 7, 8, 9, 10, 11},
                    "SplitSpec");
  expect_round_trip(EvaluateOn{Population::warm, Population::cold}, "EvaluateOn");
}

TEST(ExperimentJson, KeepsServingSettings) {
  expect_round_trip(FitOn{{Window::rank}, {Window::validation}, {Window::train, Window::test}},
                    "FitOn");
  expect_round_trip(TrafficSpec{RequestUnit::per_session, CandidateSource::retrieved, 60, 5, {}},
                    "TrafficSpec");
  expect_round_trip(MetricAt{"ndcg", 10}, "MetricAt");
  expect_round_trip(MetricsSpec{{{"ndcg", 10}}, {{"recall", 100}}, {"ndcg", 10}}, "MetricsSpec");
}

TEST(ExperimentJson, KeepsTimingAndComparison) {
  expect_round_trip(ScenarioSpec{ScenarioKind::server, 5, 6, 7.5, 8.5}, "ScenarioSpec");
  expect_round_trip(LatencySpec{3, 4, {{ScenarioKind::offline, 1, 2, 0, 0}}}, "LatencySpec");
  const GuardrailSpec rail{"latency_ms", 0.99, "offline", 1.0, 0.1, std::nullopt, 0.2};
  expect_round_trip(rail, "GuardrailSpec");
  expect_round_trip(CompareSpec{"control", "session", 0.01, 0.002, 0.9, 100, {rail}},
                    "CompareSpec");
}

TEST(ExperimentJson, KeepsTheMachine) {
  expect_round_trip(NumericSpec{Device::cuda, 8, true, "float64", 64}, "NumericSpec");
  expect_round_trip(LimitsSpec{1, 2, 3}, "LimitsSpec");
}

TEST(ExperimentJson, TellsNoBoundFromABoundOfZero) {
  const json written = TargetSpec{"t", "c", 0.0, std::nullopt, std::nullopt};
  EXPECT_EQ(written.at("at_least"), 0.0);
  EXPECT_TRUE(written.at("at_most").is_null());
  EXPECT_EQ(written.get<TargetSpec>().at_least, 0.0);
  EXPECT_EQ(written.get<TargetSpec>().at_most, std::nullopt);
}

TEST(ExperimentJson, RefusesAStructWithoutAMember) {
  json written = FilterSpec{};
  written.erase("k_core");
  EXPECT_THROW(written.get<FilterSpec>(), json::exception);
}

TEST(ByFold, LaysOutTheFoldsOfADataSetWhereItStood) {
  DatasetSpec plain{.name = "plain"}, folded{.name = "folded"};
  folded.split.method = SplitMethod::walk_forward;
  folded.split.folds = 2;
  const std::vector<DatasetSpec> all = by_fold({plain, folded, plain});
  ASSERT_EQ(all.size(), 4u);
  EXPECT_EQ(all[1].name, "folded");
  EXPECT_EQ(fold_name(all[0].split), "all");
  EXPECT_EQ(fold_name(all[1].split), "1");
  EXPECT_EQ(fold_name(all[2].split), "2");
  EXPECT_EQ(all[3].name, "plain");
}

TEST(StageSpec, IsCalledByItsKindAndPlace) {
  EXPECT_EQ(stage("x").place(), "rank[3]");
  EXPECT_EQ(StageSpec{}.place(), "recall[0]");
}

TEST(Window, HasTheNamesOfTheFile) {
  EXPECT_EQ(name_of(Window::train), "train");
  EXPECT_EQ(name_of(Window::validation), "validation");
  EXPECT_EQ(name_of(PluginKind::rerank), "rerank");
}

}  // namespace
}  // namespace assay::task
