#include "results/run_process.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "sample_run.h"

namespace assay::results {
namespace {

TEST(RunProcess, ThisOneIsAlive) {
  const std::optional<RunProcess> own = this_process();
  ASSERT_TRUE(own);
  EXPECT_EQ(own->pid, ::getpid());
  EXPECT_EQ(state_of(*own), ProcessState::alive);
}

TEST(RunProcess, AnotherProcessWithItsNumberIsNotIt) {
  RunProcess earlier = this_process().value();
  earlier.start -= 1;
  EXPECT_EQ(state_of(earlier), ProcessState::gone);
}

TEST(RunProcess, OfAnotherBootOrContainerNothingIsKnown) {
  RunProcess other = this_process().value();
  other.boot_id = "another";
  EXPECT_EQ(state_of(other), ProcessState::elsewhere);
  other = this_process().value();
  other.pid_namespace += 1;
  EXPECT_EQ(state_of(other), ProcessState::elsewhere);
}

TEST(RunProcess, IsKeptWithTheRunItMakes) {
  const sample::Folder folder;
  Database database = Database::open_or_create(folder / "x.sqlite");
  const int64_t run = sample::begin_sample(database);
  EXPECT_EQ(process_of(Reader(database), run), this_process());
}

TEST(RunProcess, ARunWhoseProcessIsGoneIsInterruptedOnceTheNextBegins) {
  const sample::Folder folder;
  const std::string path = folder / "x.sqlite";
  {
    Database database = Database::open_or_create(path);
    sample::begin_sample(database);
    database.close();
  }
  const auto change = [&](const std::string& sql) {
    SQLite::Database(path, SQLite::OPEN_READWRITE).exec(sql);
  };
  const auto status = [&] {
    Database database = Database::open_or_create(path);
    database.begin_run(sample::run_row());
    const RunInfo first = Reader(database).runs().front();
    database.close();
    return std::pair(first.status, first.finished.has_value());
  };
  change("UPDATE run SET pid = 4711, boot_id = 'another'");
  EXPECT_EQ(status(), std::pair(RunStatus::running, false)) << "it may well go on elsewhere";
  change("UPDATE run SET process_start = process_start - 1, pid = " + std::to_string(::getpid()) +
         ", boot_id = '" + this_process()->boot_id + "' WHERE run_id = 1");
  EXPECT_EQ(status(), std::pair(RunStatus::interrupted, false));
}

}  // namespace
}  // namespace assay::results
