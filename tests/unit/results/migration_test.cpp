#include "results/migration.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>

#include "results/explained_table.h"
#include "results/run_process.h"
#include "results/schema.h"
#include "sample_run.h"

namespace assay::results {
namespace {

using sample::lines;
using sample::user_error;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// As later work would add its own: a new table, a new column of an old one.
const Migration kAddsTuning{"adds tuning_step",
                            R"sql(CREATE TABLE tuning_step (
            trial_key TEXT NOT NULL REFERENCES trial ON DELETE CASCADE,
            step INTEGER NOT NULL, objective REAL, PRIMARY KEY (trial_key, step)) STRICT;
          ALTER TABLE run ADD COLUMN tuned_trials INTEGER;)sql"};

std::vector<Migration> with(const Migration& next) {
  std::vector<Migration> steps(migrations().begin(), migrations().end());
  steps.push_back(next);
  return steps;
}

/// A run of two variants as the first version wrote it: what writes rows today knows later columns.
constexpr char kFirstRows[] = R"sql(
  INSERT INTO run VALUES (1, 'quickstart', '', 'running', '2026-11-22T21:50:03Z', NULL, '', '[1]', 1,
    'ndcg', 10, 0.05, NULL, '', '', '', '', '');
  INSERT INTO variant VALUES (1, 1, 'control', '{}', 0, 1), (2, 1, 'diverse', '{}', 1, 0);
  INSERT INTO trial (trial_key, spec, request_set) VALUES ('c', '{}', 'r'), ('d', '{}', 'r');
  INSERT INTO run_trial VALUES (1, 1, 'ml100k', 'all', NULL, 'c'), (1, 2, 'ml100k', 'all', NULL, 'd');
  INSERT INTO latency VALUES
    (1, 't', 'c', '{}', 'served', 0, 'normal', NULL, 100, NULL, 1, x'0000803f');
  INSERT INTO part VALUES ('p', 1, '1', 'time', '2026-11-22T21:50:03Z', NULL);
  INSERT INTO resource_sample VALUES ('p', 'c', 'single_stream', 0.5, 'rss_bytes', 1e6);)sql";

/// A done trial as schema 10 has it.
constexpr char kFirstRows10[] = R"sql(
  INSERT INTO run VALUES (1, 'quickstart', '', 'done', '2026-11-22T21:50:03Z', NULL, '', '[1]', 1,
    'ndcg', 10, 0.05, NULL, '', '', '', '', '');
  INSERT INTO variant VALUES (1, 1, 'control', '{}', 0, 1, '');
  INSERT INTO trial (trial_key, spec, request_set, status, requests)
    VALUES ('c', '{}', 'r', 'done', 8);
  INSERT INTO run_trial VALUES (1, 1, 'ml100k', 'all', NULL, 'c');)sql";

struct MigrationTest : ::testing::Test {
  sample::Folder folder;
  std::string path = folder / "x.sqlite";

  void write_version_1() {
    const std::vector<Migration> first(migrations().begin(), migrations().begin() + 1);
    Database::open_or_create(path, 100, first).close();
    SQLite::Database(path, SQLite::OPEN_READWRITE).exec(kFirstRows);
  }
  int version() { return SQLite::Database(path).execAndGet("PRAGMA user_version").getInt(); }
};

TEST_F(MigrationTest, BringsAFileOfTheFirstVersionUpToDateAndKeepsItsRows) {
  write_version_1();
  EXPECT_EQ(version(), 1);
  auto database = Database::open_or_create(path, 100, with(kAddsTuning));
  EXPECT_EQ(version(), migrations().size() + 1);
  EXPECT_THAT(lines(database, "SELECT experiment, tuned_trials FROM run"),
              ElementsAre("quickstart|NULL"));
  EXPECT_THAT(lines(database, "SELECT count(*) FROM tuning_step"), ElementsAre("0"));
  EXPECT_THAT(lines(database, "SELECT DISTINCT variant FROM leaderboard ORDER BY 1"),
              ElementsAre("control", "diverse"));
  EXPECT_THAT(lines(database, "SELECT trial_key, serving, samples, hex(data) FROM latency"),
              ElementsAre("c||1|0000803F"));
  EXPECT_THAT(lines(database, "SELECT name, value, reason FROM resource_sample"),
              ElementsAre("rss_bytes|1e+06|NULL"));
  EXPECT_THAT(database.check(), IsEmpty());
}

