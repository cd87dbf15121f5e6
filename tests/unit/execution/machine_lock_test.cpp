#include "execution/machine_lock.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "unit/temp_folder.h"

namespace assay::execution {
namespace {

using State = MachineLock::State;

struct MachineLockTest : ::testing::Test {
  test::TempFolder folder;
  std::string path = folder.file("timing.lock");
};

TEST_F(MachineLockTest, IsHeldByOneAtATimeWhoseProcessIsNamed) {
  MachineLock first(path), second(path);
  EXPECT_EQ(first.try_take(), State::taken);
  EXPECT_EQ(second.try_take(), State::held_by_other);
  EXPECT_EQ(second.holder(), ::getpid());
}

TEST_F(MachineLockTest, EndsWithItsHolder) {
  MachineLock second(path);
  {
    MachineLock first(path);
    ASSERT_EQ(first.try_take(), State::taken);
    ASSERT_EQ(second.try_take(), State::held_by_other);
  }
  EXPECT_EQ(second.try_take(), State::taken);
}

TEST_F(MachineLockTest, OfAProcessThatWasKilledIsFree) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    MachineLock lock(path);
    const char taken = lock.try_take() == State::taken ? 'y' : 'n';
    static_cast<void>(::write(ready[1], &taken, 1));
    while (true) ::pause();
  }
  char taken = 0;
  ASSERT_EQ(::read(ready[0], &taken, 1), 1);
  EXPECT_EQ(taken, 'y');
  MachineLock lock(path);
  EXPECT_EQ(lock.try_take(), State::held_by_other);
  EXPECT_EQ(lock.holder(), child);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_EQ(lock.try_take(), State::taken) << "its file is still there and means nothing";
}

TEST_F(MachineLockTest, SaysWhyItCannotBeUsed) {
  MachineLock missing(folder.file("no-such-folder/timing.lock"));
  EXPECT_EQ(missing.try_take(), State::unusable);
  EXPECT_THAT(missing.why(), ::testing::HasSubstr("No such file or directory"));
  const std::string other = folder.write("other", "kept");
  std::filesystem::create_symlink(other, path);
  MachineLock link(path);
  EXPECT_EQ(link.try_take(), State::unusable) << "a link may lead to anybody's file";
  MachineLock none("");
  EXPECT_EQ(none.try_take(), State::unusable);
  EXPECT_EQ(none.why(), "") << "none was asked for";
}

}  // namespace
}  // namespace assay::execution
