#pragma once

#include <string>

namespace assay::process {

/// How a process ended.
struct End {
  int signal = 0;     ///< 0: it exited
  int exit_code = 0;  ///< where it exited

  bool well() const { return signal == 0 && exit_code == 0; }
  /// "SIGSEGV", "exit code 3".
  std::string text() const;
};

/// Of the status that waitpid(2) gives.
End end_of(int status);

/// "SIGSEGV", or "signal 42".
std::string signal_name(int signal);

}  // namespace assay::process
