#include "results/tuning_table.h"

#include <gmock/gmock.h>

#include <cmath>
#include <vector>

#include "results/part_writer.h"
#include "sample_run.h"

namespace assay::results {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TuningTrialRow row_of(int64_t number, int rung, std::optional<double> value) {
  TuningTrialRow row;
  row.number = number;
  row.rung = rung;
  row.params = {{"recall[0].lambda", 0.5}, {"recall[0].loss", "bce"}};
  row.status = value ? TuningStatus::pruned : TuningStatus::failed;
  row.value = value;
  row.requests = 7;
  row.fit_seconds = 1.5;
  row.seconds = 2.5;
  row.curve = {0.1, std::nullopt, 0.3};
  row.reason = value ? "" : "it broke";
  row.artifacts = {"a", "b"};
  row.made = {"a"};
  row.finished = utc_now();
  return row;
}

TEST(TuningTable, GivesBackWhatWasWritten) {
  const sample::Folder folder;
  const auto database = Database::open_or_create(folder / "x.sqlite");
  const TuningTable table(database);
  EXPECT_THAT(table.trials("key"), IsEmpty());
  table.write("key", "{}", row_of(1, 0, std::nullopt));
  table.write("key", "{}", row_of(0, 1, 0.25));
  table.write("other", "{}", row_of(0, 0, 0.5));
  const std::vector<TuningTrialRow> rows = table.trials("key");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].number, 0);
  EXPECT_EQ(rows[0].rung, 1);
  EXPECT_EQ(rows[0].params, row_of(0, 1, 0.25).params);
  EXPECT_EQ(rows[0].status, TuningStatus::pruned);
  EXPECT_EQ(rows[0].value, 0.25);
  EXPECT_EQ(rows[0].requests, 7);
  EXPECT_EQ(rows[0].fit_seconds, 1.5);
  EXPECT_EQ(rows[0].seconds, 2.5);
  EXPECT_THAT(rows[0].curve, ElementsAre(0.1, std::nullopt, 0.3));
  EXPECT_THAT(rows[0].artifacts, ElementsAre("a", "b"));
  EXPECT_THAT(rows[0].made, ElementsAre("a"));
  EXPECT_EQ(rows[1].status, TuningStatus::failed);
  EXPECT_EQ(rows[1].value, std::nullopt);
  EXPECT_EQ(rows[1].reason, "it broke");
}

TEST(TuningTable, ATrialThatIsWrittenAgainIsReplaced) {
  const sample::Folder folder;
  const auto database = Database::open_or_create(folder / "x.sqlite");
  const TuningTable table(database);
  table.write("key", "{}", row_of(0, 0, 0.25));
  table.write("key", "{}", row_of(0, 0, 0.5));
  ASSERT_EQ(table.trials("key").size(), 1U);
  EXPECT_EQ(table.trials("key")[0].value, 0.5);
}

TEST(TuningTable, TheViewFollowsTheBestSoFarAndTheTimeSpent) {
  const sample::Folder folder;
  auto database = Database::open_or_create(folder / "x.sqlite");
  const int64_t run = sample::begin_sample(database);
  const TuningTable table(database);
  for (const auto& [number, value] : {std::pair(0, 0.2), std::pair(1, 0.1), std::pair(2, 0.4)})
    table.write("key", "{}", row_of(number, 0, value));
  RunTuningRow taken;
  taken.run_id = run;
  taken.dataset = "ml100k";
  taken.variant = "control";
  taken.tuning_key = "key";
  taken.method = "tpe";
  taken.trials = 30;
  taken.definition = "ndcg";
  taken.cutoff = 10;
  taken.chosen = 2;
  table.write(taken);
  EXPECT_THAT(
      sample::lines(database,
                    "SELECT trial, best, total_seconds, chosen FROM tuning_trials ORDER BY 1"),
      ElementsAre("0|0.2|2.5|0", "1|0.2|5|0", "2|0.4|7.5|1"));
  ASSERT_EQ(table.of_run(run).size(), 1U);
  EXPECT_EQ(table.of_run(run)[0].chosen, 2);
  EXPECT_EQ(table.of_run(run)[0].seconds, std::nullopt);
}

TEST(TuningTable, TheMeanOfAPartLeavesOutRequestsWithoutAValue) {
  const sample::Folder folder;
  const std::string path = folder / "part.sqlite";
  PartWriter part(path, {"1", "evaluate"});
  const auto shard = part.begin_shard({.trial_key = "t", .work = "tune", .requests = 3});
  const std::vector<float> values = {0.5F, std::nanf(""), 1.0F};
  part.values(shard, {"served", "ndcg", 10}, values);
  part.end_shard(shard, 1);
  part.finish();
  const PartMean mean = part_mean(path, "t", "ndcg", 10);
  EXPECT_EQ(mean.value, 0.75);
  EXPECT_EQ(mean.requests, 2);
  EXPECT_THROW(part_mean(path, "t", "recall", 10), error::UserError);
}

}  // namespace
}  // namespace assay::results
