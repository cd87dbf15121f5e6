#include "execution/worker_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <string_view>

#include "execution/ask_worker.h"

namespace assay::execution {
namespace {

std::string file_of(const WorkerProcess::Settings& settings, std::string_view ending) {
  return fmt::format("{}/worker{}.{}", settings.folder, settings.number, ending);
}

process::Command command_of(const WorkerProcess::Settings& settings) {
  process::Command command;
  command.words = {settings.program, "--serve",
                   "--breadcrumb",   file_of(settings, "breadcrumb"),
                   "--memory-gib",   fmt::format("{}", settings.memory_gib)};
  command.input = process::Input::pipe();
  command.output = process::Output::pipe();
  command.error = process::Output::file(file_of(settings, "log"));
  command.own_group = true;
  command.dies_with_parent = true;
  return command;
}

process::Child started(const WorkerProcess::Settings& settings, task::BreadcrumbFile& breadcrumb) {
  if (::access(settings.program.c_str(), X_OK) != 0) throw worker_cannot_be_run(settings.program);
  breadcrumb.clear();
  return process::Child(command_of(settings));
}

}  // namespace

WorkerProcess::WorkerProcess(const Settings& settings)
    : log_path_(file_of(settings, "log")),
      breadcrumb_(file_of(settings, "breadcrumb")),
      child_(started(settings, breadcrumb_)) {
  ::fcntl(child_.output(), F_SETFL, O_NONBLOCK);
}

void WorkerProcess::send(const std::string& task_path) {
  struct stat log {};
  if (::stat(log_path_.c_str(), &log) == 0) log_start_ = log.st_size;
  const std::string text = task_path + "\n";
  // A worker that died meanwhile is noticed by ended(); SIGPIPE is ignored by the program.
  [[maybe_unused]] const ssize_t written = ::write(child_.input(), text.data(), text.size());
}

void WorkerProcess::read_output() {
  std::array<char, 4096> chunk;
  ssize_t size;
  while ((size = ::read(child_.output(), chunk.data(), chunk.size())) > 0)
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

void WorkerProcess::kill() { child_.signal(SIGKILL); }

std::string WorkerProcess::written() const {
  constexpr std::streamoff most = 65536;
  std::ifstream in(log_path_, std::ios::ate);
  const std::streamoff size = in.tellg();
  in.seekg(std::max<std::streamoff>(log_start_, size - most));
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace assay::execution
