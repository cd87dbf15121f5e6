#include "process/descriptor.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <utility>

namespace assay::process {
namespace {

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

TEST(Descriptor, ClosesItself) {
  int fd = -1;
  {
    const Descriptor file = open_file("/dev/null", O_RDONLY);
    fd = file.get();
    EXPECT_TRUE(is_open(fd));
  }
  EXPECT_FALSE(is_open(fd));
}

TEST(Descriptor, HasOneOwnerWhenItIsMoved) {
  Descriptor first = open_file("/dev/null", O_RDONLY);
  const int fd = first.get();
  Descriptor second(std::move(first));
  EXPECT_EQ(second.get(), fd);
  Descriptor third;
  third = std::move(second);
  EXPECT_EQ(third.get(), fd);
  EXPECT_TRUE(is_open(fd));
  third.close();
  EXPECT_FALSE(is_open(fd));
}

TEST(Descriptor, IsClosedInAProgramThatIsStarted) {
  const Pipe pipe;
  const Descriptor memory = memory_file();
  const Descriptor file = open_file("/dev/null", O_RDONLY);
  for (const int fd : {pipe.read_end.get(), pipe.write_end.get(), memory.get(), file.get()})
    EXPECT_NE(::fcntl(fd, F_GETFD) & FD_CLOEXEC, 0) << fd;
}

TEST(MemoryFile, HoldsItsTextFromTheBeginning) {
  const std::string text(200'000, 'x');
  const Descriptor file = memory_file(text);
  std::string read(text.size() + 1, '\0');
  ASSERT_EQ(::read(file.get(), read.data(), read.size()), static_cast<ssize_t>(text.size()));
  read.pop_back();
  EXPECT_EQ(read, text);
}

TEST(OpenFile, HoldsNoneWhereThereIsNoFile) {
  EXPECT_EQ(open_file("/nowhere/file", O_RDONLY).get(), -1);
}

}  // namespace
}  // namespace assay::process
