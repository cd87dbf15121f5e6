#include "cli/worker_pool.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "error/error.h"
#include "process/run.h"

namespace assay::cli {
namespace {

namespace fs = std::filesystem;

/// A repository in a folder whose name a shell would read as a quotation mark.
class GitCommit : public testing::Test {
 protected:
  GitCommit() { fs::create_directories(folder_); }
  ~GitCommit() override { fs::remove_all(folder_); }

  /// False where git is not installed, or cannot do it.
  bool git(std::vector<std::string> words) const {
    words.insert(words.begin(),
                 {"git", "-C", folder_, "-c", "user.name=a", "-c", "user.email=a@b"});
    process::Command command;
    command.words = std::move(words);
    command.output = process::Output::nothing();
    command.error = process::Output::nothing();
    try {
      return process::run(command).end.well();
    } catch (const error::UserError&) {
      return false;
    }
  }

  const std::string folder_ =
      fs::temp_directory_path() / ("assay it's " + std::to_string(::getpid()));
  const std::string file_ = folder_ + "/exp.yaml";
};

TEST_F(GitCommit, IsEmptyOutsideARepository) { EXPECT_EQ(git_commit(file_), ""); }

TEST_F(GitCommit, IsMarkedWhereChangesAreNotCommitted) {
  std::ofstream(file_) << "one";
  if (!git({"init"}) || !git({"add", "exp.yaml"}) || !git({"commit", "-m", "one"}))
    GTEST_SKIP() << "git is not at hand";
  const std::string commit = git_commit(file_);
  EXPECT_EQ(commit.size(), 12);
  EXPECT_EQ(commit.find_first_not_of("0123456789abcdef"), std::string::npos) << commit;
  std::ofstream(file_) << "another";
  EXPECT_EQ(git_commit(file_), commit + "+");
}

}  // namespace
}  // namespace assay::cli
