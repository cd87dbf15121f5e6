#include "host/child.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace assay::host {
namespace {

using How = ChildEnd::How;
using ::testing::ElementsAre;

struct Ran {
  ChildEnd end;
  std::vector<std::string> lines;
};

Ran run(const std::function<void(const ChildLine&)>& body,
        std::chrono::milliseconds silence = std::chrono::seconds(20)) {
  Ran ran;
  ran.end =
      run_in_child(silence, body, [&](std::string_view line) { ran.lines.emplace_back(line); });
  return ran;
}

TEST(Child, LinesArriveInOrderHoweverLong) {
  const std::string big(300'000, 'x');
  const Ran ran = run([&](const ChildLine& line) {
    line.send("one");
    line.send(big);
  });
  EXPECT_EQ(ran.end.how, How::finished);
  EXPECT_THAT(ran.lines, ElementsAre("one", big));
}

TEST(Child, ACrashKeepsTheLinesBeforeIt) {
  const Ran ran = run([](const ChildLine& line) {
    line.send("before");
    ::raise(SIGSEGV);
  });
  EXPECT_EQ(ran.end.how, How::killed);
  EXPECT_EQ(signal_name(ran.end.number), "SIGSEGV");
  EXPECT_THAT(ran.lines, ElementsAre("before"));
}

TEST(Child, AnExitIsNotTakenForTheEnd) {
  const Ran ran = run([](const ChildLine&) { std::exit(0); });
  EXPECT_EQ(ran.end.how, How::exited);
  EXPECT_EQ(ran.end.number, 0);
}

TEST(Child, SilenceEndsIt) {
  const Ran ran = run([](const ChildLine&) { ::pause(); }, std::chrono::milliseconds(100));
  EXPECT_EQ(ran.end.how, How::timed_out);
}

TEST(Child, ALineIsASignOfLife) {
  const Ran ran = run(
      [](const ChildLine& line) {
        for (int i = 0; i < 6; ++i) {
          ::usleep(100'000);
          line.send("alive");
        }
      },
      std::chrono::milliseconds(400));
  EXPECT_EQ(ran.end.how, How::finished);
}

TEST(Child, ItsLastLineOfOutputIsKept) {
  const Ran ran = run([](const ChildLine&) {
    std::puts("first");
    std::fputs("terminate called\n\n", stderr);
    std::fflush(stdout);
    std::abort();
  });
  EXPECT_EQ(signal_name(ran.end.number), "SIGABRT");
  EXPECT_EQ(ran.end.words, "first");
}

TEST(Child, AnExceptionThatLeavesTheBodyIsACrash) {
  const Ran ran = run([](const ChildLine&) { throw 1; });
  EXPECT_EQ(ran.end.how, How::killed);
}

}  // namespace
}  // namespace assay::host