TEST_F(MigrationTest, FindsTheFoldsInWhatWasWrittenBeforeTheyHadAColumn) {
  write_version_1();
  SQLite::Database(path, SQLite::OPEN_READWRITE).exec(R"sql(
    INSERT INTO trial (trial_key, spec, request_set) VALUES ('f9', '{}', 'r'), ('f10', '{}', 'r');
    INSERT INTO run_trial VALUES (1, 1, 'shop', '9', NULL, 'f9'), (1, 1, 'shop', '10', NULL, 'f10');
    INSERT INTO data_source VALUES (1, 'ml100k', 's', 'h', 'p', 1, 2, 3, '{}', NULL, NULL),
      (1, 'shop', 's', 'h', 'q', 1, 2, 3, '{}', NULL, NULL);
    INSERT INTO audit VALUES (1, 'shop', 'cold_users', 'property', 'found', 'fold 1: ...');
    INSERT INTO data_removed VALUES (1, 'shop', 'fold 10: filter', 'k_core 3', 1, 2, 3),
      (1, 'ml100k', 'filter', 'folded', 1, 2, 3);)sql");
  auto database = Database::open_or_create(path);
  EXPECT_THAT(lines(database, "SELECT dataset, fold, prepared_hash FROM data_source ORDER BY 1"),
              ElementsAre("ml100k|all|p", "shop|10|q"));
  EXPECT_THAT(lines(database, "SELECT fold, check_name, result FROM audit"),
              ElementsAre("all|cold_users|found"));
  EXPECT_THAT(lines(database, "SELECT fold, step, reason FROM data_removed ORDER BY 1"),
              ElementsAre("10|filter|k_core 3", "all|filter|folded"));
}

TEST_F(MigrationTest, KeepsTheUsersThatStoodWithTheirRequestSet) {
  write_version_1();
  SQLite::Database(path, SQLite::OPEN_READWRITE).exec(R"sql(
    INSERT INTO request_set VALUES ('r', 'h', 'all', 'test', 2, '["ann","bob"]', x'0000000001000000',
      x'', x'', x'', NULL, NULL);)sql");
  const auto database = Database::open_or_create(path);
  EXPECT_THAT(Reader(database).request_user_ids("r"), ElementsAre("ann", "bob"));
  EXPECT_THAT(Reader(database).request_users("r").users, ElementsAre(0, 1));
}

TEST_F(MigrationTest, AddsTheStateOfPluginsToAFileOfSchema8AndKeepsItsRows) {
  const std::vector<Migration> before(migrations().begin(), migrations().begin() + 8);
  {
    auto database = Database::open_or_create(path, 100, before);
    const int64_t run = database.begin_run(sample::run_row());
    database.write(sample::variant_row(run, "control", 0));
    database.close();
  }
  EXPECT_EQ(version(), 8);
  auto database = Database::open_or_create(path);
  EXPECT_GE(version(), 9);
  EXPECT_THAT(lines(database, "SELECT name, plugin FROM variant JOIN stage USING (variant_id)"),
              ElementsAre("control|ease"));
  EXPECT_THAT(Reader(database).plugin_states(1), IsEmpty()) << "an old run kept none";
  database.write(PluginStateRow{.run_id = 1, .variant = "control", .plugin = "ease"});
  EXPECT_EQ(Reader(database).plugin_states(1).size(), 1U);
  EXPECT_THAT(database.check(), IsEmpty());
}

