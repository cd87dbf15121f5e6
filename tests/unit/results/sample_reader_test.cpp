#include <gmock/gmock.h>

#include "sample_run.h"

namespace assay::results {
namespace {

using sample::kNaN;
using sample::lines;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;
using ::testing::IsNan;

/// Of the requests 4 * shard and 4 * shard + 3: lists of two places, whose whole length is 9 and 1.
StageLists lists_of(const std::string& stage, int shard) {
  const int first = 4 * shard;
  return {.stage = stage,
          .size = 2,
          .requests = {first, first + 3},
          .lengths = {9, 1},
          .items = {first, first + 1, first + 2, -1},
          .scores = {2.0F, 1.0F, 0.5F, -std::numeric_limits<float>::infinity()},
          .found_offsets = {0, 2, 2},
          .found_items = {first + 1, 90 + shard},
          .found_ranks = {2, 7}};
}

Explanations said_by(const std::string& place, int shard) {
  const int first = 4 * shard;
  return {.place = place,
          .size = 2,
          .requests = {first, first + 3},
          .rests = {0.5F, 0.0F, 0.25F, kNaN},
          .slots = {0, 0, 2},
          .kinds = {0, 1, 2},
          .ids = {first, 0, 5},
          .weights = {1.5F, -0.5F, 0.125F},
          .reason = ""};
}

struct SampleReaderTest : ::testing::Test {
  sample::Folder folder;
  Database database = Database::open_or_create(folder / "x.sqlite");
  int64_t run = sample::begin_sample(database);
  Reader reader{database};

  /// One part with one shard of trial `c`, and what `more` adds to it.
  template <typename More>
  void merge_shard(int shard, int shards, More&& more) {
    const std::string path = folder / ("part" + std::to_string(shard) + ".sqlite");
    PartWriter part(path, {path, "evaluate"});
    part.host(sample::host_facts());
    const auto id = part.begin_shard({.trial_key = "c",
                                      .shard = shard,
                                      .shards = shards,
                                      .first_request = 4 * shard,
                                      .requests = 4});
    part.values(id, {"served", sample::kNdcg, 10}, std::vector<float>(4, 0.5F));
    more(part, id);
    part.end_shard(id, 0.1);
    part.finish();
    database.merge(path, run, {});
  }
};

TEST_F(SampleReaderTest, GivesTheListsOfAllShardsInTheOrderOfTheirRequests) {
  for (const int shard : {1, 0}) {  // the later one is done first
    merge_shard(shard, 2, [&](PartWriter& part, PartWriter::Shard id) {
      part.stage_lists(id, lists_of("recall[0]", shard));
      part.stage_lists(id, lists_of("recall", shard));
    });
  }
  const std::vector<StageLists> all = reader.stage_lists("c");
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].stage, "recall[0]");
  EXPECT_EQ(all[1].stage, "recall");
  for (const StageLists& lists : all) {
    EXPECT_EQ(lists.size, 2);
    EXPECT_THAT(lists.requests, ElementsAre(0, 3, 4, 7));
    EXPECT_THAT(lists.lengths, ElementsAre(9, 1, 9, 1));
    EXPECT_THAT(lists.items, ElementsAre(0, 1, 2, -1, 4, 5, 6, -1));
    EXPECT_EQ(lists.scores.size(), 8U);
    EXPECT_THAT(lists.found_offsets, ElementsAre(0, 2, 2, 4, 4));
    EXPECT_THAT(lists.found_items, ElementsAre(1, 90, 5, 91));
    EXPECT_THAT(lists.found_ranks, ElementsAre(2, 7, 2, 7));
  }
}

TEST_F(SampleReaderTest, GivesExplanationsWithTheirSlotsCountedOverAllShards) {
  for (const int shard : {1, 0}) {
    merge_shard(shard, 2, [&](PartWriter& part, PartWriter::Shard id) {
      part.explanations(id, said_by("recall[0]", shard));
    });
  }
  const std::vector<Explanations> all = reader.explanations("c");
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].place, "recall[0]");
  EXPECT_THAT(all[0].requests, ElementsAre(0, 3, 4, 7));
  EXPECT_THAT(all[0].rests, ElementsAre(0.5F, 0.0F, 0.25F, IsNan(), 0.5F, 0.0F, 0.25F, IsNan()));
  EXPECT_THAT(all[0].slots, ElementsAre(0, 0, 2, 4, 4, 6));
  EXPECT_THAT(all[0].kinds, ElementsAre(0, 1, 2, 0, 1, 2));
  EXPECT_THAT(all[0].ids, ElementsAre(0, 0, 5, 4, 0, 5));
  EXPECT_THAT(all[0].weights, ElementsAreArray({1.5F, -0.5F, 0.125F, 1.5F, -0.5F, 0.125F}));
  EXPECT_EQ(all[0].reason, "");
}

