#include "execution/worker_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "error/error.h"

namespace assay::execution {
namespace {

struct Pipe {
  int read = -1, write = -1;
  Pipe() {
    std::array<int, 2> ends;
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw error::InternalError("a pipe cannot be made");
    read = ends[0];
    write = ends[1];
  }
};

// In the child, between fork and exec: only async-signal-safe calls.
[[noreturn]] void become_worker(const Pipe& input, const Pipe& output, int log,
                                char* const* arguments) {
  // A process group of its own: Ctrl-C reaches the coordinator alone, which decides what to stop.
  // And no worker may outlive the coordinator, even if that is killed.
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::dup2(input.read, STDIN_FILENO);
  ::dup2(output.write, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  ::execv(arguments[0], arguments);
  ::_exit(127);
}

}  // namespace

std::string ProcessEnd::text() const {
  if (signal == 0) return fmt::format("exit code {}", exit_code);
  const char* name = ::sigabbrev_np(signal);
  return name ? fmt::format("SIG{}", name) : fmt::format("signal {}", signal);
}

WorkerProcess::WorkerProcess(const Settings& settings)
    : settings_(settings),
      breadcrumb_(fmt::format("{}/worker{}.breadcrumb", settings.folder, settings.number)),
      log_path_(fmt::format("{}/worker{}.log", settings.folder, settings.number)) {
  if (::access(settings.program.c_str(), X_OK) != 0) {
    throw error::UserError(
        settings.program,
        "cannot be run; expected assay-worker beside assay. Build or install it again");
  }
  breadcrumb_.clear();
  start();
}

void WorkerProcess::start() {
  const Pipe input, output;
  const int log = ::open(log_path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (log < 0)
    throw error::UserError(log_path_, fmt::format("cannot be written ({})", std::strerror(errno)));
  std::vector<std::string> words = {
      settings_.program, "--serve",
      "--breadcrumb",    fmt::format("{}/worker{}.breadcrumb", settings_.folder, settings_.number),
      "--memory-gib",    fmt::format("{}", settings_.memory_gib)};
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_ = ::fork();
  if (pid_ == 0) become_worker(input, output, log, arguments.data());
  ::close(input.read);
  ::close(output.write);
  ::close(log);
  input_ = input.write;
  output_ = output.read;
  if (pid_ < 0)
    throw error::InternalError(
        fmt::format("a process cannot be started ({})", std::strerror(errno)));
  ::fcntl(output_, F_SETFL, O_NONBLOCK);
}

WorkerProcess::~WorkerProcess() {
  if (!ended()) kill();
  if (pid_ > 0 && !end_) ::waitpid(pid_, nullptr, 0);
  ::close(input_);
  ::close(output_);
}

void WorkerProcess::send(const std::string& task_path) {
  struct stat log {};
  if (::stat(log_path_.c_str(), &log) == 0) log_start_ = log.st_size;
  const std::string text = task_path + "\n";
  // A worker that died meanwhile is noticed by ended(); SIGPIPE is ignored by the program.
  [[maybe_unused]] const ssize_t written = ::write(input_, text.data(), text.size());
}

void WorkerProcess::read_output() {
  std::array<char, 4096> chunk;
  ssize_t size;
  while ((size = ::read(output_, chunk.data(), chunk.size())) > 0)
    buffer_.append(chunk.data(), size);
}

std::optional<std::string> WorkerProcess::line() {
  read_output();
  const size_t end = buffer_.find('\n');
  if (end == std::string::npos) return std::nullopt;
  std::string out = buffer_.substr(0, end);
  buffer_.erase(0, end + 1);
  return out;
}

std::optional<ProcessEnd> WorkerProcess::ended() {
  if (end_) return end_;
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) != pid_) return std::nullopt;
  end_ = ProcessEnd{WIFSIGNALED(status) ? WTERMSIG(status) : 0,
                    WIFEXITED(status) ? WEXITSTATUS(status) : 0};
  return end_;
}

void WorkerProcess::kill() {
  if (pid_ > 0 && !end_) ::kill(pid_, SIGKILL);
}

std::string WorkerProcess::written() const {
  constexpr std::streamoff kMost = 64 * 1024;
  std::ifstream in(log_path_, std::ios::ate);
  const std::streamoff size = in.tellg();
  in.seekg(std::max<std::streamoff>(log_start_, size - kMost));
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace assay::execution
