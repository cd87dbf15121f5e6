#include "results/database.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>

#include "results/reader.h"
#include "sample_run.h"

namespace assay::results {
namespace {

namespace fs = std::filesystem;
using sample::user_error;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

std::vector<std::string> files_of(const sample::Folder& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder.path())) {
    names.push_back(entry.path().filename().string());
  }
  return names;
}

void write_sample(const std::string& path) {
  auto database = Database::open_or_create(path);
  sample::begin_sample(database);
}

std::string opening_error(const std::string& path) {
  return user_error([&] { Database::open_or_create(path, 50); });
}

/// Root may write everywhere: what permissions forbid is tried in a child process without that
/// right.
void expect_unprivileged(const std::function<std::string()>& body, const std::string& expected) {
  const auto child = [&] {
    if (geteuid() == 0 && setuid(65534) != 0) std::_Exit(2);
    const std::string found = body();
    if (found != expected) std::fprintf(stderr, "found: %s\n", found.c_str());
    std::_Exit(found == expected ? 0 : 1);
  };
  EXPECT_EXIT(child(), ::testing::ExitedWithCode(0), "");
}

TEST(Database, IsOnePlainFileOnceClosed) {
  const sample::Folder folder;
  auto database = Database::open_or_create(folder / "x.sqlite");
  sample::begin_sample(database);
  EXPECT_THAT(files_of(folder), UnorderedElementsAre("x.sqlite", "x.sqlite-wal", "x.sqlite-shm"));
  database.close();
  EXPECT_THAT(files_of(folder), ElementsAre("x.sqlite"));
  EXPECT_EQ(SQLite::Database(folder / "x.sqlite").execAndGet("PRAGMA journal_mode").getString(),
            "delete");
}

TEST(Database, CarriesItsIdAndVersion) {
  const sample::Folder folder;
  write_sample(folder / "x.sqlite");
  SQLite::Database file(folder / "x.sqlite");
  EXPECT_EQ(file.execAndGet("PRAGMA application_id").getInt(), 0x41535359);
  EXPECT_EQ(file.execAndGet("PRAGMA user_version").getInt(), migrations().size());
  EXPECT_EQ(file.execAndGet("SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND "
                            "type = 'table' AND NOT strict AND name <> 'sqlite_schema'")
                .getInt(),
            0);
}

TEST(Database, KeepsItsRunsWhenOpenedAgain) {
  const sample::Folder folder;
  write_sample(folder / "x.sqlite");
  write_sample(folder / "x.sqlite");
  const auto database = Database::open_readonly(folder / "x.sqlite");
  EXPECT_THAT(sample::lines(database, "SELECT run_id, experiment FROM run"),
              ElementsAre("1|quickstart", "2|quickstart"));
}

TEST(Database, TurnsAnEmptyFileIntoADatabase) {
  const sample::Folder folder;
  std::ofstream(folder / "x.sqlite").flush();
  EXPECT_EQ(opening_error(folder / "x.sqlite"), "");
}

TEST(Database, UndoesATransactionThatThrows) {
  const sample::Folder folder;
  auto database = Database::open_or_create(folder / "x.sqlite");
  const auto body = [&] {
    database.begin_run(sample::run_row());
    database.transaction([&] { database.begin_run(sample::run_row()); });
    throw std::runtime_error("no");
  };
  EXPECT_THROW(database.transaction(body), std::runtime_error);
  EXPECT_THAT(Reader(database).runs(), IsEmpty());
  database.transaction([&] {
    database.begin_run(sample::run_row("outer"));
    EXPECT_THROW(database.transaction([&] {
      database.begin_run(sample::run_row("inner"));
      throw std::runtime_error("no");
    }),
                 std::runtime_error);
  });
  EXPECT_THAT(sample::lines(database, "SELECT experiment FROM run"), ElementsAre("outer"));
}

TEST(Database, RefusesWhatIsNoDatabase) {
  const sample::Folder folder;
  const std::string path = folder / "notes.txt";
  std::ofstream(path) << "Not a database, but longer than a header.\n";
  const std::string expected =
      path + ": this is not an SQLite database; name another file, or move this one away";
  EXPECT_EQ(opening_error(path), expected);
  EXPECT_EQ(user_error([&] { Database::open_readonly(path); }), expected);
  EXPECT_EQ(opening_error(folder.path().string()),
            folder.path().string() + ": this is a folder; name a file in it");
}

TEST(Database, RefusesTheDatabaseOfAnotherProgram) {
  const sample::Folder folder;
  const std::string path = folder / "other.sqlite";
  SQLite::Database(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE)
      .exec("CREATE TABLE a (b); PRAGMA application_id = 66");
  const std::string expected = path +
                               ": this is an SQLite database of another program (application_id "
                               "0x00000042; assay's is 0x41535359); name another file";
  EXPECT_EQ(opening_error(path), expected);
  EXPECT_EQ(user_error([&] { Database::open_readonly(path); }), expected);
  EXPECT_THAT(files_of(folder), ElementsAre("other.sqlite")) << "it must be left as it was";
}

