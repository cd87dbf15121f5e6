#include "dataset/cache_files.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>

#include "../temp_folder.h"
#include "dataset/cache_use.h"
#include "dataset/safetensors.h"

namespace assay::dataset {
namespace {

namespace fs = std::filesystem;
using std::chrono::hours;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr int64_t kDay = 86'400;
constexpr int kNoProcess = 0x3fffffff;  // larger than any that Linux gives

class CacheFilesTest : public ::testing::Test {
 protected:
  ~CacheFilesTest() override { release_caches(); }

  /// A file of 100 bytes, last used so many hours ago.
  void add(const std::string& name, int hours_ago = 0) {
    const fs::path path = fs::path(cache()) / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << std::string(100, 'x');
    fs::last_write_time(path, fs::file_time_type::clock::now() - hours(hours_ago));
  }
  void use(const std::string& name, int hours_ago) {
    note_use(cache() + "/" + name, "shop", "first");
    fs::last_write_time(use_record(cache() + "/" + name),
                        fs::file_time_type::clock::now() - hours(hours_ago));
  }
  std::string cache() const { return folder_.file("cache"); }
  std::vector<CacheFile> files() const { return cache_files(cache(), layouts_); }
  CacheFile file(const std::string& name) const {
    for (const CacheFile& one : files())
      if (one.path == name) return one;
    throw std::runtime_error("no such file: " + name);
  }
  std::vector<std::string> pruned(const PruneRules& rules) {
    last_ = prune_cache(cache(), layouts_, rules);
    std::vector<std::string> names;
    for (const CacheFile& one : last_.removed) names.push_back(one.path);
    return names;
  }
  bool there(const std::string& name) const { return fs::exists(cache() + "/" + name); }