TEST_F(MigrationTest, KeepsRunsAndLooksOfAFileThatKnowsNoRulesOfVerdicts) {
  const std::span<const Migration> all = migrations();
  const auto step = std::ranges::find_if(all, [](const Migration& migration) {
    return std::string(migration.what).find("rules of a run's verdicts") != std::string::npos;
  });
  ASSERT_NE(step, all.end());
  const std::vector<Migration> before(all.begin(), step);
  Database::open_or_create(path, 100, before).close();
  SQLite::Database(path, SQLite::OPEN_READWRITE).exec(R"sql(
    INSERT INTO run (run_id, experiment, description, status, started, config, seeds, seed,
      primary_definition, primary_cutoff, alpha, command_line, assay_version, git_commit,
      build_type, compiler) VALUES (1, 'quickstart', '', 'done', '2026-11-22T21:50:03Z', '', '[1]', 1,
      'ndcg', 10, 0.05, '', '', '', '', '');
    INSERT INTO test_look (run_id, dataset, prepared_hash, time)
      VALUES (1, 'ml100k', 'h', '2026-11-22T21:50:03Z');)sql");
  auto database = Database::open_or_create(path);
  EXPECT_THAT(lines(database, "SELECT judged_by, folder FROM run"), ElementsAre("NULL|NULL"));
  EXPECT_THAT(lines(database, "SELECT time, first_s, last_s FROM test_look"),
              ElementsAre("2026-11-22T21:50:03Z|NULL|NULL"));
  EXPECT_EQ(Reader(database).runs().front().row.judged_by, "");
  database.judged(1, R"({"rules": 2})");
  EXPECT_EQ(Reader(database).runs().front().row.judged_by, R"({"rules": 2})");
  database.write(KnownLookRow{1, "ml100k", "2026-11-21T00:00:00Z", "abc", 1, 2, "[]"});
  EXPECT_THAT(lines(database, "SELECT database, first_s FROM known_look"), ElementsAre("abc|1"));
  EXPECT_THAT(database.check(), IsEmpty());
}

TEST_F(MigrationTest, AddsCurvesAndValuesOfFitsToAFileOfSchema9AndKeepsItsRows) {
  const std::vector<Migration> before(migrations().begin(), migrations().begin() + 9);
  Database::open_or_create(path, 100, before).close();
  EXPECT_EQ(version(), 9);
  // As schema 9 had them: what writes rows today knows later columns.
  SQLite::Database(path, SQLite::OPEN_READWRITE).exec(R"sql(
    INSERT INTO run VALUES (1, 'quickstart', '', 'done', '2026-11-22T21:50:03Z', NULL, '', '[1]', 1,
      'ndcg', 10, 0.05, NULL, '', '', '', '', '');
    INSERT INTO variant VALUES (1, 1, 'control', '{}', 0, 1, '');
    INSERT INTO trial (trial_key, spec, request_set) VALUES ('c', '{}', 'r');
    INSERT INTO run_trial VALUES (1, 1, 'ml100k', 'all', 2, 'c');
    INSERT INTO artifact VALUES ('a', 'bpr', 'recall[0]', 1.5, 4096, 8192);
    INSERT INTO trial_artifact VALUES ('c', 'recall[0]', 'a');
    INSERT INTO note VALUES ('a', 'epochs', '12');)sql");
  auto database = Database::open_or_create(path);
  EXPECT_GE(version(), 10);
  EXPECT_THAT(lines(database,
                    "SELECT plugin, seconds, bytes, peak_bytes, fit_bytes, value FROM "
                    "artifact JOIN note USING (artifact_key)"),
              ElementsAre("bpr|1.5|4096|8192|NULL|12"));
  EXPECT_THAT(lines(database, "SELECT * FROM learning_curves"), IsEmpty())
      << "an old run kept none";
  database.write(task::FitRecord{.artifact_key = "a",
                                 .plugin = "bpr",
                                 .stage = "recall[0]",
                                 .seconds = 1.5,
                                 .curves = {{"loss", {1, 2}, {0.5, std::nullopt}}},
                                 .measured = {{"ndcg", 10, 900, 0.25}}});
  EXPECT_THAT(
      lines(database,
            "SELECT variant, seed, place, plugin, curve, step, value FROM "
            "learning_curves ORDER BY step"),
      ElementsAre("control|2|recall[0]|bpr|loss|1|0.5", "control|2|recall[0]|bpr|loss|2|NULL"));
  EXPECT_THAT(lines(database, "SELECT metric, cutoff, value, requests FROM validation_metrics"),
              ElementsAre("ndcg|10|0.25|900"));
  EXPECT_THAT(database.check(), IsEmpty());
}

TEST_F(MigrationTest, AddsUnknownRequestsToAFileOfSchema10AndKeepsItsRows) {
  const std::vector<Migration> before(migrations().begin(), migrations().begin() + 10);
  Database::open_or_create(path, 100, before).close();
  EXPECT_EQ(version(), 10);
  SQLite::Database(path, SQLite::OPEN_READWRITE).exec(kFirstRows10);
  auto database = Database::open_or_create(path);
  EXPECT_GE(version(), 11);
  EXPECT_THAT(lines(database, "SELECT trial_key, status FROM trial"), ElementsAre("c|done"));
  EXPECT_THAT(Reader(database).unknown_requests("c"), IsEmpty()) << "an old run counted none";
  EXPECT_THAT(lines(database, "SELECT * FROM unknown_requests"), IsEmpty());
  EXPECT_THAT(database.check(), IsEmpty());
}