TEST(Database, RefusesANewerSchema) {
  const sample::Folder folder;
  const std::string path = folder / "x.sqlite";
  write_sample(path);
  SQLite::Database(path, SQLite::OPEN_READWRITE).exec("PRAGMA user_version = 99");
  const std::string expected = fmt::format(
      "{}: the file was written by a newer assay: its schema is version 99, this assay supports "
      "versions up to {}; use the newer assay, or another file",
      path, migrations().size());
  EXPECT_EQ(opening_error(path), expected);
  EXPECT_EQ(user_error([&] { Database::open_readonly(path); }), expected);
}

TEST(Database, SaysWhichFolderIsMissing) {
  const sample::Folder folder;
  EXPECT_EQ(opening_error(folder / "no/x.sqlite"), (folder / "no/x.sqlite") + ": the folder " +
                                                       (folder / "no") +
                                                       " does not exist; make it first");
  EXPECT_EQ(user_error([&] { Database::open_readonly(folder / "x.sqlite"); }),
            (folder / "x.sqlite") + ": there is no such file");
  std::ofstream(folder / "empty.sqlite").flush();
  EXPECT_EQ(user_error([&] { Database::open_readonly(folder / "empty.sqlite"); }),
            (folder / "empty.sqlite") + ": the file is empty: it holds no results");
}

TEST(Database, SaysThatAFileCannotBeWritten) {
  const sample::Folder folder;
  const std::string path = folder / "x.sqlite";
  write_sample(path);
  chmod(folder.path().c_str(), 0755);
  chmod(path.c_str(), 0444);
  expect_unprivileged([&] { return opening_error(path); },
                      path +
                          ": the file cannot be written; make it and its folder writable, or "
                          "write to another file");
  const std::string fresh = folder / "new.sqlite";
  chmod(folder.path().c_str(), 0555);
  expect_unprivileged(
      [&] { return opening_error(fresh); },
      fresh +
          ": the file cannot be opened; check that its folder exists and is readable and writable");
  chmod(folder.path().c_str(), 0755);
}

TEST(Database, SaysThatAFileIsInUse) {
  const sample::Folder folder;
  const std::string path = folder / "x.sqlite";
  write_sample(path);
  auto database = Database::open_or_create(path, 50);
  SQLite::Database other(path, SQLite::OPEN_READWRITE);
  other.exec("BEGIN IMMEDIATE");
  EXPECT_EQ(user_error([&] { database.begin_run(sample::run_row()); }),
            path +
                ": the file is in use: another process is writing to it (waited 0.05 s); wait "
                "until it ends, or write to another file");
  other.exec("ROLLBACK");
  EXPECT_EQ(database.begin_run(sample::run_row()), 2) << "it goes on once the other has ended";
}

TEST(Database, SaysThatAFileIsDamaged) {
  const sample::Folder folder;
  const std::string path = folder / "x.sqlite";
  write_sample(path);
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(100);  // the first page's own header and the schema's first rows
  const std::string rubbish(3000, '\x5a');
  file.write(rubbish.data(), static_cast<std::streamsize>(rubbish.size()));
  file.close();
  const std::string found = user_error([&] {
    const auto database = Database::open_readonly(path);
    Reader(database).runs();
  });
  EXPECT_EQ(found, path +
                       ": the file is damaged (database disk image is malformed); restore a copy "
                       "of it, or move it away and run again");
}

TEST(Database, ReadsATruncatedFileAsDamaged) {
  const sample::Folder folder;
  const std::string path = folder / "x.sqlite";
  write_sample(path);
  fs::resize_file(path, uintmax_t{3} * 4096);
  const std::string found = user_error([&] {
    const auto database = Database::open_readonly(path);
    Reader(database).runs();
  });
  EXPECT_THAT(found, HasSubstr("the file is damaged"));
}

TEST(Database, OpensAReadOnlyFileInAReadOnlyFolder) {
  const sample::Folder folder;
  const std::string path = folder / "x.sqlite";
  write_sample(path);
  chmod(path.c_str(), 0444);
  chmod(folder.path().c_str(), 0555);
  expect_unprivileged(
      [&] {
        const auto database = Database::open_readonly(path);
        return sample::lines(database, "SELECT experiment FROM run").at(0);
      },
      "quickstart");
  EXPECT_THAT(files_of(folder), ElementsAre("x.sqlite"));
  chmod(folder.path().c_str(), 0755);
}

TEST(Database, OpenForReadingMakesNoFiles) {
  const sample::Folder folder;
  const std::string path = folder / "with 100% odd?#name.sqlite";
  write_sample(path);
  // As a run that was killed after its last checkpoint leaves it: in WAL mode, without a log.
  SQLite::Database(path, SQLite::OPEN_READWRITE).exec("PRAGMA journal_mode = WAL");
  const auto database = Database::open_readonly(path);
  EXPECT_EQ(Reader(database).runs().size(), 1U);
  EXPECT_THAT(files_of(folder), ElementsAre("with 100% odd?#name.sqlite"));
}

