#include "process/fork.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace assay::process {
namespace {

using How = ForkEnd::How;
using ::testing::ElementsAre;

struct Forked {
  ForkEnd end;
  std::vector<std::string> lines;
};

Forked forked(const std::function<void(const ForkLine&)>& body,
              std::chrono::milliseconds silence = std::chrono::seconds(20)) {
  Forked ran;
  ran.end =
      run_in_fork(silence, body, [&](std::string_view line) { ran.lines.emplace_back(line); });
  return ran;
}

TEST(Fork, LinesArriveInOrderHoweverLong) {
  const std::string big(300'000, 'x');
  const Forked ran = forked([&](const ForkLine& line) {
    line.send("one");
    line.send(big);
  });
  EXPECT_EQ(ran.end.how, How::finished);
  EXPECT_THAT(ran.lines, ElementsAre("one", big));
}

TEST(Fork, ACrashKeepsTheLinesBeforeIt) {
  const Forked ran = forked([](const ForkLine& line) {
    line.send("before");
    ::raise(SIGSEGV);
  });
  EXPECT_EQ(ran.end.how, How::killed);
  EXPECT_EQ(signal_name(ran.end.number), "SIGSEGV");
  EXPECT_THAT(ran.lines, ElementsAre("before"));
}

TEST(Fork, AnExitIsNotTakenForTheEnd) {
  const Forked ran = forked([](const ForkLine&) { std::exit(0); });
  EXPECT_EQ(ran.end.how, How::exited);
  EXPECT_EQ(ran.end.number, 0);
}

TEST(Fork, SilenceEndsIt) {
  const Forked ran = forked([](const ForkLine&) { ::pause(); }, std::chrono::milliseconds(100));
  EXPECT_EQ(ran.end.how, How::timed_out);
}

TEST(Fork, ALineIsASignOfLife) {
  const Forked ran = forked(
      [](const ForkLine& line) {
        for (int i = 0; i < 6; ++i) {
          ::usleep(100'000);
          line.send("alive");
        }
      },
      std::chrono::milliseconds(400));
  EXPECT_EQ(ran.end.how, How::finished);
}

TEST(Fork, ItsLastLineOfOutputIsKept) {
  const Forked ran = forked([](const ForkLine&) {
    std::puts("first");
    std::fputs("terminate called\n\n", stderr);
    std::fflush(stdout);
    std::abort();
  });
  EXPECT_EQ(signal_name(ran.end.number), "SIGABRT");
  EXPECT_EQ(ran.end.words, "first");
}

TEST(Fork, AnExceptionThatLeavesTheBodyIsACrash) {
  const Forked ran = forked([](const ForkLine&) { throw 1; });
  EXPECT_EQ(ran.end.how, How::killed);
}

}  // namespace
}  // namespace assay::process
