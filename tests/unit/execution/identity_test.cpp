#include "execution/identity.h"

#include <gtest/gtest.h>

#include "task/feature_spec.h"

namespace assay::execution {
namespace {

task::FittedStage ranker() {
  task::FittedStage out;
  out.stage.plugin = "gbdt";
  return out;
}

task::FittedStage with(task::FittedStage stage, std::vector<task::CandidateFeature> features) {
  stage.stage.features =
      std::make_shared<const task::FeatureSetSpec>(task::FeatureSetSpec{std::move(features)});
  return stage;
}

TEST(StageIdentity, KnowsNothingOfCandidateFeaturesThatNobodyAsksFor) {
  EXPECT_FALSE(stage_identity(ranker()).contains("candidate_features"));
}

TEST(StageIdentity, DependsOnEachCandidateFeatureAndItsSettings) {
  const task::CandidateFeature rate = {.of = {"item_rate"}};
  task::CandidateFeature smooth = rate;
  smooth.smoothing = 20;
  const task::CandidateFeature log = {.form = task::FeatureForm::log, .of = {"item_rate"}};
  const auto key = [](const task::FittedStage& stage) { return stage_identity(stage).dump(); };
  EXPECT_NE(key(ranker()), key(with(ranker(), {rate})));
  EXPECT_NE(key(with(ranker(), {rate})), key(with(ranker(), {smooth})));
  EXPECT_NE(key(with(ranker(), {rate})), key(with(ranker(), {log})));
  EXPECT_NE(key(with(ranker(), {rate})), key(with(ranker(), {rate, log})));
  EXPECT_NE(key(with(ranker(), {log, rate})), key(with(ranker(), {rate, log})));
}

TEST(StageIdentity, DoesNotDependOnWhereAFeatureStandsInTheFile) {
  task::CandidateFeature here = {.of = {"item_rate"}}, there = here;
  here.where = "a.yaml:3:5";
  there.where = "b.yaml:9:1";
  EXPECT_EQ(stage_identity(with(ranker(), {here})), stage_identity(with(ranker(), {there})));
}

}  // namespace
}  // namespace assay::execution
