#include "results/backup.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>

#include <fstream>

#include "results/reader.h"
#include "sample_run.h"

namespace assay::results {
namespace {

namespace fs = std::filesystem;
using sample::user_error;
using ::testing::HasSubstr;

std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Backup, HoldsWhatIsCommittedWhileARunGoesOnWriting) {
  const sample::Folder folder;
  auto database = Database::open_or_create(folder / "x.sqlite");
  sample::begin_sample(database);
  const Backup made = copy_verified(folder / "x.sqlite", folder / "copy.sqlite", false);
  EXPECT_EQ(made.runs, 1);
  EXPECT_EQ(made.bytes, static_cast<int64_t>(fs::file_size(folder / "copy.sqlite")));
  sample::begin_sample(database);  // the writer goes on
  EXPECT_EQ(copy_verified(folder / "x.sqlite", folder / "later.sqlite", false).runs, 2);
  EXPECT_EQ(
      SQLite::Database(folder / "copy.sqlite").execAndGet("SELECT count(*) FROM run").getInt(), 1);
}

TEST(Backup, IsOnePlainFileThatOpensAsAnyOther) {
  const sample::Folder folder;
  auto database = Database::open_or_create(folder / "x.sqlite");
  sample::begin_sample(database);
  copy_verified(folder / "x.sqlite", folder / "copy.sqlite", false);
  EXPECT_FALSE(fs::exists(folder / "copy.sqlite-wal"));
  EXPECT_FALSE(fs::exists(folder / "copy.sqlite.unfinished"));
  EXPECT_TRUE(Database::open_readonly(folder / "copy.sqlite").check().empty());
}

TEST(Backup, LeavesWhatIsThereUnlessItIsToBeReplaced) {
  const sample::Folder folder;
  sample::begin_sample(*std::make_unique<Database>(Database::open_or_create(folder / "x.sqlite")));
  std::ofstream(folder / "copy.sqlite") << "mine";
  EXPECT_EQ(user_error([&] { copy_verified(folder / "x.sqlite", folder / "copy.sqlite", false); }),
            folder / "copy.sqlite" + ": is there already; --force replaces it");
  EXPECT_EQ(bytes_of(folder / "copy.sqlite"), "mine");
  EXPECT_EQ(copy_verified(folder / "x.sqlite", folder / "copy.sqlite", true).runs, 1);
}

TEST(Backup, RefusesItself) {
  const sample::Folder folder;
  Database::open_or_create(folder / "x.sqlite");
  EXPECT_THAT(user_error([&] { copy_verified(folder / "x.sqlite", folder / "x.sqlite", true); }),
              HasSubstr("is the file itself"));
}

TEST(Backup, OfADamagedFileIsNone) {
  const sample::Folder folder;
  {
    auto database = Database::open_or_create(folder / "x.sqlite");
    for (int run = 0; run < 20; ++run) sample::begin_sample(database);
  }
  std::fstream file(folder / "x.sqlite", std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(fs::file_size(folder / "x.sqlite") / 2));
  file << std::string(8192, '\x5a');
  file.close();
  EXPECT_THAT(
      user_error([&] { copy_verified(folder / "x.sqlite", folder / "copy.sqlite", false); }),
      HasSubstr("damaged"));
  EXPECT_FALSE(fs::exists(folder / "copy.sqlite"));
  EXPECT_FALSE(fs::exists(folder / "copy.sqlite.unfinished"));
}

TEST(Backup, SaysThatThereIsNoFile) {
  const sample::Folder folder;
  EXPECT_EQ(user_error([&] { copy_verified(folder / "x.sqlite", folder / "c.sqlite", false); }),
            folder / "x.sqlite" + ": there is no such file");
}

}  // namespace
}  // namespace assay::results