TEST_F(MigrationTest, KeepsTimesOfBeforeRoundsKnewWhatDisturbedThem) {
  const std::vector<Migration> before(migrations().begin(), migrations().begin() + 11);
  Database::open_or_create(path, 100, before).close();
  EXPECT_EQ(version(), 11);
  SQLite::Database(path, SQLite::OPEN_READWRITE).exec(R"sql(
    INSERT INTO trial (trial_key, spec, request_set) VALUES ('c', '{}', 'r');
    INSERT INTO latency VALUES (1, 'pass', 'c', '{}', '', 'served', 0, 'normal', NULL, 9.5, NULL, 1,
      x'0000803f');)sql");
  auto database = Database::open_or_create(path);
  const auto rows = Reader(database).latency("c");
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_THAT(rows[0].ms, ElementsAre(1.0F));
  EXPECT_EQ(rows[0].row.disturbance.others_cpu_share, std::nullopt);
  EXPECT_FALSE(rows[0].row.disturbance.is_disturbed(false));
  EXPECT_THAT(database.check(), IsEmpty());
}

TEST_F(MigrationTest, KeepsExplanationsOfBeforeTheyNamedFeatures) {
  const std::vector<Migration> before(migrations().begin(), migrations().begin() + 16);
  Database::open_or_create(path, 100, before).close();
  EXPECT_EQ(version(), 16);
  SQLite::Database(path, SQLite::OPEN_READWRITE).exec(R"sql(
    INSERT INTO part (part_id, task, kind, started) VALUES ('p', 't', 'evaluate', '');
    INSERT INTO trial (trial_key, spec, request_set) VALUES ('c', '{}', 'r');
    INSERT INTO shard (shard_id, trial_key, work, shards, shard, first_request, requests, part_id)
      VALUES (1, 'c', 'evaluate', 1, 0, 0, 4, 'p');
    INSERT INTO explanation VALUES ('c', 1, 'rank', 1, x'00000000', x'00000000', x'', x'', x'', x'', NULL);)sql");
  auto database = Database::open_or_create(path);
  const Reader reader(database);
  ASSERT_EQ(reader.explanations("c").size(), 1U);
  EXPECT_THAT(explained_features(reader, "c"), IsEmpty());
  EXPECT_THAT(lists_without(reader, "c").requests, IsEmpty());
  EXPECT_EQ(request_profile(reader, "r", 0), std::nullopt);
  EXPECT_THAT(database.check(), IsEmpty());
}

TEST_F(MigrationTest, MakesANewFileOfTheNewestVersionAtOnce) {
  Database::open_or_create(path, 100, with(kAddsTuning)).close();
  EXPECT_EQ(version(), migrations().size() + 1);
}

TEST_F(MigrationTest, BringsAFileUpToDateBeforeReadingIt) {
  write_version_1();
  const auto database = Database::open_readonly(path, with(kAddsTuning));
  EXPECT_THAT(lines(database, "SELECT count(*) FROM tuning_step"), ElementsAre("0"));
  EXPECT_FALSE(std::filesystem::exists(path + "-wal"));
}

TEST_F(MigrationTest, RefusesTheNewFileInTheOldProgram) {
  Database::open_or_create(path, 100, with(kAddsTuning)).close();
  EXPECT_EQ(user_error([&] { Database::open_or_create(path); }),
            fmt::format("{}: the file was written by a newer assay: its schema is version {}, this "
                        "assay supports versions up to {}; use the newer assay, or another file",
                        path, migrations().size() + 1, migrations().size()));
}

