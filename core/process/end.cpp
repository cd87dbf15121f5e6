#include "process/end.h"

#include <fmt/format.h>
#include <sys/wait.h>

#include <cstring>

namespace assay::process {

std::string End::text() const {
  return signal == 0 ? fmt::format("exit code {}", exit_code) : signal_name(signal);
}

End end_of(int status) {
  if (WIFSIGNALED(status)) return {.signal = WTERMSIG(status)};
  return {.exit_code = WEXITSTATUS(status)};
}

std::string signal_name(int signal) {
  const char* const name = ::sigabbrev_np(signal);
  return name == nullptr ? fmt::format("signal {}", signal) : fmt::format("SIG{}", name);
}

}  // namespace assay::process
