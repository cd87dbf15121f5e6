#include "process/child.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

#include "error/error.h"
#include "process/fork.h"
#include "process/run.h"

namespace assay::process {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::seconds;

Command shell(const std::string& script) {
  return {.words = {"/bin/sh", "-c", script}, .output = Output::pipe()};
}

/// What can be read within a minute, at most 1000 bytes; "" at the end of it, nothing where there
/// is neither.
std::optional<std::string> read_some(int fd) {
  pollfd wait{.fd = fd, .events = POLLIN, .revents = 0};
  if (::poll(&wait, 1, 60'000) != 1) return std::nullopt;
  std::array<char, 1000> buffer;
  const ssize_t got = ::read(fd, buffer.data(), buffer.size());
  return std::string(buffer.data(), static_cast<size_t>(std::max<ssize_t>(got, 0)));
}

std::string content(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string error_of(const Command& command) {
  try {
    Child child(command);
  } catch (const error::UserError& error) {
    return error.what();
  }
  return "";
}

class ChildTest : public testing::Test {
 protected:
  ChildTest() { fs::create_directory(folder_); }
  ~ChildTest() override { fs::remove_all(folder_); }
  std::string path(const std::string& name) const { return folder_ + "/" + name; }
  std::string write(const std::string& name, const std::string& text, fs::perms permissions) const {
    std::ofstream(path(name)) << text;
    fs::permissions(path(name), permissions);
    return path(name);
  }

  const std::string folder_ =
      fs::temp_directory_path() / ("assay_child_" + std::to_string(::getpid()));
};

TEST_F(ChildTest, SaysHowItEnded) {
  EXPECT_EQ(Child(shell("exit 3")).wait().text(), "exit code 3");
  EXPECT_EQ(Child(shell("kill -KILL $$")).wait().text(), "SIGKILL");
}

TEST_F(ChildTest, SaysHowItEndedAsOftenAsItIsAsked) {
  Child child(shell("exit 3"));
  EXPECT_EQ(child.wait().exit_code, 3);
  EXPECT_EQ(child.wait(milliseconds(0))->exit_code, 3);
  EXPECT_EQ(child.ended()->exit_code, 3);
  EXPECT_EQ(child.end(seconds(1)).exit_code, 3);
}

TEST_F(ChildTest, IsWaitedForNoLongerThanAllowed) {
  Child child({.words = {"sleep", "1000"}});
  EXPECT_FALSE(child.ended());
  EXPECT_FALSE(child.wait(milliseconds(50)));
}

TEST_F(ChildTest, GetsEveryWordAsItIs) {
  Command command = shell("printf '%s|' \"$@\"");
  for (const char* word : {"sh", "two words", "*", "", "$HOME"}) command.words.push_back(word);
  EXPECT_EQ(run(command).output, "two words|*||$HOME|");
}

TEST_F(ChildTest, NamesAProgramThatCannotBeRun) {
  EXPECT_EQ(error_of({.words = {"/no/program"}}),
            "/no/program: cannot be run: No such file or directory");
  EXPECT_EQ(error_of({.words = {"no-such-program"}}),
            "no-such-program: cannot be run: No such file or directory");
  const std::string data = write("data", "1 2 3", fs::perms::owner_read);
  EXPECT_EQ(error_of({.words = {data}}), data + ": cannot be run: Permission denied");
  const std::string text = write("text", "echo no script without #!", fs::perms::owner_all);
  EXPECT_EQ(error_of({.words = {text}}), text + ": cannot be run: Exec format error");
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD) << "no zombie is left";
}

TEST_F(ChildTest, RunsNoProgramOfTheWorkingFolderByItsBareName) {
  write("no-such-program", "#!/bin/sh\nexit 0\n", fs::perms::owner_all);
  const fs::path before = fs::current_path();
  fs::current_path(folder_);
  EXPECT_EQ(error_of({.words = {"no-such-program"}}),
            "no-such-program: cannot be run: No such file or directory");
  fs::current_path(before);
}

TEST_F(ChildTest, NamesAFileThatCannotBeWritten) {
  Command command = shell("true");
  command.output = Output::file("/nowhere/log");
  EXPECT_EQ(error_of(command), "/nowhere/log: cannot be written (No such file or directory)");
}

TEST_F(ChildTest, WritesBothStreamsIntoOneFileInTheirOrder) {
  Command command = shell("echo one; echo two >&2; echo three");
  command.output = Output::file(write("log", "what stood there before", fs::perms::owner_all));
  command.error = Output::standard_output();
  EXPECT_TRUE(Child(command).wait().well());
  EXPECT_EQ(content(path("log")), "one\ntwo\nthree\n");
}

TEST_F(ChildTest, ReadsWhatItsParentWrites) {
  Child child({.words = {"cat"}, .input = Input::pipe(), .output = Output::pipe()});
  ASSERT_EQ(::write(child.input(), "one", 3), 3);
  EXPECT_EQ(read_some(child.output()), "one");
  child.close_input();
  EXPECT_EQ(read_some(child.output()), "");
  EXPECT_TRUE(child.wait().well());
}

TEST_F(ChildTest, ReadsNothingWhereItIsGivenNothing) {
  EXPECT_EQ(run({.words = {"cat"}, .input = Input::nothing(), .output = Output::pipe()}).output,
            "");
}

TEST_F(ChildTest, HasNoDescriptorOfItsParentButTheStandardStreams) {
  const int leaky = ::open("/dev/null", O_RDONLY);  // as standard streams of C++ open files
  ASSERT_GE(leaky, 0);
  const Child neighbour({.words = {"sleep", "1000"}, .input = Input::pipe()});
  EXPECT_EQ(run({.words = {"ls", "/proc/self/fd"}, .output = Output::pipe()}).output,
            "0\n1\n2\n3\n")
      << "3 is the folder that ls reads";
  ::close(leaky);
}

TEST_F(ChildTest, HasItsStreamsWhereItsParentHasNone) {
  std::string answer;
  const auto body = [&](const ForkLine& line) {
    for (const int stream : {0, 1, 2}) ::close(stream);
    const Ran ran = run({.words = {"/bin/sh", "-c", "cat; echo told >&2"},
                         .input = Input::text("asked "),
                         .output = Output::pipe(),
                         .error = Output::standard_output()});
    line.send(ran.output.substr(0, ran.output.find('\n')));
  };
  run_in_fork(seconds(60), body, [&](std::string_view line) { answer = line; });
  EXPECT_EQ(answer, "asked told");
}

TEST_F(ChildTest, MayEndAsItLikesWhenItIsAsked) {
  Child child(shell("trap 'exit 7' TERM; echo ready; while :; do sleep 0.01; done"));
  EXPECT_EQ(read_some(child.output()), "ready\n");
  EXPECT_EQ(child.end(seconds(60)).text(), "exit code 7");
}

TEST_F(ChildTest, IsKilledWhereItDoesNotEndWhenItIsAsked) {
  Child child(shell("trap '' TERM; echo ready; exec sleep 1000"));
  EXPECT_EQ(read_some(child.output()), "ready\n");
  EXPECT_EQ(child.end(milliseconds(100)).text(), "SIGKILL");
}

TEST_F(ChildTest, IsKilledAtOnceWithoutAGrace) {
  Child child(shell("trap 'exit 7' TERM; echo ready; while :; do sleep 0.01; done"));
  EXPECT_EQ(read_some(child.output()), "ready\n");
  EXPECT_EQ(child.end(milliseconds(0)).text(), "SIGKILL");
}

TEST_F(ChildTest, DoesNotOutliveItsObject) {
  { const Child child({.words = {"sleep", "1000"}}); }
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

// Whoever still runs holds the pipe open.

TEST_F(ChildTest, WhatItStartedIsKilledWithItsGroup) {
  Command command = shell("sleep 1000 & echo ready; wait");
  command.own_group = true;
  Child child(command);
  EXPECT_EQ(read_some(child.output()), "ready\n");
  EXPECT_EQ(child.end(milliseconds(0)).text(), "SIGKILL");
  EXPECT_EQ(read_some(child.output()), "");
}

TEST_F(ChildTest, WhatItLeavesInItsGroupEndsWithIt) {
  Command command = shell("sleep 1000 & echo ready");
  command.own_group = true;
  Child child(command);
  EXPECT_EQ(child.wait().text(), "exit code 0");
  EXPECT_EQ(read_some(child.output()), "ready\n");
  EXPECT_EQ(read_some(child.output()), "");
}

TEST_F(ChildTest, AGroupOfItsOwnIsNotThatOfItsParent) {
  Command command = shell("cut -d ' ' -f 5 /proc/$$/stat");
  EXPECT_EQ(run(command).output, std::to_string(::getpgrp()) + "\n");
  command.own_group = true;
  EXPECT_NE(run(command).output, std::to_string(::getpgrp()) + "\n");
}

TEST_F(ChildTest, DiesWithItsParentWhereThatIsAsked) {
  Pipe pipe;
  const ForkEnd end = run_in_fork(
      seconds(60),
      [&](const ForkLine&) {
        ::dup2(pipe.write_end.get(), STDOUT_FILENO);
        const Child child({.words = {"sleep", "1000"}, .dies_with_parent = true});
        ::raise(SIGKILL);
      },
      [](std::string_view) {});
  EXPECT_EQ(end.how, ForkEnd::How::killed);
  pipe.write_end.close();
  EXPECT_EQ(read_some(pipe.read_end.get()), "");
}

}  // namespace
}  // namespace assay::process
