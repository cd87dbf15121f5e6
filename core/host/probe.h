#pragma once

#include <chrono>
#include <span>
#include <string>
#include <vector>

#include "task/probe_result.h"

namespace assay::host {

/// How long one library may take to load.
inline constexpr std::chrono::milliseconds kProbeLimit{10'000};

/// Holds each file against the whole handshake; one result a path, in their order.
///
/// Steps 1 to 3 read the file. What passes them is loaded in a child process, all libraries in one;
/// where that child crashes, exits or goes silent, the library it was loading is tried again on its
/// own (the fault may be that of one loaded before), and another child goes on with the rest. See
/// process::run_in_fork for what that asks of the caller.
std::vector<task::ProbeResult> probe_libraries(const std::vector<std::string>& paths,
                                               std::chrono::milliseconds limit = kProbeLimit);

/// `assay-worker --probe [--limit-ms N] FILE...`: prints the results as a JSON array on stdout.
/// `args` are those after
/// --probe. Returns the exit code.
int probe_main(std::span<const std::string> args);

}  // namespace assay::host