TEST_F(SampleReaderTest, KeepsWhyAStrategyCouldNotExplain) {
  merge_shard(0, 2, [&](PartWriter& part, PartWriter::Shard id) {
    part.explanations(id, {.place = "rank[0]", .reason = "it threw"});
  });
  merge_shard(1, 2, [&](PartWriter& part, PartWriter::Shard id) {
    part.explanations(id, said_by("rank[0]", 1));
  });
  const std::vector<Explanations> all = reader.explanations("c");
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].reason, "it threw");
  EXPECT_EQ(all[0].size, 2);
  EXPECT_THAT(all[0].requests, ElementsAre(4, 7));
  EXPECT_THAT(all[0].slots, ElementsAre(0, 0, 2));
}

TEST_F(SampleReaderTest, GivesTheRequestsThatARecallStageDoesNotKnow) {
  merge_shard(1, 2, [](PartWriter& part, PartWriter::Shard id) {
    part.unknown_requests(id, {"recall[0]", {4, 6}});
    part.unknown_requests(id, {"recall[0].unknown", {6}});
  });
  merge_shard(0, 2, [](PartWriter& part, PartWriter::Shard id) {
    part.unknown_requests(id, {"recall[0]", {3}});
  });
  const std::vector<UnknownRequests> all = reader.unknown_requests("c");
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].place, "recall[0]");
  EXPECT_THAT(all[0].requests, ElementsAre(3, 4, 6));
  EXPECT_EQ(all[1].place, "recall[0].unknown");
  EXPECT_THAT(all[1].requests, ElementsAre(6));
  EXPECT_THAT(lines(database, "SELECT place, unknown, requests FROM unknown_requests"),
              ElementsAre("recall[0]|3|8", "recall[0].unknown|1|8"));
}

TEST_F(SampleReaderTest, HasNothingOfATrialThatKeptNothing) {
  merge_shard(0, 1, [](PartWriter&, PartWriter::Shard) {});
  EXPECT_THAT(reader.unknown_requests("c"), IsEmpty());
  EXPECT_THAT(reader.stage_lists("c"), IsEmpty());
  EXPECT_THAT(reader.explanations("c"), IsEmpty());
}

TEST_F(SampleReaderTest, AShardThatIsMergedTwiceIsThereOnce) {
  const auto fill = [](PartWriter& part, PartWriter::Shard id) {
    part.stage_lists(id, lists_of("recall", 0));
    part.explanations(id, said_by("recall[0]", 0));
  };
  merge_shard(0, 2, fill);
  database.merge(folder / "part0.sqlite", run, {});
  EXPECT_THAT(reader.stage_lists("c").at(0).requests, ElementsAre(0, 3));
  EXPECT_THAT(reader.explanations("c").at(0).slots, ElementsAre(0, 0, 2));
}

TEST_F(SampleReaderTest, ATrialThatFailsLeavesNone) {
  const std::string path = folder / "p.sqlite";
  PartWriter part(path, {"1", "evaluate"});
  const auto id = part.begin_shard({.trial_key = "c", .requests = 4});
  part.stage_lists(id, lists_of("recall", 0));
  part.explanations(id, said_by("recall[0]", 0));
  part.unknown_requests(id, {"recall[0]", {1}});
  part.end_shard(id, 0.1);
  part.failure({"c", "evaluate", "rank", "tower", 3, "crash", "tower.so crashed"});
  part.finish();
  const auto left = Database::open_readonly(path);
  EXPECT_THAT(lines(left, "SELECT count(*) FROM stage_list"), ElementsAre("0"));
  EXPECT_THAT(lines(left, "SELECT count(*) FROM unknown_request"), ElementsAre("0"));
  EXPECT_THAT(lines(left, "SELECT count(*) FROM explanation"), ElementsAre("0"));
}

TEST_F(SampleReaderTest, RowsThatDoNotFitTogetherAreRefused) {
  PartWriter part(folder / "p.sqlite", {"1", "evaluate"});
  const auto id = part.begin_shard({.trial_key = "c", .requests = 4});
  StageLists lists = lists_of("recall", 0);
  lists.found_ranks.pop_back();
  EXPECT_THROW(part.stage_lists(id, lists), error::InternalError);
  Explanations said = said_by("recall[0]", 0);
  said.rests.pop_back();
  EXPECT_THROW(part.explanations(id, said), error::InternalError);
}

}  // namespace
}  // namespace assay::results