TEST(Database, ReadsBesideARunningWriter) {
  const sample::Folder folder;
  auto writer = Database::open_or_create(folder / "x.sqlite");
  const int64_t run = sample::begin_sample(writer);
  const auto reader = Database::open_readonly(folder / "x.sqlite");
  EXPECT_EQ(Reader(reader).runs().at(0).status, RunStatus::running);
  writer.finish_run(run, RunStatus::done, "2026-11-22T21:51:00Z");
  EXPECT_EQ(Reader(reader).runs().at(0).status, RunStatus::done);
}

TEST(Database, SaysThatAnInterruptedRunHasALogToTakeAlong) {
  const sample::Folder folder, copy;
  auto writer = Database::open_or_create(folder / "x.sqlite");
  sample::begin_sample(writer);
  const std::string path = copy / "x.sqlite";
  fs::copy(folder / "x.sqlite", path);
  fs::copy(folder / "x.sqlite-wal", path + "-wal");
  chmod(copy.path().c_str(), 0555);
  expect_unprivileged([&] { return user_error([&] { Database::open_readonly(path); }); },
                      path + ": the run that wrote it did not end, and its last results are in " +
                          path + "-wal; copy both files to a writable folder, and open the copy");
  chmod(copy.path().c_str(), 0755);
}

TEST(Database, DoesNotWriteWhatWasOpenedForReading) {
  const sample::Folder folder;
  write_sample(folder / "x.sqlite");
  auto database = Database::open_readonly(folder / "x.sqlite");
  EXPECT_THROW(database.begin_run(sample::run_row()), error::InternalError);
  EXPECT_THROW(database.merge(folder / "part.sqlite", 1, {}), error::InternalError);
}

TEST(Database, FindsNothingWrongWithItself) {
  const sample::Folder folder;
  auto database = Database::open_or_create(folder / "x.sqlite");
  const int64_t run = sample::begin_sample(database);
  database.merge(sample::part_of(folder, "p", "c", {0}, 1), run, sample::coverage);
  EXPECT_THAT(database.check(), IsEmpty());
  database.close();
  SQLite::Database(folder / "x.sqlite", SQLite::OPEN_READWRITE).exec("DELETE FROM variant");
  EXPECT_THAT(Database::open_readonly(folder / "x.sqlite").check(),
              ::testing::Contains("a row of run_trial has no variant"));
}

TEST(Database, LetsARunBeDeletedAndKeepsItsTrials) {
  const sample::Folder folder;
  const std::string path = folder / "x.sqlite";
  {
    auto database = Database::open_or_create(path);
    const int64_t run = sample::begin_sample(database);
    database.merge(sample::part_of(folder, "p", "c", {0}, 1), run, sample::coverage);
    database.summarise_catalogue(run);
  }
  SQLite::Database(path, SQLite::OPEN_READWRITE)
      .exec("PRAGMA foreign_keys = ON; DELETE FROM run WHERE run_id = 1");
  const auto database = Database::open_readonly(path);
  EXPECT_THAT(sample::lines(database, "SELECT * FROM leaderboard"), IsEmpty());
  EXPECT_THAT(sample::lines(database, "SELECT trial_key FROM trial WHERE status = 'done'"),
              ElementsAre("c"));
  EXPECT_THAT(database.check(), IsEmpty());
}

TEST(Database, NamesAVariantThatIsNotThere) {
  const sample::Folder folder;
  auto database = Database::open_or_create(folder / "x.sqlite");
  const int64_t run = sample::begin_sample(database);
  EXPECT_THROW(database.write(sample::trial_row(run, "nobody", "n")), error::InternalError);
}

TEST(Database, GivesAStrangersFileNoMoreThanAQuery) {
  const sample::Folder folder;
  {
    auto database = Database::open_or_create(folder / "x.sqlite");
    sample::begin_sample(database);
  }
  {
    SQLite::Database other(folder / "x.sqlite", SQLite::OPEN_READWRITE);
    other.exec("CREATE VIEW looks_harmless AS SELECT * FROM pragma_database_list");
  }
  const Database database = Database::open_readonly(folder / "x.sqlite");
  const Reader reader(database);
  EXPECT_EQ(std::get<int64_t>(reader.query("PRAGMA trusted_schema").rows.at(0).at(0)), 0);
  EXPECT_THAT(user_error([&] { reader.query("SELECT * FROM looks_harmless"); }),
              HasSubstr("unsafe use of virtual table"));
  EXPECT_THAT(reader.query("SELECT name FROM pragma_database_list").rows, ::testing::SizeIs(1));
}

}  // namespace
}  // namespace assay::results
