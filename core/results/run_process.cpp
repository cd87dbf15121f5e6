#include "results/run_process.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <sstream>

namespace assay::results {
namespace {

std::string first_line(const std::string& path) {
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  return line;
}

/// Field 22 of /proc/PID/stat; 0 where there is no such process, or it has ended and only waits to
/// be asked for. The second field, a name in parentheses, may hold anything.
int64_t start_of(int64_t pid) {
  const std::string line = first_line(fmt::format("/proc/{}/stat", pid));
  const size_t name_end = line.rfind(')');
  if (name_end == std::string::npos) return 0;
  std::istringstream fields(line.substr(name_end + 1));
  std::string state, skipped;
  fields >> state;
  if (state == "Z" || state == "X") return 0;
  for (int field = 4; field < 22; ++field) fields >> skipped;
  int64_t start = 0;
  return fields >> start ? start : 0;
}

}  // namespace

std::optional<RunProcess> this_process() {
  RunProcess process;
  process.pid = ::getpid();
  process.boot_id = first_line("/proc/sys/kernel/random/boot_id");
  struct stat space {};
  if (::stat("/proc/self/ns/pid", &space) == 0)
    process.pid_namespace = static_cast<int64_t>(space.st_ino);
  process.start = start_of(process.pid);
  if (process.boot_id.empty() || process.start == 0) return std::nullopt;
  return process;
}

ProcessState state_of(const RunProcess& process) {
  const std::optional<RunProcess> own = this_process();
  if (!own || own->boot_id != process.boot_id || own->pid_namespace != process.pid_namespace)
    return ProcessState::elsewhere;
  return start_of(process.pid) == process.start ? ProcessState::alive : ProcessState::gone;
}

std::optional<RunProcess> process_of(const Reader& reader, int64_t run_id) {
  const std::array<Cell, 1> parameters{run_id};
  const QueryAnswer answer = reader.query(
      "SELECT pid, boot_id, coalesce(pid_namespace, 0), coalesce(process_start, 0) FROM run "
      "WHERE run_id = ? AND pid IS NOT NULL AND boot_id IS NOT NULL",
      parameters);
  if (answer.rows.empty()) return std::nullopt;
  const auto& row = answer.rows.front();
  return RunProcess{std::get<int64_t>(row[0]), std::get<std::string>(row[1]),
                    std::get<int64_t>(row[2]), std::get<int64_t>(row[3])};
}

}  // namespace assay::results
