#include "execution/ask_worker.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "error/error.h"

namespace assay::execution {

namespace {

/// A descriptor that closes itself.
class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  ~Fd() { close(); }
  Fd(const Fd&) = delete;
  int get() const { return fd_; }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  int fd_;
};

/// A file in memory with this text, to be read from its beginning. A pipe would need somebody to
/// write while we read.
int text_file(const std::string& text) {
  const int fd = ::memfd_create("assay-question", MFD_CLOEXEC);
  error::require(fd >= 0, "a file in memory cannot be made");
  for (size_t done = 0; done < text.size();) {
    const ssize_t wrote = ::write(fd, text.data() + done, text.size() - done);
    error::require(wrote > 0 || errno == EINTR, "a file in memory cannot be written");
    if (wrote > 0) done += static_cast<size_t>(wrote);
  }
  ::lseek(fd, 0, SEEK_SET);
  return fd;
}

std::string read_all(int fd) {
  std::string text;
  std::array<char, 65536> buffer;
  for (;;) {
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return text;
    text.append(buffer.data(), static_cast<size_t>(got));
  }
}

/// 0, or the error number.
int spawn(std::vector<std::string>& words, int input, int output, pid_t& child) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  const int failed =
      ::posix_spawn(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  return failed;
}

}  // namespace

std::string answer_of_worker(std::vector<std::string> words, const std::string& input) {
  const Fd question(text_file(input));
  std::array<int, 2> ends{};
  error::require(::pipe2(ends.data(), O_CLOEXEC) == 0, "a pipe cannot be made");
  const Fd read_end(ends[0]);
  Fd write_end(ends[1]);
  pid_t child = -1;
  if (spawn(words, question.get(), write_end.get(), child) != 0)
    throw error::UserError(
        words[0], "cannot be run; expected assay-worker beside assay. Build or install it again");
  write_end.close();
  std::string output = read_all(read_end.get());
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    throw error::UserError(words[0], fmt::format("failed while it inspected plugins; try "
                                                 "`assay-worker {} FILE...`",
                                                 words.at(1)));
  return output;
}

}  // namespace assay::execution
