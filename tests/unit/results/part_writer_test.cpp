#include "results/part_writer.h"

#include <gmock/gmock.h>

#include <fstream>

#include "sample_run.h"

namespace assay::results {
namespace {

namespace fs = std::filesystem;
using sample::kNdcg;
using ::testing::ElementsAre;

TEST(PartWriter, LeavesAFileOnlyWhenFinished) {
  const sample::Folder folder;
  const std::string path = folder / "part.sqlite";
  {
    PartWriter part(path, {"1", "evaluate"});
    sample::write_shard(part, "c", 0, 1);
    EXPECT_FALSE(fs::exists(path));
  }
  EXPECT_TRUE(fs::is_empty(folder.path())) << "a part that was not finished leaves nothing";
  sample::part_of(folder, "part", "c", {0}, 1);
  EXPECT_TRUE(fs::exists(path));
  EXPECT_FALSE(fs::exists(path + ".tmp"));
}

TEST(PartWriter, ReplacesTheRestOfAWriterThatDied) {
  const sample::Folder folder;
  std::ofstream(folder / "part.sqlite.tmp") << "half a part";
  EXPECT_NO_THROW(sample::part_of(folder, "part", "c", {0}, 1));
}

TEST(PartWriter, NamesThePathWhereItsFolderIsMissing) {
  const sample::Folder folder;
  const std::string path = folder / "nowhere/part.sqlite";
  EXPECT_EQ(
      sample::user_error([&] {
        PartWriter part(path, {"1", "fit"});
      }),
      path +
          ": the file cannot be opened; check that its folder exists and is readable and writable");
}

TEST(PartWriter, RefusesAWrongNumberOfValues) {
  const sample::Folder folder;
  PartWriter part(folder / "part.sqlite", {"1", "evaluate"});
  const auto shard = part.begin_shard({.trial_key = "c", .requests = 3});
  EXPECT_THROW(part.values(shard, {"served", kNdcg, 10}, std::vector<float>{1, 2}),
               error::InternalError);
  EXPECT_THROW(part.slates(shard, {2, 1, std::vector<int32_t>{1, 2}, std::vector<float>{1, 1}, {}}),
               error::InternalError);
  EXPECT_THROW(part.slates(shard, {0, 2, std::vector<int32_t>{1, 2}, std::vector<float>{1}, {}}),
               error::InternalError);
}

TEST(PartWriter, RefusesRowsForAShardThatHasEnded) {
  const sample::Folder folder;
  PartWriter part(folder / "part.sqlite", {"1", "evaluate"});
  const auto shard = part.begin_shard({.trial_key = "c", .requests = 1});
  part.end_shard(shard, 1);
  EXPECT_THROW(part.values(shard, {"served", kNdcg, 10}, std::vector<float>{1}),
               error::InternalError);
}

TEST(PartWriter, DropsTheShardsOfATrialThatFails) {
  const sample::Folder folder;
  const std::string path = folder / "part.sqlite";
  PartWriter part(path, {"1", "evaluate"});
  sample::write_shard(part, "c", 0, 1);
  sample::write_shard(part, "d1", 0, 1);
  part.failure({"c", "evaluate", "recall[0]", "ease", 3, "crash", "ease.so crashed (SIGSEGV)"});
  part.finish();
  const auto database = Database::open_readonly(path);
  EXPECT_THAT(sample::lines(database, "SELECT trial_key FROM shard"), ElementsAre("d1"));
  EXPECT_THAT(sample::lines(database, "SELECT DISTINCT trial_key FROM slate"), ElementsAre("d1"));
  EXPECT_THAT(sample::lines(database, "SELECT count(*) FROM shard_value"), ElementsAre("1"));
  EXPECT_THAT(sample::lines(database, "SELECT trial_key, batch FROM failure"), ElementsAre("c|3"));
}

TEST(PartWriter, KeepsTheShardsOfATrialWhoseTimingFails) {
  const sample::Folder folder;
  const std::string path = folder / "part.sqlite";
  PartWriter part(path, {"1", "evaluate"});
  sample::write_shard(part, "c", 0, 1);
  part.failure({"c", "time", "", "", std::nullopt, "timeout", "took longer than 60 s"});
  part.finish();
  const auto database = Database::open_readonly(path);
  EXPECT_THAT(sample::lines(database, "SELECT trial_key FROM shard"), ElementsAre("c"));
}

TEST(PartWriter, KeepsExposureSparseOnlyWhereThatIsSmaller) {
  const sample::Folder folder;
  const std::string path = folder / "part.sqlite";
  PartWriter part(path, {"1", "evaluate"});
  const auto shard = part.begin_shard({.trial_key = "c", .requests = 1});
  std::vector<int32_t> counts(1000);
  counts[7] = 3;
  part.exposure(shard, "few", 10, counts);
  part.exposure(shard, "all", 10, std::vector<int32_t>(1000, 1));
  part.end_shard(shard, 0);
  part.finish();
  const auto database = Database::open_readonly(path);
  EXPECT_THAT(
      sample::lines(database, "SELECT stage, sparse, data FROM shard_exposure ORDER BY stage"),
      ElementsAre("all|0|4000 bytes", "few|1|8 bytes"));
}

}  // namespace
}  // namespace assay::results
