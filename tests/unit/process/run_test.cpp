#include "process/run.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace assay::process {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

/// What a script of the shell writes on standard output.
Ran shell(const std::string& script, const Limits& limits = {}) {
  return run({.words = {"/bin/sh", "-c", script}, .output = Output::pipe()}, limits);
}

TEST(Run, GivesWhatAProgramWroteAndHowItEnded) {
  const Ran ran = shell("echo out; exit 3");
  EXPECT_EQ(ran.output, "out\n");
  EXPECT_EQ(ran.end.text(), "exit code 3");
  EXPECT_FALSE(ran.late);
  EXPECT_FALSE(ran.cut);
}

TEST(Run, ReadsMoreThanAPipeHolds) {
  const Ran ran = shell("head -c 1000000 /dev/zero | tr '\\0' x");
  EXPECT_EQ(ran.output, std::string(1'000'000, 'x'));
  EXPECT_TRUE(ran.end.well());
}

TEST(Run, TextAndAnswerMayBothBeMoreThanAPipeHolds) {
  const std::string text(1'000'000, 'x');
  const Ran ran = run({.words = {"cat"}, .input = Input::text(text), .output = Output::pipe()});
  EXPECT_EQ(ran.output, text);
}

TEST(Run, TextThatNobodyReadsDoesNoHarm) {
  EXPECT_TRUE(
      run({.words = {"true"}, .input = Input::text(std::string(1'000'000, 'x'))}).end.well());
}

TEST(Run, WithoutAPipeThereIsNoOutput) {
  const Ran ran = run({.words = {"echo", "out"}, .output = Output::nothing()});
  EXPECT_EQ(ran.output, "");
  EXPECT_TRUE(ran.end.well());
}

TEST(Run, EndsAProgramThatNeverEnds) {
  const auto start = steady_clock::now();
  const Ran ran = shell("echo before; exec sleep 1000", {.time = milliseconds(300)});
  EXPECT_LT(steady_clock::now() - start, seconds(60));
  EXPECT_TRUE(ran.late);
  EXPECT_EQ(ran.end.text(), "SIGTERM");
  EXPECT_EQ(ran.output, "before\n") << "what it wrote in time is kept";
}

TEST(Run, KillsAProgramThatDoesNotWantToEnd) {
  const Ran ran = shell("trap '' TERM; exec sleep 1000", {.time = milliseconds(300)});
  EXPECT_TRUE(ran.late);
  EXPECT_EQ(ran.end.text(), "SIGKILL");
}

TEST(Run, EndsAProgramThatWritesWithoutEnd) {
  const Ran ran = run({.words = {"yes"}, .output = Output::pipe()}, {.bytes = 1001});
  EXPECT_TRUE(ran.cut);
  EXPECT_FALSE(ran.late);
  EXPECT_EQ(ran.output.size(), 1001);
  EXPECT_EQ(ran.end.text(), "SIGTERM");
}

TEST(Run, OutputOfExactlyTheLimitIsNotCut) {
  const Ran ran = shell("printf 12345", {.bytes = 5});
  EXPECT_FALSE(ran.cut);
  EXPECT_EQ(ran.output, "12345");
  EXPECT_TRUE(ran.end.well());
}

TEST(Run, WaitsForAProgramThatHasClosedItsOutput) {
  const Ran ran = shell("exec >&-; sleep 0.2; exit 4", {.time = seconds(60)});
  EXPECT_EQ(ran.end.text(), "exit code 4");
  EXPECT_FALSE(ran.late);
}

TEST(Run, EndsAProgramThatHasClosedItsOutputAndNeverEnds) {
  const Ran ran = shell("exec >&-; exec sleep 1000", {.time = milliseconds(300)});
  EXPECT_TRUE(ran.late);
  EXPECT_EQ(ran.end.text(), "SIGTERM");
}

}  // namespace
}  // namespace assay::process
