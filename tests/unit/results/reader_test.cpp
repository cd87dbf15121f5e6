#include "results/reader.h"

#include <gmock/gmock.h>

#include "sample_run.h"

namespace assay::results {
namespace {

using sample::kNdcg;
using sample::lines;
using sample::user_error;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct ReaderTest : ::testing::Test {
  sample::Folder folder;
  Database database = Database::open_or_create(folder / "x.sqlite");
  int64_t run = sample::begin_sample(database);
  Reader reader{database};

  void merge(PartWriter& part) {
    part.finish();
    database.merge(folder / "p.sqlite", run, {});
  }
  void finish(const std::string& key) {
    database.merge(sample::part_of(folder, "part-" + key, key, {0, 1}, 2), run, sample::coverage);
  }
};

TEST_F(ReaderTest, GivesARunBackAsItWasWritten) {
  database.finish_run(run, RunStatus::failed, "2026-11-22T22:00:00Z");
  const RunInfo info = reader.runs().at(0);
  EXPECT_EQ(info.run_id, run);
  EXPECT_EQ(info.status, RunStatus::failed);
  EXPECT_EQ(info.finished, "2026-11-22T22:00:00Z");
  const RunRow expected = sample::run_row();
  EXPECT_EQ(info.row.experiment, expected.experiment);
  EXPECT_EQ(info.row.config, expected.config);
  EXPECT_EQ(info.row.primary_definition, expected.primary_definition);
  EXPECT_EQ(info.row.primary_cutoff, 10);
  EXPECT_EQ(info.row.margin, 0.002);
  EXPECT_EQ(info.row.build_type, "Release");
}

TEST_F(ReaderTest, ListsVariantsAndTrialsInTheOrderOfTheFile) {
  EXPECT_TRUE(reader.variants(run).at(0).is_baseline);
  EXPECT_EQ(reader.variants(run).at(1).name, "diverse");
  const auto trials = reader.trials(run);
  ASSERT_EQ(trials.size(), 3U);
  EXPECT_EQ(trials[0].trial_key, "c");
  EXPECT_EQ(trials[0].seed, std::nullopt);
  EXPECT_EQ(trials[2].trial_key, "d2");
  EXPECT_EQ(trials[2].seed, 2);
  EXPECT_EQ(trials[2].request_set, "requests-1");
}

TEST_F(ReaderTest, GivesBackHowPluginsWereBuiltAndWhatTheirChecksFound) {
  const task::ContractCheck check{
      "ease", "recall", 41, 43, "fit repeats: it does not", "built-in data", "2026-11-22T21:50:03Z",
      "0.1.0"};
  const std::vector<PluginStateRow> written{
      {.run_id = run, .plugin = "my_metric", .kind = "metric", .so_sha256 = "ef"},
      {.run_id = run,
       .variant = "control",
       .plugin = "ease",
       .kind = "recall",
       .so_sha256 = "ab12",
       .build_type = "Debug",
       .optimised = false,
       .check = check,
       .checked_by_build = true}};
  for (const PluginStateRow& row : written) database.write(row);
  const std::vector<PluginStateRow> read = Reader(database).plugin_states(run);
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[0].variant, "");
  EXPECT_EQ(read[0].plugin, "my_metric");
  EXPECT_TRUE(read[0].optimised);
  EXPECT_EQ(read[0].check, std::nullopt) << "never checked";
  EXPECT_EQ(read[1].variant, "control");
  EXPECT_EQ(read[1].build_type, "Debug");
  EXPECT_FALSE(read[1].optimised);
  EXPECT_EQ(read[1].check, check);
  EXPECT_TRUE(read[1].checked_by_build);
}

TEST_F(ReaderTest, KnowsTheMetricsIncludingLatency) {
  const auto metrics = reader.metrics();
  ASSERT_EQ(metrics.size(), 4U);
  EXPECT_EQ(metrics[1].name, "latency_ms");
  EXPECT_EQ(metrics[1].higher_is_better, false);
  EXPECT_EQ(metrics[2].definition, kNdcg);
}

TEST_F(ReaderTest, NamesValuesThatAreNotThere) {
  EXPECT_EQ(user_error([&] {
              reader.request_values("c", {"served", kNdcg, 5});
            }),
            (folder / "x.sqlite") + ": trial c has no values a request of " + kNdcg +
                "@5 at stage served");
}

TEST_F(ReaderTest, GivesSlatesWholeAndInPieces) {
  finish("c");
  const Slates all = reader.slates("c");
  EXPECT_EQ(all.requests, 8);
  EXPECT_EQ(all.size, 2);
  EXPECT_THAT(all.items, ElementsAre(0, 1, 1, 2, 2, 3, 3, 4, 4, 0, 0, 1, 1, 2, 2, 3));
  EXPECT_EQ(all.scores.size(), 16U);
  EXPECT_THAT(all.propensity, IsEmpty());
  const Slates middle = reader.slates("c", 3, 3);
  EXPECT_EQ(middle.requests, 3);
  EXPECT_THAT(middle.items, ElementsAre(3, 4, 4, 0, 0, 1));
  EXPECT_EQ(reader.slates("c", 6, 100).requests, 2);
  EXPECT_EQ(reader.slates("c", 8, 1).requests, 0);
}

TEST_F(ReaderTest, GivesPropensitiesWhereTheyWereKept) {
  PartWriter part(folder / "p.sqlite", {"1", "evaluate"});
  const auto shard = part.begin_shard({.trial_key = "c", .requests = 1});
  const std::vector<int32_t> items{4, -1};
  const std::vector<float> scores{1, -std::numeric_limits<float>::infinity()}, p{0.5F, 1.0F};
  part.slates(shard, {0, 2, items, scores, p});
  part.end_shard(shard, 0);
  merge(part);
  const Slates slates = reader.slates("c");
  EXPECT_EQ(slates.items, items);
  EXPECT_EQ(slates.scores, scores);
  EXPECT_EQ(slates.propensity, p);
}

TEST_F(ReaderTest, HasNoSlatesOfATrialThatIsNotDone) {
  EXPECT_EQ(user_error([&] { reader.slates("c"); }),
            (folder / "x.sqlite") + ": trial c is not done, or has no served lists");
}

TEST_F(ReaderTest, GivesLatencySamplesBack) {
  PartWriter part(folder / "p.sqlite", {"1", "time"});
  const std::vector<float> ms{1.5F, 2.5F};
  LatencySamples samples{.timing_key = "t",
                         .trial_key = "c",
                         .scenario = "{}",
                         .stage = "served",
                         .offered_qps = 200,
                         .ms = ms};
  part.latency(samples);
  samples.role = LatencySamples::Role::baseline_repeat;
  samples.ms = {};
  part.latency(samples);
  part.resource({"c", "single_stream", 0.5, "rss_bytes", 1e6, ""});
  part.resource({"c", "server", 0, "gpu_bytes", std::nullopt, "the worker uses no GPU"});
  merge(part);
  const auto kept = reader.latency("c");
  ASSERT_EQ(kept.size(), 2U);
  EXPECT_EQ(kept[0].ms, ms);
  EXPECT_EQ(kept[0].row.offered_qps, 200);
  EXPECT_EQ(kept[0].row.achieved_qps, std::nullopt);
  EXPECT_EQ(kept[1].row.role, LatencySamples::Role::baseline_repeat);
  EXPECT_THAT(kept[1].ms, IsEmpty());
  EXPECT_THAT(lines(database,
                    "SELECT trial_key, phase, seconds, name, value, reason "
                    "FROM resource_sample"),
              ElementsAre("c|single_stream|0.5|rss_bytes|1e+06|NULL",
                          "c|server|0|gpu_bytes|NULL|the worker uses no GPU"));
}

TEST_F(ReaderTest, KeepsTimesOfEachWayToHostApart) {
  PartWriter part(folder / "p.sqlite", {"1", "time"});
  const std::vector<float> alone{9}, hosted{2};
  LatencySamples samples{
      .timing_key = "t", .trial_key = "c", .scenario = "{}", .stage = "served", .ms = alone};
  samples.serving = "{\"instances\":1}";
  samples.counts = {{task::LoadCountKind::arrived, 5},
                    {task::LoadCountKind::answered, 1},
                    {task::LoadCountKind::shed, 4}};
  part.latency(samples);
  samples.serving = "{\"instances\":2}";
  samples.ms = hosted;
  samples.counts = {{task::LoadCountKind::arrived, 1}, {task::LoadCountKind::answered, 1}};
  part.latency(samples);
  merge(part);
  const auto kept = reader.latency("c");
  ASSERT_EQ(kept.size(), 2U);
  EXPECT_EQ(kept[0].row.serving, "{\"instances\":1}");
  EXPECT_EQ(kept[0].ms, alone);
  EXPECT_EQ(kept[1].row.serving, "{\"instances\":2}");
  EXPECT_EQ(kept[1].ms, hosted);
  EXPECT_THAT(lines(database, "SELECT serving, kind, count FROM load_count ORDER BY 1, 2"),
              ElementsAre("{\"instances\":1}|answered|1", "{\"instances\":1}|arrived|5",
                          "{\"instances\":1}|shed|4", "{\"instances\":2}|answered|1",
                          "{\"instances\":2}|arrived|1"));
}

TEST_F(ReaderTest, GivesRequestSetsBack) {
  const std::vector<std::string> ids{"u\"1\\", "", "ü\n"};
  const std::vector<int32_t> users{3, -1, 5}, truth{7, 8, 9};
  const std::vector<int64_t> times{100, -1, 300}, offsets{0, 1, 1, 3};
  const RequestSetRow row{.request_set = "r",
                          .prepared_hash = "h",
                          .fold = "all",
                          .window = "test",
                          .user_ids = ids,
                          .users = users,
                          .times = times,
                          .truth_offsets = offsets,
                          .truth_items = truth};
  database.write(row);
  database.write(row);  // known already
  EXPECT_EQ(reader.request_users("r").users, users);
  EXPECT_EQ(reader.request_users("r").times, times);
  EXPECT_EQ(reader.truth("r").offsets, offsets);
  EXPECT_EQ(reader.truth("r").items, truth);
  EXPECT_EQ(reader.history("r"), std::nullopt);
  EXPECT_THAT(lines(database, "SELECT u.key, u.value FROM request_user, json_each(user_ids) AS u"),
              ElementsAre("0|u\"1\\", "1|", "2|ü\n"));
  EXPECT_EQ(user_error([&] { reader.truth("none"); }), "there is no request set none in this file");
}

TEST_F(ReaderTest, KeepsHistoriesWhereTheyAreGiven) {
  const std::vector<std::string> ids{"a"};
  const std::vector<int32_t> users{0}, none, history{1, 2};
  const std::vector<int64_t> times{-1}, empty{0, 0}, offsets{0, 2};
  database.write(
      RequestSetRow{"r", "h", "all", "test", ids, users, times, empty, none, offsets, history});
  EXPECT_EQ(reader.history("r")->items, history);
  EXPECT_THAT(reader.truth("r").items, IsEmpty());
}

TEST_F(ReaderTest, TellsOutsideIdsOfServedItems) {
  finish("c");
  database.write(CatalogueRow{"h", std::vector<std::string>{"i0", "i1", "i2", "i3", "i4"}});
  EXPECT_THAT(lines(database,
                    "SELECT items, i.value FROM catalogue, json_each(item_ids) AS i "
                    "WHERE i.key = 3"),
              ElementsAre("5|i3"));
}

TEST_F(ReaderTest, TellsTheMachinesAndTheFitsOfARun) {
  finish("c");
  finish("d1");
  const auto environments = reader.environments(run);
  ASSERT_EQ(environments.size(), 1U) << "the same machine twice is one";
  EXPECT_EQ(environments[0].torch, "2.13.0");
  EXPECT_EQ(environments[0].cuda, std::nullopt);
  database.write(ArtifactRow{"a1", "ease", "recall[0]", 1.5, 10, std::nullopt});
  database.write(ArtifactRow{"a2", "als", "recall[0]", 2.5, std::nullopt, std::nullopt});
  EXPECT_EQ(reader.artifacts().size(), 2U);
  EXPECT_EQ(reader.artifacts("als").at(0).seconds, 2.5);
  EXPECT_THAT(
      lines(database, "SELECT place, artifact_key FROM trial_artifact WHERE trial_key = 'c'"),
      ElementsAre("recall[0]|artifact-c"));
}

TEST_F(ReaderTest, CountsLooksAtTheTestWindowOfThePreparedData) {
  database.write(TestLookRow{run, "ml100k", "h", "2026-11-21T10:00:00Z"});
  const int64_t second = database.begin_run(sample::run_row());
  database.write(TestLookRow{second, "renamed", "h", "2026-11-22T10:00:00Z"});
  EXPECT_THAT(reader.test_looks("h"), ElementsAre("2026-11-21T10:00:00Z", "2026-11-22T10:00:00Z"));
}

TEST_F(ReaderTest, KeepsProvenance) {
  database.write(DataSourceRow{run, "ml100k", "all", "movielens-100k", "s", "p", 943, 1682, 100000,
                               "{}", "research use", std::nullopt});
  database.write(AuditRow{run, "ml100k", "all", "test before train", AuditRow::Kind::property,
                          "found", "3,120 events"});
  database.write(DataRemovedRow{run, "ml100k", "2", "filter", "fewer than 5 events", 3, 0, 9});
  database.write(DataDescriptionRow{run, "ml100k", R"({"users":943})"});
  database.write(EventRow{run, "2026-11-22T21:50:04Z", "warning", "slow disk"});
  EXPECT_THAT(lines(database, "SELECT source, users, licence, citation FROM data_source"),
              ElementsAre("movielens-100k|943|research use|NULL"));
  EXPECT_THAT(lines(database, "SELECT check_name, kind, result FROM audit"),
              ElementsAre("test before train|property|found"));
  EXPECT_THAT(lines(database, "SELECT fold, step, reason, users FROM data_removed"),
              ElementsAre("2|filter|fewer than 5 events|3"));
  EXPECT_THAT(lines(database, "SELECT dataset, description ->> 'users' FROM data_description"),
              ElementsAre("ml100k|943"));
  EXPECT_THAT(lines(database, "SELECT level, text FROM event"), ElementsAre("warning|slow disk"));
  EXPECT_THAT(lines(database, "SELECT place, plugin, so_sha256, params FROM stage LIMIT 1"),
              ElementsAre("recall[0]|ease|ab12|{\"l2\":250}"));
}

// -- query
// -------------------------------------------------------------------------------------------------------

TEST_F(ReaderTest, AnswersQueriesWithTypedCells) {
  const std::vector<Cell> parameters{int64_t{2}, std::string("x"), 0.5, Cell{}, Blob{"ab"}};
  const QueryAnswer table =
      reader.query("SELECT ? AS n, ? AS t, ? AS r, ? AS z, ? AS b", parameters);
  EXPECT_THAT(table.columns, ElementsAre("n", "t", "r", "z", "b"));
  ASSERT_EQ(table.rows.size(), 1U);
  EXPECT_EQ(std::get<int64_t>(table.rows[0][0]), 2);
  EXPECT_EQ(std::get<std::string>(table.rows[0][1]), "x");
  EXPECT_EQ(std::get<double>(table.rows[0][2]), 0.5);
  EXPECT_TRUE(std::holds_alternative<std::monostate>(table.rows[0][3]));
  EXPECT_EQ(std::get<Blob>(table.rows[0][4]).bytes, "ab");
}

TEST_F(ReaderTest, ExplainsMistakesInSql) {
  const auto error = [&](const char* sql) { return user_error([&] { reader.query(sql); }); };
  EXPECT_EQ(error("SELECT men FROM leaderboard"), "SQL: no such column: men");
  EXPECT_EQ(error("SELEKT 1"), "SQL: near \"SELEKT\": syntax error");
  EXPECT_EQ(error(" "), "SQL: there is no statement to run");
  EXPECT_EQ(error("SELECT 1; SELECT 2"),
            "SQL: there is more than one statement; give one at a time");
  EXPECT_EQ(error("DELETE FROM run"),
            "SQL: the statement would change the file; only reading is possible here");
  EXPECT_EQ(error("SELECT ?"), "SQL: the statement has 1 parameters, 0 values are given");
  EXPECT_EQ(error("SELECT 1 ;  "), "");
}

TEST_F(ReaderTest, HasValuesOfEachRequestAsATable) {
  finish("c");
  EXPECT_THAT(
      lines(database, "SELECT request, value FROM request_values('c', 'ndcg', 10)"),
      ElementsAre("0|0.5", "1|0.51", "2|0.52", "3|NULL", "4|0.54", "5|0.55", "6|0.56", "7|NULL"));
  EXPECT_THAT(lines(database, "SELECT count(value), count(*) FROM request_values('c', '" + kNdcg +
                                  "', 10, 'served')"),
              ElementsAre("6|8"));
}

TEST_F(ReaderTest, JoinsValuesOfEachRequestOverTrials) {
  finish("c");
  finish("d1");
  EXPECT_THAT(lines(database,
                    "SELECT v.name, l.seed, round(avg(x.value), 4) FROM run_trial AS l "
                    "JOIN variant AS v USING (variant_id), request_values(l.trial_key, 'ndcg', 10) "
                    "AS x GROUP BY 1, 2 ORDER BY 1, 2"),
              ElementsAre("control|NULL|0.53", "diverse|1|0.53"))
      << "d2 is not done, so it has no rows";
}

TEST_F(ReaderTest, ExplainsWrongParametersOfRequestValues) {
  finish("c");
  const auto error = [&](const char* arguments) {
    return user_error(
        [&] { reader.query(std::string("SELECT * FROM request_values") + arguments); });
  };
  EXPECT_EQ(error("('c', 'ndgc', 10)"),
            "SQL: request_values: \"ndgc\" is no metric of this file; did you mean \"ndcg\"?");
  EXPECT_EQ(error("('c', 'ndcg', 5)"),
            "SQL: request_values: ndcg of stage served is stored at cutoff 10, not at 5");
  EXPECT_EQ(
      error("('c')"),
      "SQL: request_values needs a trial and a metric: request_values(trial, metric, cutoff)");
}

}  // namespace
}  // namespace assay::results
