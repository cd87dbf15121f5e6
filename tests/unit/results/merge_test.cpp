#include "results/merge.h"

#include <gmock/gmock.h>

#include <fstream>

#include "sample_run.h"

namespace assay::results {
namespace {

using sample::kCoverage;
using sample::kNaN;
using sample::kNdcg;
using sample::kRecallOfK;
using sample::lines;
using sample::part_of;
using sample::user_error;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::NanSensitiveFloatEq;
using ::testing::Pointwise;

constexpr auto kDone = TrialState::Status::done;
constexpr auto kMissing = TrialState::Status::missing;
constexpr auto kFailed = TrialState::Status::failed;

struct Merge : ::testing::Test {
  sample::Folder folder;
  Database database = Database::open_or_create(folder / "x.sqlite");
  int64_t run = sample::begin_sample(database);

  MergeReport merge(const std::string& part) { return database.merge(part, run, sample::coverage); }
  TrialState::Status status(const std::string& key) {
    return database.trial_states(std::vector{key}).at(0).status;
  }
  std::vector<float> ndcg(const std::string& key) {
    return Reader(database).request_values(key, {"served", kNdcg, 10});
  }
  /// Everything in the file, as text: what must not change.
  std::vector<std::string> everything() {
    std::vector<std::string> all;
    for (const std::string& table :
         lines(database, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")) {
      for (const std::string& row :
           lines(database, fmt::format("SELECT '{0}', * FROM {0}", table))) {
        all.push_back(row);
      }
    }
    return all;
  }
};

TEST_F(Merge, MakesATrialDoneWithItsLastShardAndNotBefore) {
  const MergeReport first = merge(part_of(folder, "p0", "c", {0}, 2));
  EXPECT_EQ(first.shards_added, 1);
  EXPECT_THAT(first.finished_trials, IsEmpty());
  EXPECT_EQ(status("c"), kMissing);
  EXPECT_THAT(lines(database, "SELECT count(*) FROM request_value"), ElementsAre("0"));
  EXPECT_THAT(lines(database, "SELECT count(*) FROM value"), ElementsAre("0"));

  const MergeReport last = merge(part_of(folder, "p1", "c", {1}, 2));
  EXPECT_THAT(last.finished_trials, ElementsAre("c"));
  EXPECT_EQ(status("c"), kDone);
}

TEST_F(Merge, JoinsShardsInRequestOrderWhateverOrderTheyComeIn) {
  merge(part_of(folder, "p1", "c", {1}, 2));
  merge(part_of(folder, "p0", "c", {0}, 2));
  EXPECT_THAT(ndcg("c"),
              Pointwise(NanSensitiveFloatEq(),
                        std::vector<float>{0.5F, 0.51F, 0.52F, kNaN, 0.54F, 0.55F, 0.56F, kNaN}));
  EXPECT_THAT(lines(database, "SELECT requests, excluded, mean FROM request_value"),
              ElementsAre("8|2|0.53"));
}

TEST_F(Merge, GivesTheSameBytesForAnySharding) {
  merge(part_of(folder, "whole", "c", {0, 1, 2}, 3));
  for (const int shard : {2, 0, 1}) {
    merge(part_of(folder, "p" + std::to_string(shard), "d1", {shard}, 3));
  }
  EXPECT_THAT(lines(database,
                    "SELECT count(DISTINCT data), count(DISTINCT mean), count(*) "
                    "FROM request_value"),
              ElementsAre("1|1|2"));
}

TEST_F(Merge, SumsCountsAndAsksForCatalogueMetricsOnce) {
  merge(part_of(folder, "p0", "c", {0}, 2));
  int calls = 0;
  database.merge(part_of(folder, "p1", "c", {1}, 2), run,
                 [&](const std::string& key, std::span<const Exposure> shown) {
                   ++calls;
                   EXPECT_EQ(key, "c");
                   EXPECT_EQ(shown.size(), 1U);
                   EXPECT_EQ(shown[0].requests, 8);
                   EXPECT_THAT(shown[0].counts, ElementsAre(3, 4, 4, 3, 2));
                   return sample::coverage(key, shown);
                 });
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(Reader(database).catalogue_value("c", {"served", kCoverage, 10}), 1.0);
  EXPECT_THAT(lines(database, "SELECT stage, cutoff, relevant, kept FROM stage_count"),
              ElementsAre("recall|0|20|12"));
  EXPECT_THAT(lines(database, "SELECT stage, name, count FROM counter"),
              ElementsAre("recall[0]|short lists|2"));
}

TEST_F(Merge, LeavesNoShardRowsBehind) {
  merge(part_of(folder, "p", "c", {0, 1}, 2));
  for (const char* table : {"shard_value", "shard_exposure", "shard_count", "shard_counter"}) {
    EXPECT_THAT(lines(database, std::string("SELECT count(*) FROM ") + table), ElementsAre("0"));
  }
}

TEST_F(Merge, ChangesNothingWhenRepeated) {
  const std::string p0 = part_of(folder, "p0", "c", {0}, 2),
                    p1 = part_of(folder, "p1", "c", {1}, 2);
  merge(p0);
  const auto half = everything();
  EXPECT_TRUE(merge(p0).already_merged);
  EXPECT_EQ(everything(), half);
  merge(p1);
  const auto whole = everything();
  EXPECT_TRUE(merge(p0).already_merged);
  EXPECT_TRUE(merge(p1).already_merged);
  EXPECT_EQ(everything(), whole);
}

TEST_F(Merge, IgnoresAShardThatWasMadeTwice) {
  merge(part_of(folder, "p0", "c", {0}, 2, 0.5F));
  const MergeReport again = merge(part_of(folder, "retry", "c", {0}, 2, 0.9F));
  EXPECT_EQ(again.shards_added, 0);
  EXPECT_EQ(again.shards_ignored, 1);
  merge(part_of(folder, "p1", "c", {1}, 2, 0.5F));
  EXPECT_FLOAT_EQ(ndcg("c").at(0), 0.5F);
  EXPECT_EQ(merge(part_of(folder, "late", "c", {0, 1}, 2, 0.9F)).shards_ignored, 2);
  EXPECT_EQ(merge(part_of(folder, "later", "c", {0, 1, 2}, 3, 0.9F)).shards_ignored, 3)
      << "a done trial takes no other cut of the same work either";
  EXPECT_EQ(ndcg("c").size(), 8U);
}

TEST_F(Merge, KeepsTwoCutsOfOneTrialApart) {
  merge(part_of(folder, "a", "c", {0}, 3));  // an earlier run, interrupted
  merge(part_of(folder, "b", "c", {0, 1}, 2));
  EXPECT_EQ(status("c"), kDone);
  EXPECT_EQ(ndcg("c").size(), 8U);
  EXPECT_THAT(lines(database, "SELECT shards, shard FROM shard ORDER BY 1, 2"),
              ElementsAre("2|0", "2|1"));
  EXPECT_EQ(Reader(database).slates("c").requests, 8);
}

TEST_F(Merge, LeavesOutAShardThatWasNotEnded) {
  PartWriter part(folder / "p.sqlite", {"1", "evaluate"});
  const auto shard = part.begin_shard({.trial_key = "c", .requests = 1});
  part.values(shard, {"served", kNdcg, 10}, std::vector<float>{1});
  part.finish();
  EXPECT_EQ(merge(folder / "p.sqlite").shards_added, 0);
  EXPECT_THAT(database.missing_shards("c", "evaluate", 1), ElementsAre(0));
}

TEST_F(Merge, AddsAMetricToATrialThatIsDone) {
  merge(part_of(folder, "p", "c", {0, 1}, 2));
  PartWriter part(folder / "score.sqlite", {"2", "score"});
  const auto shard = part.begin_shard({.trial_key = "c", .work = "score:recall", .requests = 8});
  const std::vector<float> recall{1, 0, 1, 0, 1, 0, 1, 0}, other(8, 9.0F);
  part.values(shard, {"served", kRecallOfK, 10}, recall);
  part.values(shard, {"served", kNdcg, 10}, other);  // there already: stays as it is
  part.end_shard(shard, 0.1);
  part.finish();
  EXPECT_THAT(merge(folder / "score.sqlite").finished_trials, ElementsAre("c"));
  EXPECT_EQ(Reader(database).request_values("c", {"served", kRecallOfK, 10}), recall);
  EXPECT_FLOAT_EQ(ndcg("c").at(0), 0.5F);
  EXPECT_THAT(database.kept_metrics("c"),
              ElementsAre(StageMetric{"served", kCoverage, 10}, StageMetric{"served", kNdcg, 10},
                          StageMetric{"served", kRecallOfK, 10}));
}

TEST_F(Merge, RefusesValuesOfOtherRequestsForADoneTrial) {
  merge(part_of(folder, "p", "c", {0, 1}, 2));
  PartWriter part(folder / "score.sqlite", {"2", "score"});
  const auto shard = part.begin_shard({.trial_key = "c", .work = "score:recall", .requests = 3});
  part.values(shard, {"served", kRecallOfK, 10}, std::vector<float>{1, 2, 3});
  part.end_shard(shard, 0.1);
  part.finish();
  EXPECT_THROW(merge(folder / "score.sqlite"), error::InternalError);
  EXPECT_THAT(lines(database, "SELECT count(*) FROM part"), ElementsAre("1"))
      << "the whole part is undone";
}

TEST_F(Merge, RecordsAFailedTrialWithItsReasonAndLetsItBeTriedAgain) {
  PartWriter part(folder / "p.sqlite", {"1", "evaluate"});
  part.failure({"d1", "evaluate", "rerank[0]", "mmr", 3, "crash", "mmr.so crashed (SIGSEGV)"});
  sample::write_shard(part, "c", 0, 1);
  part.finish();
  const MergeReport report = merge(folder / "p.sqlite");
  EXPECT_THAT(report.failed_trials, ElementsAre("d1"));
  EXPECT_EQ(status("d1"), kFailed);
  EXPECT_EQ(status("c"), kDone) << "the others finish";
  EXPECT_EQ(database.trial_states(std::vector<std::string>{"d1"}).at(0).reason,
            "mmr.so crashed (SIGSEGV)");
  database.retry_trial("d1");
  EXPECT_EQ(status("d1"), kMissing);
  EXPECT_THAT(lines(database, "SELECT * FROM failures"), IsEmpty());
}

TEST_F(Merge, TurnsAFailedTrialIntoADoneOneWhenAllItsShardsCome) {
  database.write(FailureRow{"c", "evaluate", "", "", std::nullopt, "timeout", "no answer in 60 s"});
  EXPECT_EQ(status("c"), kFailed);
  merge(part_of(folder, "p", "c", {0}, 1));
  EXPECT_EQ(status("c"), kDone);
  EXPECT_THAT(lines(database, "SELECT * FROM failures"), IsEmpty());
}

TEST_F(Merge, LeavesADoneTrialDoneWhenItsTimingFails) {
  merge(part_of(folder, "p", "c", {0}, 1));
  database.write(FailureRow{"c", "time", "served", "", std::nullopt, "timeout", "no answer"});
  EXPECT_EQ(status("c"), kDone);
  EXPECT_THAT(lines(database, "SELECT variant, stage, plugin, kind FROM failures"),
              ElementsAre("control|served|NULL|timeout"));
}

TEST_F(Merge, TellsWhichTrialsAndShardsAreMissing) {
  merge(part_of(folder, "p", "c", {0}, 1));
  merge(part_of(folder, "q", "d1", {2}, 4));
  const std::vector<std::string> keys{"d2", "c", "unknown", "d1", "d2"};
  EXPECT_THAT(database.missing_trials(keys), ElementsAre("d2", "unknown", "d1"));
  EXPECT_THAT(database.missing_shards("d1", "evaluate", 4), ElementsAre(0, 1, 3));
  EXPECT_THAT(database.missing_shards("d1", "evaluate", 2), ElementsAre(0, 1));
}

TEST_F(Merge, SharesATrialBetweenRuns) {
  merge(part_of(folder, "p", "c", {0}, 1));
  const int64_t second = sample::begin_sample(database, "another");
  const auto trials = Reader(database).trials(second);
  EXPECT_EQ(trials.at(0).trial_key, "c");
  EXPECT_EQ(trials.at(0).status, kDone);
  EXPECT_EQ(Reader(database).environments(second).size(), 1U)
      << "the machine that made a reused trial is known";
}

TEST_F(Merge, KeepsWhatAFitSaid) {
  PartWriter part(folder / "p.sqlite", {"1", "fit"});
  part.note({"artifact-c", "epochs", "7"});
  part.artifact({"artifact-c", "ease", "recall[0]", 1.5, 4096, 8192});
  part.note({"artifact-c", "epochs", "8"});
  part.finish();
  merge(folder / "p.sqlite");
  EXPECT_THAT(lines(database,
                    "SELECT plugin, seconds, bytes, key, value FROM artifact "
                    "JOIN note USING (artifact_key)"),
              ElementsAre("ease|1.5|4096|epochs|8"));
}

TEST_F(Merge, KeepsTheCurvesOfAFitAndOfOneMadeAgainTheNewOnes) {
  const auto fit = [&](const std::string& name, const std::vector<int64_t>& steps) {
    PartWriter part(folder / name, {name, "fit"});
    task::FitCurve curve{"loss", steps, {}};
    for (const int64_t step : steps) curve.values.push_back(1.0 / static_cast<double>(step));
    part.fit({.artifact_key = "artifact-c",
              .plugin = "bpr",
              .stage = "recall[0]",
              .seconds = 1.5,
              .fit_bytes = 4096,
              .notes = {{"epochs", std::to_string(steps.size())}},
              .curves = {curve},
              .measured = {{kNdcg, 10, 4, 0.25}}});
    part.finish();
    merge(folder / name);
  };
  fit("first.sqlite", {1, 2, 4});
  fit("second.sqlite", {1, 2});
  EXPECT_THAT(lines(database, "SELECT curve, step, value FROM learning_curves ORDER BY step"),
              ElementsAre("loss|1|1", "loss|2|0.5"));
  EXPECT_THAT(lines(database,
                    "SELECT plugin, seconds, fit_bytes, value FROM artifact JOIN note "
                    "USING (artifact_key)"),
              ElementsAre("bpr|1.5|4096|2"));
  EXPECT_THAT(lines(database, "SELECT variant, metric, cutoff, value FROM validation_metrics"),
              ElementsAre("control|ndcg|10|0.25"));
}

TEST_F(Merge, RefusesAPartOfAnotherResultsFile) {
  const std::string part = part_of(folder, "p", "stranger", {0}, 1);
  EXPECT_EQ(user_error([&] { merge(part); }),
            part + ": the part belongs to another results file: trial stranger is not known in " +
                (folder / "x.sqlite"));
}

TEST_F(Merge, RefusesWhatIsNoPart) {
  const std::string text = folder / "text";
  std::ofstream(text) << "this is a text file, not a part";
  EXPECT_THAT(user_error([&] { merge(text); }), HasSubstr("this is not an SQLite database"));
  EXPECT_EQ(user_error([&] { merge(folder / "none"); }),
            (folder / "none") + ": there is no such file");
  { auto other = Database::open_or_create(folder / "other.sqlite"); }
  EXPECT_EQ(user_error([&] { merge(folder / "other.sqlite"); }),
            (folder / "other.sqlite") + ": this is a results file, but no finished part of a task");
}

TEST_F(Merge, RefusesADamagedPartWholeAndGoesOn) {
  const std::string path = part_of(folder, "p", "c", {0}, 1);
  const auto size = std::filesystem::file_size(path);
  std::filesystem::resize_file(path, size - 8192);
  const auto before = everything();
  EXPECT_THAT(user_error([&] { merge(path); }), HasSubstr(path + ": the "));
  EXPECT_EQ(everything(), before);
  merge(part_of(folder, "good", "c", {0}, 1));
  EXPECT_EQ(status("c"), kDone);
}

TEST_F(Merge, UndoesThePartWhenItsCatalogueMetricsFail) {
  const std::string part = part_of(folder, "p", "c", {0}, 1);
  const auto before = everything();
  EXPECT_THROW(database.merge(part, run,
                              [](const std::string&,
                                 std::span<const Exposure>) -> std::vector<CatalogueValue> {
                                throw std::runtime_error("no metric");
                              }),
               std::runtime_error);
  EXPECT_EQ(everything(), before);
  EXPECT_THAT(merge(part).finished_trials, ElementsAre("c"));
}

TEST_F(Merge, RefusesAMetricThatOneShardLacks) {
  merge(part_of(folder, "p0", "c", {0}, 2));
  PartWriter part(folder / "p1.sqlite", {"1", "evaluate"});
  const auto shard = part.begin_shard(
      {.trial_key = "c", .shard = 1, .shards = 2, .first_request = 4, .requests = 4});
  part.end_shard(shard, 1);
  part.finish();
  EXPECT_THROW(merge(folder / "p1.sqlite"), error::InternalError);
}

}  // namespace
}  // namespace assay::results
