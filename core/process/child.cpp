#include "process/child.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <sstream>
#include <thread>

#include "error/error.h"

// fork and execve rather than posix_spawn, which cannot ask for the parent's death signal. A pipe
// that closes with execve tells the parent whether that succeeded.

namespace assay::process {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// Both sides of a standard stream; none where the child has the parent's.
struct Stream {
  Descriptor child;
  Descriptor parent;
};

error::UserError cannot_be_run(const std::string& program, int why) {
  return {program, fmt::format("cannot be run: {}", std::strerror(why))};
}

/// The path of a program, as a shell finds it; not execvp's, which runs a file without a
/// recognised format as a script.
std::string path_of(const std::string& program) {
  if (program.find('/') != std::string::npos) return program;
  const char* const path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "/usr/bin:/bin" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    const std::filesystem::path file =
        std::filesystem::path(folder.empty() ? "." : folder) / program;
    std::error_code gone;
    if (std::filesystem::is_regular_file(file, gone) && ::access(file.c_str(), X_OK) == 0)
      return file;
  }
  throw cannot_be_run(program, ENOENT);
}

Descriptor opened(const char* path, int flags) {
  Descriptor file = open_file(path, flags);
  if (file.get() < 0)
    throw error::UserError(path, fmt::format("cannot be written ({})", std::strerror(errno)));
  return file;
}

Stream stream_of(const Input& input) {
  switch (input.from) {
    case Input::From::parent:
      break;
    case Input::From::nothing:
      return {opened("/dev/null", O_RDONLY), {}};
    case Input::From::text:
      return {memory_file(input.words), {}};
    case Input::From::pipe: {
      Pipe pipe;
      return {std::move(pipe.read_end), std::move(pipe.write_end)};
    }
  }
  return {};
}

Stream stream_of(const Output& output) {
  switch (output.to) {
    case Output::To::parent:
    case Output::To::standard_output:
      break;
    case Output::To::nothing:
      return {opened("/dev/null", O_WRONLY), {}};
    case Output::To::file:
      return {opened(output.path.c_str(), O_WRONLY | O_CREAT | O_TRUNC), {}};
    case Output::To::pipe: {
      Pipe pipe;
      return {std::move(pipe.write_end), std::move(pipe.read_end)};
    }
  }
  return {};
}

/// All that the child needs between fork and execve, where only async-signal-safe calls are
/// allowed: another thread may have held the lock of malloc.
struct Plan {
  const char* path;
  char* const* words;
  std::array<int, 3> streams;  ///< what becomes 0, 1 and 2; -1: stays
  bool own_group;
  bool dies_with_parent;
  pid_t parent;
  int report;  ///< where the child writes why it cannot be run
};

[[noreturn]] void become_program(const Plan& plan) {
  if (plan.own_group) ::setpgid(0, 0);
  if (plan.dies_with_parent) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != plan.parent) ::_exit(1);  // it died before the line above
  }
  for (int stream = 0; stream < 3; ++stream)
    if (plan.streams[stream] >= 0) ::dup2(plan.streams[stream], stream);
  // Standard streams of C++ open files without O_CLOEXEC. A kernel before 5.11 refuses, and the
  // child then inherits those.
  ::close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
  ::execve(plan.path, plan.words, environ);
  const int why = errno;
  [[maybe_unused]] const ssize_t told = ::write(plan.report, &why, sizeof why);
  ::_exit(127);
}

/// 0 when the child is the new program, else the number of the error.
int error_of(const Descriptor& report) {
  int why = 0;
  while (::read(report.get(), &why, sizeof why) < 0 && errno == EINTR) {
  }
  return why;
}

/// The number of the new process. Throws UserError where it cannot become `program`.
pid_t start(Plan plan, const std::string& program) {
  Pipe report;
  plan.report = report.write_end.get();
  plan.parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) become_program(plan);
  if (pid < 0)
    throw error::InternalError(
        fmt::format("a process cannot be started ({})", std::strerror(errno)));
  report.write_end.close();
  const int why = error_of(report.read_end);
  if (why == 0) return pid;
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
  throw cannot_be_run(program, why);
}

}  // namespace

Child::Child(const Command& command) : own_group_(command.own_group) {
  error::require(!command.words.empty(), "a child has a program");
  error::require(
      command.output.to != Output::To::standard_output && command.error.to != Output::To::pipe,
      "a pipe is for standard output, which standard error alone may follow");
  const std::string path = path_of(command.words[0]);
  std::vector<std::string> words = command.words;
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  Stream input = stream_of(command.input);
  Stream output = stream_of(command.output);
  const Stream error = stream_of(command.error);
  // In the child, 1 is in place before 2 is made.
  const int error_stream =
      command.error.to == Output::To::standard_output ? STDOUT_FILENO : error.child.get();
  pid_ = start({.path = path.c_str(),
                .words = pointers.data(),
                .streams = {input.child.get(), output.child.get(), error_stream},
                .own_group = command.own_group,
                .dies_with_parent = command.dies_with_parent,
                .parent = 0,
                .report = -1},
               command.words[0]);
  input_ = std::move(input.parent);
  output_ = std::move(output.parent);
}

Child::~Child() {
  try {
    if (!ended()) end(milliseconds(0));
  } catch (const error::Error&) {
    // Somebody else has waited for it: it has ended.
  }
}

std::optional<End> Child::wait(milliseconds limit) {
  constexpr milliseconds longest(50);
  const auto deadline = steady_clock::now() + limit;
  for (milliseconds pause(1);; pause = std::min(2 * pause, longest)) {
    if (const auto end = ended()) return end;
    const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now());
    if (left.count() <= 0) return std::nullopt;
    std::this_thread::sleep_for(std::min(pause, left));
  }
}

void Child::signal(int number) {
  if (!end_) ::kill(own_group_ ? -pid_ : pid_, number);
}

End Child::end(milliseconds grace) {
  if (grace.count() > 0) {
    signal(SIGTERM);
    if (const auto end = wait(grace)) return *end;
  }
  signal(SIGKILL);
  return wait();
}

std::optional<End> Child::reap(bool wait) {
  if (end_) return end_;
  siginfo_t info{};
  // It stays a zombie while its group is killed: no other process can have its number yet.
  while (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT | (wait ? 0 : WNOHANG)) <
         0) {
    if (errno != EINTR)
      throw error::InternalError(
          fmt::format("a child process cannot be waited for ({})", std::strerror(errno)));
  }
  if (info.si_pid == 0) return std::nullopt;
  if (own_group_) ::kill(-pid_, SIGKILL);
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  end_ = end_of(status);
  return end_;
}

}  // namespace assay::process
