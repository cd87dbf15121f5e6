#include "execution/mixes.h"

#include <gmock/gmock.h>

#include "error/error.h"

namespace assay::execution {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

task::StageSpec stage(PluginKind kind, const std::string& plugin, int index = 0, int64_t k = 50) {
  task::StageSpec spec;
  spec.kind = kind;
  spec.plugin = plugin;
  spec.index = index;
  spec.k = k;
  return spec;
}

task::VariantSpec variant(const std::string& name, const std::vector<std::string>& recall,
                          const std::string& rank = "", const std::string& rerank = "") {
  task::VariantSpec spec;
  spec.name = name;
  for (const std::string& plugin : recall)
    spec.chain.recall.push_back(
        stage(PluginKind::recall, plugin, static_cast<int>(spec.chain.recall.size())));
  if (!rank.empty()) spec.chain.rank.push_back(stage(PluginKind::rank, rank));
  if (!rerank.empty()) spec.chain.rerank.push_back(stage(PluginKind::rerank, rerank));
  return spec;
}

std::vector<std::string> names(const Mixes& mixes) {
  std::vector<std::string> out;
  for (const MixedPart& part : mixes.parts) out.push_back(part.name);
  return out;
}

std::vector<std::string> plugins(const std::vector<task::StageSpec>& stages) {
  std::vector<std::string> out;
  for (const task::StageSpec& one : stages) out.push_back(one.plugin);
  return out;
}

std::string refusal(const task::VariantSpec& from, const task::VariantSpec& to, bool by_source) {
  try {
    mix_variants(from, to, by_source);
  } catch (const error::UserError& error) {
    return error.what();
  }
  return "";
}

TEST(Mixes, StagesThatAreEqualAreNoPartAndNeedNoPipelines) {
  const Mixes mixes = mix_variants(variant("a", {"als"}, "gbdt", "mmr"),
                                   variant("b", {"ease"}, "gbdt", "dpp"), false);
  EXPECT_THAT(names(mixes), ElementsAre("recall", "rerank"));
  ASSERT_EQ(mixes.variants.size(), 4u);
  EXPECT_EQ(mixes.variants[0].name, "a");
  EXPECT_EQ(mixes.variants[1].name, "a + recall");
  EXPECT_EQ(mixes.variants[2].name, "a + rerank");
  EXPECT_EQ(mixes.variants[3].name, "b");
  EXPECT_THAT(plugins(mixes.variants[1].chain.recall), ElementsAre("ease"));
  EXPECT_THAT(plugins(mixes.variants[1].chain.rerank), ElementsAre("mmr"));
  EXPECT_THAT(plugins(mixes.variants[2].chain.recall), ElementsAre("als"));
}

TEST(Mixes, AStageThatIsAbsentIsAddedByTheExchange) {
  const Mixes mixes = mix_variants(variant("a", {"als"}), variant("b", {"als"}, "gbdt"), false);
  EXPECT_THAT(names(mixes), ElementsAre("rank"));
  EXPECT_EQ(mixes.parts[0].from, "nothing");
  EXPECT_EQ(mixes.variants.size(), 2u) << "one part needs no mixed pipeline";
}

TEST(Mixes, ASingleSourceHasNoSayInHowSourcesAreMerged) {
  task::VariantSpec two = variant("b", {"als", "ease"});
  two.chain.merge = {task::MergeMethod::quota, {{"quotas", {30, 20}}}, 40};
  task::VariantSpec one = variant("a", {"als"});
  one.chain.merge.k = 40;
  EXPECT_THAT(names(mix_variants(one, two, false)), ElementsAre("recall"));
}

TEST(Mixes, WeightsOfAMergeGoByThePositionsOfItsSources) {
  task::VariantSpec from = variant("a", {"als", "ease"}), to = variant("b", {"als", "ease", "pop"});
  from.chain.merge = {task::MergeMethod::weighted_score, {{"weights", {0.7, 0.3}}}, 0};
  to.chain.merge = {task::MergeMethod::weighted_score, {{"weights", {0.5, 0.2, 0.1}}}, 0};
  const Mixes mixes = mix_variants(from, to, true);
  EXPECT_THAT(names(mixes), ElementsAre("recall[2]", "merge"));
  EXPECT_EQ(mixes.variants[1].chain.merge.params["weights"], nlohmann::json({0.7, 0.3, 0.1}));
  EXPECT_EQ(mixes.variants[2].chain.merge.params["weights"], nlohmann::json({0.5, 0.2}));
}

TEST(Mixes, WhatComesBeforeALearnedInputIsTheMixes) {
  task::VariantSpec from = variant("a", {"als"}), to = variant("b", {"ease"}, "mlp");
  task::Chain before;
  before.recall = to.chain.recall;
  to.chain.rank[0].inputs.push_back(
      {"teacher", stage(PluginKind::rank, "gbdt"), std::make_shared<const task::Chain>(before)});
  const Mixes mixes = mix_variants(from, to, false);
  ASSERT_THAT(names(mixes), ElementsAre("recall", "rank"));
  const task::Chain& mixed = mixes.variants[2].chain;  // recall of a, rank of b
  EXPECT_THAT(plugins(mixed.rank[0].inputs[0].upstream->recall), ElementsAre("als"));
}

TEST(Mixes, ARankerOnOtherCandidatesIsTheSamePartWithTheSameInput) {
  task::VariantSpec from = variant("a", {"als"}, "mlp"), to = variant("b", {"ease"}, "mlp");
  for (task::VariantSpec* side : {&from, &to}) {
    task::Chain before;
    before.recall = side->chain.recall;
    side->chain.rank[0].inputs.push_back(
        {"teacher", stage(PluginKind::rank, "gbdt"), std::make_shared<const task::Chain>(before)});
  }
  EXPECT_THAT(names(mix_variants(from, to, false)), ElementsAre("recall"));
}

TEST(Mixes, ARankerThatKeepsAllIsTheSameWhereMoreArrives) {
  task::VariantSpec from = variant("a", {"als"}, "mlp"), to = variant("b", {"als", "ease"}, "mlp");
  from.chain.rank[0].k = 50;
  to.chain.rank[0].k = 100;
  EXPECT_THAT(names(mix_variants(from, to, false)), ElementsAre("recall"));
  to.chain.rank[0].k = 20;
  const Mixes mixes = mix_variants(from, to, false);
  EXPECT_THAT(names(mixes), ElementsAre("recall", "rank"));
  EXPECT_EQ(mixes.variants[1].chain.rank[0].k, 100) << "all of both sources";
  EXPECT_EQ(mixes.variants[2].chain.rank[0].k, 20);
}

TEST(Mixes, NothingToDivideIsSaid) {
  EXPECT_EQ(refusal(variant("a", {"als"}), variant("b", {"als"}), false),
            "a and b have the same stages with the same parameters: there is nothing to divide");
}

TEST(Mixes, MoreThanSixteenPipelinesAreRefusedWithAWayOut) {
  const std::string said = refusal(variant("a", {"p", "q", "r"}, "s", "t"),
                                   variant("b", {"u", "v", "w"}, "x", "y"), true);
  EXPECT_THAT(said,
              HasSubstr("differ in 5 parts (recall[0], recall[1], recall[2], rank and rerank)"));
  EXPECT_THAT(said, HasSubstr("32 mixed pipelines; at most 4 parts can be divided: leave out --by "
                              "source"));
}

}  // namespace
}  // namespace assay::execution
