#include "task/breadcrumb.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "error/error.h"

namespace assay::task {
namespace {

class BreadcrumbTest : public testing::Test {
 protected:
  ~BreadcrumbTest() override { std::filesystem::remove(path_); }
  const std::string path_ =
      std::filesystem::temp_directory_path() / ("assay_crumb_" + std::to_string(::getpid()));
};

TEST_F(BreadcrumbTest, SaysWhatRunsWhileItRuns) {
  BreadcrumbFile worker(path_);
  const BreadcrumbFile coordinator(path_);
  const int64_t before = monotonic_ns();
  {
    const BreadcrumbFile::Call call(worker, "recall", "recall[0]", "ease", 4, 7, 1.5);
    const Breadcrumb seen = coordinator.read();
    EXPECT_GE(seen.busy_since_ns, before);
    EXPECT_LE(seen.busy_since_ns, monotonic_ns());
    EXPECT_EQ(seen.limit_ns, 1'500'000'000);
    EXPECT_STREQ(seen.phase, "recall");
    EXPECT_STREQ(seen.place, "recall[0]");
    EXPECT_STREQ(seen.plugin, "ease");
    EXPECT_EQ(seen.node, 4);
    EXPECT_EQ(seen.batch, 7);
  }
  EXPECT_EQ(coordinator.read().busy_since_ns, 0) << "nothing runs any more";
}

TEST_F(BreadcrumbTest, CutsNamesThatAreTooLong) {
  BreadcrumbFile file(path_);
  const BreadcrumbFile::Call call(file, "fit", std::string(500, 'p'), std::string(500, 'n'), -1, -1,
                                  0);
  EXPECT_EQ(std::string(file.read().place).size(), sizeof(Breadcrumb::place) - 1);
  EXPECT_EQ(std::string(file.read().plugin).size(), sizeof(Breadcrumb::plugin) - 1);
}

TEST_F(BreadcrumbTest, KeepsProgressUntilItIsCleared) {
  BreadcrumbFile file(path_);
  file.progress(3, 10);
  EXPECT_EQ(file.read().done, 3);
  EXPECT_EQ(file.read().total, 10);
  file.clear();
  EXPECT_EQ(file.read().total, 0);
}

TEST_F(BreadcrumbTest, SurvivesTheWorker) {
  const pid_t child = ::fork();
  if (child == 0) {
    BreadcrumbFile file(path_);
    const BreadcrumbFile::Call call(file, "rank", "rank[1]", "tower", 2, 3, 60);
    ::raise(SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  const Breadcrumb left = BreadcrumbFile(path_).read();
  EXPECT_STREQ(left.plugin, "tower");
  EXPECT_EQ(left.batch, 3);
  EXPECT_NE(left.busy_since_ns, 0) << "it died in the call";
}

TEST_F(BreadcrumbTest, NamesAFileThatCannotBeMade) {
  EXPECT_THROW(BreadcrumbFile("/nowhere/crumb"), error::UserError);
}

}  // namespace
}  // namespace assay::task
