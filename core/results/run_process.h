#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "results/reader.h"

namespace assay::results {

/// The process that makes a run. Its number alone would be met again: by another process once it has
/// ended, after a restart, on another machine, in another container.
struct RunProcess {
  int64_t pid = 0;
  std::string boot_id;        ///< of the kernel
  int64_t pid_namespace = 0;  ///< its inode; 0: not known
  int64_t start = 0;          ///< clock ticks after boot; 0: not known

  bool operator==(const RunProcess&) const = default;
};

/// This one; nothing where the system does not say what it is.
std::optional<RunProcess> this_process();

enum class ProcessState {
  alive,
  gone,
  elsewhere,  ///< it ran on another machine or in another container, or before a restart
};
ProcessState state_of(const RunProcess& process);

/// Who makes, or made, a run; nothing for runs of files that did not keep it.
std::optional<RunProcess> process_of(const Reader& reader, int64_t run_id);

}  // namespace assay::results
