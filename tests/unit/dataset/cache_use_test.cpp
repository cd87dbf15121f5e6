#include "dataset/cache_use.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "../temp_folder.h"

namespace assay::dataset {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class CacheUseTest : public ::testing::Test {
 protected:
  ~CacheUseTest() override { release_caches(); }
  std::string path(const std::string& name) const { return folder_.file("cache/" + name); }
  std::set<std::string> held(bool remove_left = false) const {
    const CacheLock lock(cache(), CacheLock::Kind::alone);
    return held_in_cache(cache(), remove_left);
  }
  std::string cache() const { return folder_.file("cache"); }
  int64_t lists_of_processes() const {
    return std::distance(fs::directory_iterator(cache() + "/held"), {}) - 1;  // the lock
  }

  test::TempFolder folder_;
};

TEST_F(CacheUseTest, WhatAProcessHoldsIsHeldUntilItReleasesIt) {
  hold_in_cache(path("prepared/a"));
  hold_in_cache(path("artifacts/b"));
  hold_in_cache(path("prepared/a"));
  EXPECT_THAT(held(), ElementsAre("artifacts/b", "prepared/a"));
  release_caches();
  EXPECT_THAT(held(), IsEmpty());
  EXPECT_EQ(lists_of_processes(), 0);
}

TEST_F(CacheUseTest, AKilledProcessHoldsNothing) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    hold_in_cache(path("prepared/a"));
    [[maybe_unused]] const ssize_t told = ::write(ready[1], "x", 1);
    ::pause();
    ::_exit(0);
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  EXPECT_THAT(held(), ElementsAre("prepared/a"));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_EQ(lists_of_processes(), 1);
  EXPECT_THAT(held(true), IsEmpty());
  EXPECT_EQ(lists_of_processes(), 0);
}

TEST_F(CacheUseTest, ARecordSaysOfWhatAFileIsAndWhenItWasUsedLast) {
  EXPECT_EQ(noted_use(path("prepared/a")).last_s, -1);
  note_use(path("prepared/a"), "shop", "first");
  note_use(path("prepared/a"), "shop", "second");
  note_use(path("prepared/a"), "", "first");
  EXPECT_EQ(noted_use(path("prepared/a")).of.dataset, "shop");
  EXPECT_THAT(noted_use(path("prepared/a")).of.experiments, ElementsAre("second", "first"));
  fs::last_write_time(use_record(path("prepared/a")),
                      fs::file_time_type::clock::now() - std::chrono::years(40));
  note_use(path("prepared/a"));
  EXPECT_GT(noted_use(path("prepared/a")).last_s, 1'700'000'000);
  EXPECT_THAT(noted_use(path("prepared/a")).of.experiments, ElementsAre("second", "first"));
}

TEST_F(CacheUseTest, ADamagedRecordIsAsNone) {
  note_use(path("prepared/a"), "shop");
  std::ofstream(use_record(path("prepared/a"))) << "[\"no";
  EXPECT_EQ(noted_use(path("prepared/a")).of.dataset, "");
  note_use(path("prepared/a"), "shop");
  EXPECT_EQ(noted_use(path("prepared/a")).of.dataset, "shop");
}

}  // namespace
}  // namespace assay::dataset