  test::TempFolder folder_;
  CacheLayouts layouts_{.imported = {2}, .prepared = {2}, .lists = {1}};
  Pruned last_;
};

TEST_F(CacheFilesTest, EachHasItsKindSizeAndLastUse) {
  add("imported/a.layout2.safetensors", 50);
  add("prepared/b.layout2.safetensors", 50);
  add("artifacts/c.safetensors", 50);
  add("hashes/d.json", 50);
  add("data/log.csv");
  use("prepared/b.layout2.safetensors", 3);
  EXPECT_EQ(files().size(), 4U) << "data sets that were fetched are not of the cache";
  EXPECT_EQ(file("imported/a.layout2.safetensors").kind, CacheKind::imported);
  EXPECT_EQ(file("artifacts/c.safetensors").kind, CacheKind::models);
  EXPECT_EQ(file("hashes/d.json").kind, CacheKind::hashes);
  const CacheFile used = file("prepared/b.layout2.safetensors");
  EXPECT_EQ(used.bytes, 100);
  EXPECT_EQ(used.dataset, "shop");
  EXPECT_THAT(used.experiments, ElementsAre("first"));
  EXPECT_NEAR(static_cast<double>(used.last_use_s - file("artifacts/c.safetensors").last_use_s),
              47 * 3600.0, 5);
  EXPECT_FALSE(used.held || used.other_version);
}

TEST_F(CacheFilesTest, ImportedListsAreLists) {
  SafetensorsWriter out;
  const std::vector<int64_t> offsets = {0};
  out.add("list.offsets", offsets);
  out.write(cache() + "/imported/a.layout2.safetensors");
  EXPECT_EQ(file("imported/a.layout2.safetensors").kind, CacheKind::lists);
}

TEST_F(CacheFilesTest, WhatWasUsedLeastRecentlyGoesFirstUntilTheRestIsSmallEnough) {
  add("artifacts/old.safetensors", 50);
  add("artifacts/older.safetensors", 60);
  add("artifacts/oldest.safetensors", 70);
  use("artifacts/oldest.safetensors", 1);
  EXPECT_THAT(pruned({.keep_bytes = 350}), IsEmpty());
  EXPECT_THAT(pruned({.keep_bytes = 200, .dry_run = true}),
              ElementsAre("artifacts/older.safetensors"));
  EXPECT_TRUE(there("artifacts/older.safetensors"));
  EXPECT_THAT(pruned({.keep_bytes = 150}),
              ElementsAre("artifacts/older.safetensors", "artifacts/old.safetensors"));
  EXPECT_FALSE(there("artifacts/older.safetensors"));
  EXPECT_TRUE(there("artifacts/oldest.safetensors"));
  EXPECT_EQ(last_.removed_bytes, 200);
  EXPECT_EQ(last_.left_bytes, 100);
}

TEST_F(CacheFilesTest, WhatWasNotUsedForLongerGoes) {
  add("prepared/a.layout2.safetensors", 31 * 24);
  add("prepared/b.layout2.safetensors", 29 * 24);
  add("prepared/c.layout2.safetensors", 90 * 24);
  use("prepared/c.layout2.safetensors", 2);
  EXPECT_THAT(pruned({.unused_s = 30 * kDay}), ElementsAre("prepared/a.layout2.safetensors"));
}

TEST_F(CacheFilesTest, FilesOfOtherVersionsGoBeforeTheOthers) {
  add("prepared/new.layout2.safetensors", 90);
  add("prepared/first.safetensors", 1);
  add("imported/third.layout3.safetensors", 2);
  EXPECT_TRUE(file("prepared/first.safetensors").other_version);
  EXPECT_THAT(pruned({.keep_bytes = 100}),
              ElementsAre("imported/third.layout3.safetensors", "prepared/first.safetensors"));
}

TEST_F(CacheFilesTest, WhatNobodyFinishedGoesFirstAndAlways) {
  const std::string gone = std::to_string(kNoProcess);
  add("imported/a.layout2.safetensors.tmp." + gone + ".0", 2);
  add("work/" + gone + "/task.json", 2);
  add("imported/b.layout2.safetensors", 90);
  EXPECT_EQ(file("work/" + gone).kind, CacheKind::unfinished);
  EXPECT_THAT(
      pruned({.keep_bytes = 1'000'000}),
      UnorderedElementsAre("imported/a.layout2.safetensors.tmp." + gone + ".0", "work/" + gone));
  EXPECT_FALSE(there("work/" + gone));
}

TEST_F(CacheFilesTest, WhatIsBeingWrittenStays) {
  const std::string gone = std::to_string(kNoProcess), living = std::to_string(::getpid());
  add("imported/a.layout2.safetensors.tmp." + living + ".0", 2);
  add("imported/b.layout2.safetensors.tmp." + gone + ".0");  // on another machine, perhaps
  add("imported/c.layout2.safetensors.tmp." + gone + ".0", 2);
  add("work/" + living + "/task.json", 2);
  hold_in_cache(cache() + "/imported/c.layout2.safetensors");
  EXPECT_THAT(pruned({.keep_bytes = 0}), IsEmpty());
}

TEST_F(CacheFilesTest, WhatALivingProcessHoldsStaysWhateverTheRules) {
  add("artifacts/a.safetensors", 90 * 24);
  add("artifacts/a.checkpoint.safetensors", 90 * 24);
  add("artifacts/b.safetensors", 1);
  hold_in_cache(cache() + "/artifacts/a.safetensors");
  EXPECT_TRUE(file("artifacts/a.safetensors").held);
  EXPECT_THAT(pruned({.keep_bytes = 0, .unused_s = 0}), ElementsAre("artifacts/b.safetensors"));
  EXPECT_EQ(last_.held_bytes, 200);
  release_caches();
  EXPECT_EQ(pruned({.keep_bytes = 0}).size(), 2U);
}

TEST_F(CacheFilesTest, HashesOfFilesThatAreGoneGoAndOthersStay) {
  add("artifacts/a.safetensors");
  fs::create_directories(cache() + "/hashes");
  const std::string source = folder_.write("log.csv", "user,item\n");
  std::ofstream(cache() + "/hashes/here.json") << R"({"file": {"path": ")" + source + R"("}})";
  std::ofstream(cache() + "/hashes/gone.json") << R"({"file": {"path": "/nowhere/log.csv"}})";
  EXPECT_THAT(pruned({.keep_bytes = 0}),
              ElementsAre("hashes/gone.json", "artifacts/a.safetensors"));
}

TEST_F(CacheFilesTest, TheRecordOfARemovedFileGoesWithIt) {
  add("artifacts/a.safetensors");
  use("artifacts/a.safetensors", 1);
  use("artifacts/never_made.safetensors", 2);
  EXPECT_EQ(pruned({.keep_bytes = 0}).size(), 1U);
  EXPECT_FALSE(fs::exists(use_record(cache() + "/artifacts/a.safetensors")));
  EXPECT_FALSE(fs::exists(use_record(cache() + "/artifacts/never_made.safetensors")));
}

TEST_F(CacheFilesTest, ACacheThatIsNotThereHoldsNothing) {
  EXPECT_THAT(files(), IsEmpty());
  EXPECT_THAT(pruned({.keep_bytes = 0}), IsEmpty());
  EXPECT_FALSE(fs::exists(cache()));
}

}  // namespace
}  // namespace assay::dataset
