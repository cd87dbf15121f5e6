#include "task/stage_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "error/error.h"
#include "metric_catalog/metric_definition.h"

namespace assay::task {
namespace {

using ::testing::ElementsAre;

// Two sources, two rank stages.
const std::vector<MeasuredStage> kChain = {
    {"recall[0]", 0, false}, {"recall[1]", 1, false}, {"recall", 2, false}, {"rank[0]", 3, false},
    {"rank[1]", 4, false},   {"rank", 4, false},      {"served", 4, true}};

std::vector<std::string> names(const MetricAt& at, const std::vector<MeasuredStage>& chain) {
  std::vector<std::string> out;
  for (const MeasuredStage* stage : stages_measured(at, chain)) out.push_back(stage->name);
  return out;
}

TEST(StageMetrics, EachHasItsStages) {
  EXPECT_THAT(names({"recall_ceiling", 0}, kChain),
              ElementsAre("recall[0]", "recall[1]", "recall", "rank[0]", "rank[1]", "rank"));
  EXPECT_THAT(names({"recall{den=R}", 100}, kChain),
              ElementsAre("recall[0]", "recall[1]", "recall", "rank[0]", "rank[1]", "rank"));
  EXPECT_THAT(names({"kept", 0}, kChain), ElementsAre("rank[0]", "rank[1]", "rank", "served"));
  EXPECT_THAT(names({"lost", 0}, kChain),
              ElementsAre("recall", "rank[0]", "rank[1]", "rank", "served"));
  EXPECT_THAT(names({"source_share{list=served}", 0}, kChain),
              ElementsAre("recall[0]", "recall[1]"));
  EXPECT_THAT(names({"source_overlap{per=either}", 0}, kChain), ElementsAre("recall"));
}

TEST(StageMetrics, OneSourceHasNoShareAndNoOverlap) {
  const std::vector<MeasuredStage> chain = {{"recall", 1, false}, {"served", 1, true}};
  EXPECT_THAT(names({"source_share{list=hits}", 0}, chain), ElementsAre());
  EXPECT_THAT(names({"source_overlap{per=either}", 0}, chain), ElementsAre());
  EXPECT_THAT(names({"lost", 0}, chain), ElementsAre("recall", "served"));
}

TEST(StageMetrics, EveryMetricOfWholeListsHasAPlace) {
  for (const metric_catalog::MetricInfo& info : metric_catalog::metric_table()) {
    if (!info.of_whole_lists()) continue;
    EXPECT_FALSE(names({metric_catalog::parse_metric(info.name).id, 0}, kChain).empty())
        << info.name;
  }
  EXPECT_THROW(stages_measured({"mrr", 0}, kChain), error::InternalError);
}

TEST(StageMetrics, AStageIsGivenWhatTheOneBeforeItHandedOn) {
  EXPECT_EQ(stage_before(kChain[2], kChain), nullptr);
  EXPECT_EQ(stage_before(kChain[3], kChain)->name, "recall");
  EXPECT_EQ(stage_before(kChain[4], kChain)->name, "rank[0]");
  EXPECT_EQ(stage_before(kChain[5], kChain)->name, "rank[0]") << "rank is rank[1] once more";
  EXPECT_EQ(stage_before(kChain[6], kChain)->name, "rank");
}

}  // namespace
}  // namespace assay::task
