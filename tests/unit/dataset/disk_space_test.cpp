#include "dataset/disk_space.h"

#include <gmock/gmock.h>

#include "../temp_folder.h"
#include "error/error.h"

namespace assay::dataset {
namespace {

constexpr int64_t kMiB = 1 << 20;

AskDisk disk_with(int64_t free) {
  return [free](const std::string&) { return free; };
}

TEST(DiskSpace, ADiskThatCannotHoldWhatIsNeededIsRefusedWithAllThatOneMustKnow) {
  try {
    check_disk("/cache", {{"5 models", 40 * kMiB}, {"nothing", 0}, {"the data", 3 * kMiB}},
               disk_with(42 * kMiB + 512 * 1024));
    FAIL() << "it was taken";
  } catch (const error::UserError& error) {
    EXPECT_STREQ(error.what(),
                 "/cache: the disk of the cache has 42.5 MiB free, and about 43 MiB are needed (5 "
                 "models 40 MiB, the data 3 MiB); free some (`assay cache prune --keep 10GiB` "
                 "removes what was used least recently), or name another folder with ASSAY_CACHE");
  }
}

TEST(DiskSpace, ADiskThatCanOrSaysNothingIsTaken) {
  EXPECT_NO_THROW(check_disk("/cache", {{"models", 43 * kMiB}}, disk_with(43 * kMiB)));
  EXPECT_NO_THROW(check_disk("/cache", {{"models", 43 * kMiB}}, disk_with(-1)));
  EXPECT_NO_THROW(check_disk("/cache", {}, disk_with(0)));
}

TEST(DiskSpace, AFolderThatIsNotThereYetHasTheSpaceOfWhereItWillBe) {
  const test::TempFolder folder;
  EXPECT_GT(free_bytes(folder.file("not/there/yet")), 0);
}

TEST(DiskSpace, BytesAreSaidInTheLargestUnitThatFits) {
  EXPECT_EQ(bytes_text(0), "0 bytes");
  EXPECT_EQ(bytes_text(1), "1 byte");
  EXPECT_EQ(bytes_text(1023), "1023 bytes");
  EXPECT_EQ(bytes_text(1536), "1.5 KiB");
  EXPECT_EQ(bytes_text(kMiB - 1), "1 MiB");
  EXPECT_EQ(bytes_text(20 * 1024 * kMiB), "20 GiB");
}

}  // namespace
}  // namespace assay::dataset
