#include "process/fork.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <csignal>
#include <cstdio>

#include "error/error.h"
#include "process/descriptor.h"
#include "text/clipped.h"

namespace assay::process {

namespace {

/// What a child sends last. No JSON line begins so.
constexpr std::string_view kFinished = "\x04";

void prepare_child(int parent, int output) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);  // it died before the line above
  ::setpgid(0, 0);
  // Handlers are inherited, and those of a sanitizer would turn a crash into an exit.
  for (const int crash : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL}) ::signal(crash, SIG_DFL);
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::dup2(null, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
}

/// noexcept: an exception that leaves the body ends the child.
[[noreturn]] void be_child(int parent, int line, int output,
                           const std::function<void(const ForkLine&)>& body) noexcept {
  prepare_child(parent, output);
  const ForkLine sender(line);
  body(sender);
  sender.send(kFinished);
  ::_exit(0);
}

/// Splits what arrives into lines.
class Lines {
 public:
  explicit Lines(const std::function<void(std::string_view)>& on_line) : on_line_(on_line) {}

  void add(std::string_view bytes) {
    rest_ += bytes;
    size_t begin = 0;
    for (size_t end = rest_.find('\n'); end != std::string::npos; end = rest_.find('\n', begin)) {
      take(std::string_view(rest_).substr(begin, end - begin));
      begin = end + 1;
    }
    rest_.erase(0, begin);
  }
  bool finished() const { return finished_; }

 private:
  void take(std::string_view line) {
    if (line == kFinished)
      finished_ = true;
    else
      on_line_(line);
  }

  const std::function<void(std::string_view)>& on_line_;
  std::string rest_;
  bool finished_ = false;
};

/// Reads until the child says that it has finished, closes its line, or is silent for too long;
/// true unless the last.
bool follow(int line, std::chrono::milliseconds silence, Lines& lines) {
  std::array<char, 65536> buffer;
  pollfd wait{.fd = line, .events = POLLIN, .revents = 0};
  while (!lines.finished()) {
    const int ready = ::poll(&wait, 1, static_cast<int>(silence.count()));
    if (ready < 0 && errno == EINTR) continue;
    if (ready == 0) return false;
    const ssize_t got = ::read(line, buffer.data(), buffer.size());
    if (got <= 0) return true;
    lines.add({buffer.data(), static_cast<size_t>(got)});
  }
  return true;
}

/// The end of a file in memory.
std::string tail_of(int output) {
  constexpr off_t most = 64 * 1024;
  const off_t size = ::lseek(output, 0, SEEK_END);
  std::string tail(static_cast<size_t>(std::min(size, most)), '\0');
  const ssize_t got =
      ::pread(output, tail.data(), tail.size(), size - static_cast<off_t>(tail.size()));
  tail.resize(got < 0 ? 0 : static_cast<size_t>(got));
  return tail;
}

std::string last_line(std::string tail) {
  constexpr size_t longest = 300;
  while (!tail.empty() && std::isspace(static_cast<unsigned char>(tail.back())) != 0)
    tail.pop_back();
  if (const size_t line = tail.rfind('\n'); line != std::string::npos) tail.erase(0, line + 1);
  return text::clipped(tail, longest, "");
}

End wait_for(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0)
    error::require(errno == EINTR, "a child process cannot be waited for");
  return end_of(status);
}

ForkEnd judged(const End& end, bool in_time, bool finished) {
  if (!in_time) return {.how = ForkEnd::How::timed_out};
  if (finished) return {.how = ForkEnd::How::finished};
  if (end.signal != 0) return {.how = ForkEnd::How::killed, .number = end.signal};
  return {.how = ForkEnd::How::exited, .number = end.exit_code};
}

}  // namespace

void ForkLine::send(std::string_view line) const {
  std::string text(line);
  text += '\n';
  for (size_t done = 0; done < text.size();) {
    const ssize_t sent = ::write(fd_, text.data() + done, text.size() - done);
    if (sent < 0 && errno != EINTR) ::_exit(1);  // the parent is gone
    if (sent > 0) done += static_cast<size_t>(sent);
  }
}

ForkEnd run_in_fork(std::chrono::milliseconds silence,
                    const std::function<void(const ForkLine&)>& body,
                    const std::function<void(std::string_view)>& on_line) {
  Pipe pipe;
  const Descriptor output = memory_file();
  std::fflush(nullptr);  // else the child would write our buffers a second time
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  error::require(child >= 0, "a process cannot be started");
  if (child == 0) be_child(parent, pipe.write_end.get(), output.get(), body);
  pipe.write_end.close();

  Lines lines(on_line);
  const bool in_time = follow(pipe.read_end.get(), silence, lines);
  if (!in_time) {
    ::kill(-child, SIGKILL);  // with what it started; the group may not exist yet
    ::kill(child, SIGKILL);
  }
  ForkEnd end = judged(wait_for(child), in_time, lines.finished());
  end.written = tail_of(output.get());
  end.words = last_line(end.written);
  return end;
}

}  // namespace assay::process