TEST_F(MigrationTest, GivesAFileFromBeforeTuningEmptyTablesOfIt) {
  const auto named = [](const Migration& step) {
    return step.what == "adds tuning, tuning_trial and run_tuning";
  };
  const auto step = std::ranges::find_if(migrations(), named);
  ASSERT_NE(step, migrations().end());
  const std::vector<Migration> before(migrations().begin(), step);
  {
    auto old = Database::open_or_create(path, 100, before);
    sample::begin_sample(old);
    old.close();
  }
  const auto database = Database::open_or_create(path, 100);
  EXPECT_THAT(lines(database, "SELECT * FROM tuning_trials"), IsEmpty());
  EXPECT_EQ(Reader(database).variants(1).size(), 2U) << "what was there stays";
  EXPECT_THAT(database.check(), IsEmpty());
}

TEST_F(MigrationTest, KeepsRunsOfWhichNoProcessIsKnown) {
  const auto step =
      std::ranges::find(migrations(), "keeps which process makes a run", &Migration::what);
  ASSERT_NE(step, migrations().end());
  const std::vector<Migration> before(migrations().begin(), step);
  {
    auto old = Database::open_or_create(path, 100, before);
    sample::begin_sample(old);
    old.close();
  }
  auto database = Database::open_or_create(path);
  EXPECT_FALSE(process_of(Reader(database), 1).has_value());
  database.begin_run(sample::run_row());
  EXPECT_THAT(lines(database, "SELECT status, pid FROM run WHERE run_id = 1"),
              ElementsAre("running|NULL"));
  EXPECT_TRUE(process_of(Reader(database), 2).has_value());
  EXPECT_THAT(database.check(), IsEmpty());
}

TEST_F(MigrationTest, UndoesAStepThatFailsHalfWay) {
  write_version_1();
  const Migration broken{"adds two tables", "CREATE TABLE a (b TEXT) STRICT; CREATE TABLE a (b);"};
  try {
    Database::open_or_create(path, 100, with(broken));
    FAIL() << "the step cannot work";
  } catch (const error::InternalError& error) {
    EXPECT_THAT(error.what(), HasSubstr("table a already exists"));
    EXPECT_THAT(error.what(), HasSubstr(fmt::format("while bringing {} to schema {}", path,
                                                    migrations().size() + 1)));
  }
  EXPECT_EQ(version(), migrations().size());  // the steps before it stay
  const auto database = Database::open_readonly(path);
  EXPECT_THAT(lines(database, "SELECT name FROM sqlite_schema WHERE name = 'a'"), IsEmpty());
  EXPECT_THAT(lines(database, "SELECT DISTINCT experiment FROM leaderboard"),
              ElementsAre("quickstart"))
      << "the views are back";
}

TEST_F(MigrationTest, RefusesAStepThatLeavesRowsWithoutTheirParents) {
  write_version_1();
  EXPECT_THROW(
      Database::open_or_create(path, 100, with({"empties variant", "DELETE FROM variant;"})),
      error::InternalError);
  const auto database = Database::open_readonly(path);
  EXPECT_EQ(Reader(database).variants(1).size(), 2U);
}

TEST_F(MigrationTest, MayRebuildATableThatOthersReferTo) {
  write_version_1();
  const Migration rebuild{"renames position",
                          R"sql(CREATE TABLE variant_new (
      variant_id INTEGER PRIMARY KEY, run_id INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
      name TEXT NOT NULL, chain TEXT NOT NULL, place INTEGER NOT NULL, is_baseline INTEGER NOT NULL,
      UNIQUE (run_id, name)) STRICT;
    INSERT INTO variant_new SELECT variant_id, run_id, name, chain, position, is_baseline
      FROM variant;
    DROP TABLE variant;
    ALTER TABLE variant_new RENAME TO variant;)sql"};
  const auto database = Database::open_or_create(path, 100, with(rebuild));
  EXPECT_THAT(lines(database, "SELECT name, place FROM variant ORDER BY place"),
              ElementsAre("control|0", "diverse|1"));
  EXPECT_THAT(database.check(), IsEmpty());
}

TEST_F(MigrationTest, RefusesAPartOfAnotherVersion) {
  auto database = Database::open_or_create(path, 100, with(kAddsTuning));
  const int64_t run = sample::begin_sample(database);
  const std::string part = sample::part_of(folder, "p", "c", {0}, 1);
  EXPECT_EQ(user_error([&] { database.merge(part, run, sample::coverage); }),
            fmt::format("{}: the part has schema version {}, the results file has {}: worker and "
                        "coordinator are of different builds",
                        part, migrations().size(), migrations().size() + 1));
}

}  // namespace
}  // namespace assay::results
